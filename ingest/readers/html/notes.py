"""Says which boxes of a page are notes, and of which kind: by class, role, tag, or the word that they begin with."""

from __future__ import annotations

import re
from collections.abc import Mapping

KINDS = ("danger", "warning", "caution", "important", "attention", "tip", "hint", "note", "info", "error", "success")
_GENERIC = frozenset({"admonition", "admonitionblock", "alert", "callout", "notice", "notebox", "admon"})
BOXES = frozenset(KINDS) - {"info", "error", "success", "hint", "attention"}
"""Classes that alone say that a box is a note; page makers also have elements of these names."""
TABS = frozenset({"tab", "tabitem"})
_SAME = {
    "warn": "warning", "alert": "warning", "information": "info", "seealso": "note", "remark": "note", "tips": "tip",
    "notes": "note", "cautions": "caution", "warnings": "warning", "critical": "danger",
}  # fmt: skip
_ROLES = {"note": "note", "doc-notice": "note", "doc-tip": "tip", "alert": "warning"}
_WORDS = {
    **{kind: kind for kind in KINDS},
    "hinweis": "note",
    "achtung": "warning",
    "warnung": "warning",
    "vorsicht": "caution",
    "gefahr": "danger",
    "wichtig": "important",
    "tipp": "tip",
    "remarque": "note",
    "avertissement": "warning",
    "conseil": "tip",
    "nota": "note",
    "advertencia": "warning",
    "atención": "caution",
    "aviso": "warning",
    "attenzione": "warning",
    "consejo": "tip",
    "opmerking": "note",
    "waarschuwing": "warning",
    "uwaga": "note",
    "please note": "note",
}
_SPECIAL = re.compile(rf"(?:[\w-]*-)?(?:admonition|alert|callout)-(?:{'|'.join((*KINDS, *_SAME))})")
_BEGINS = re.compile(rf"\W*({'|'.join(sorted(_WORDS, key=len, reverse=True))})\s*(?:[:!.–—]|\n|$)", re.IGNORECASE)


def label_of(tag: str, attributes: Mapping[str, str | None]) -> str | None:
    """Return the kind of note that an element is by its tag, class or role, None for anything else."""
    if tag in BOXES:  # an element of a page maker's own, such as <Warning>
        return tag
    names = (attributes.get("class") or "").lower().split()
    if not any(name in _GENERIC or name in BOXES or _SPECIAL.fullmatch(name) for name in names):
        return _ROLES.get(attributes.get("role") or "")
    pieces = [piece for name in names for piece in re.split(r"[-_]+", name)]
    kinds = [_SAME.get(piece, piece) for piece in pieces if piece not in _GENERIC]
    return next((kind for kind in KINDS if kind in kinds), "note")


def tab_name(tag: str, attributes: Mapping[str, str | None]) -> str:
    """Return the name of a tab that is an element of a page maker's own: `<TabItem label="Debian">`."""
    if tag not in TABS or not attributes:
        return ""
    return " ".join((attributes.get("label") or attributes.get("title") or attributes.get("value") or "").split())


def label_in(text: str) -> str | None:
    """Return the kind of note that a text says it is by its first word: "Warning: hot surface"."""
    match = _BEGINS.match(text)
    return _WORDS[match.group(1).lower()] if match else None
