"""Knows the words with which notes and warnings begin, in the languages of manuals."""

from __future__ import annotations

import re

_WORDS = {
    "note": (
        "note notes hinweis hinweise anmerkung bemerkung remarque nota noot opmerking примечание uwaga obs "
        "poznámka megjegyzés bemærk merk huomautus not 注 注記 备注 說明 说明 참고 σημείωση"
    ),
    "tip": (
        "tip hint tipp astuce conseil consejo consiglio suggerimento dica vinkki совет wskazówka tips 提示 ヒント 팁"
    ),
    "important": (
        "important wichtig importante belangrijk viktigt vigtigt viktig tärkeää важно ważne důležité fontos "
        "önemli 重要 중요"
    ),
    "caution": (
        "caution vorsicht prudence attention achtung precaución atención cuidado atenção attenzione opgelet "
        "försiktighet forsigtig forsiktig huomio осторожно внимание ostrożnie upozornění vigyázat dikkat 注意 주의 "
        "προσοχή"
    ),
    "warning": (
        "warning warnung avertissement mise en garde advertencia aviso advertência avvertenza avviso waarschuwing "
        "varning advarsel varoitus предупреждение ostrzeżenie varování figyelmeztetés uyarı 警告 경고 προειδοποίηση"
    ),
    "danger": (
        "danger gefahr lebensgefahr peligro perigo pericolo gevaar fara fare vaara опасно опасность "
        "niebezpieczeństwo nebezpečí veszély tehlike 危険 危险 위험 κίνδυνος"
    ),
}
_LABELS = {
    word: label for label, words in _WORDS.items() for word in words.split() if word not in {"mise", "en", "garde"}
}
_LABELS |= {"let op": "caution", "mise en garde": "warning", "please note": "note", "n.b.": "note", "nb": "note"}
_LABELS |= {
    "s'il vous plaît noter": "note",
    "safety note": "warning",
    "safety warning": "warning",
    "sicherheitshinweis": "warning",
}
_BEGINNING = re.compile(
    rf"\W*({'|'.join(sorted(map(re.escape, _LABELS), key=len, reverse=True))})\s*(?:\d+\s*)?(?P<end>[:!.：！–—-]|$|\s)",
    re.IGNORECASE,
)
_STYLE = re.compile(r"note|tip|important|caution|warning|danger|hinweis|tipp|wichtig|vorsicht|achtung|warnung|gefahr")


def label_of(text: str) -> str | None:
    """Return the kind of note that a text says it is; None where its first words do not say it.

    "Warning: hot" and "WARNING hot" say it, "Note the number" does not.
    """
    match = _BEGINNING.match(text)
    if match is None:
        return None
    alone = match.end() >= len(text.rstrip())
    if match.group("end").strip() or alone or match.group(1).isupper():
        return _LABELS.get(match.group(1).casefold())
    return None


def label_of_style(name: str) -> str | None:
    """Return the kind of note that the name of a style says."""
    match = _STYLE.search(name.lower())
    return None if match is None else _LABELS.get(match.group())
