"""What a long message asks: greeting, signature and quoted mail fall away, sentences that ask count in full.

A question of a line or two is left as it is. Knows no index; `retrieval.lexical.query` weighs words by what this says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

LETTER_FROM = 40
"""Words from which a text is read as a letter."""
BACKGROUND = 0.15
"""What a word of a sentence that asks nothing counts, in a letter that asks something elsewhere."""
GREETING_WORDS = 8
CLOSING_LETTERS = 60

_SENTENCE = re.compile(r"(?<=[.!?…])\s+|(?<=[。？！])|\n+")
_ASKS = re.compile(r"[?？؟]\W*$")
_GREETING = re.compile(
    r"(dear|hi|hello|hey|good (morning|afternoon|evening|day)|hallo|sehr geehrte[rs]?|liebe[rs]?"
    r"|guten (tag|morgen|abend)|bonjour|bonsoir|madame|monsieur|hola|estimad[oa]s?|buen[ao]s|buongiorno|gentil[ei]|ciao"
    r"|beste|geachte|olá|prezad[oa]s?|caro|witam|здравствуйте|добрый|уважаем\w+)\b",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"--\s*$|_{5,}|-{5,}|((many |with )?(best|kind|warm)(est)? (regards|wishes)|(many )?(thanks|thx)|thank you|regards"
    r"|yours|sincerely|cheers|sent from my|(mit )?(freundliche|viele|beste|liebe|herzliche)[nr]? gr[uü](ß|ss)e?n?|mfg"
    r"|vielen dank|danke|cordialement|bien à vous|merci|saludos|un saludo|atentamente|gracias|cordiali saluti"
    r"|distinti saluti|grazie|met vriendelijke|groet(en)?|atenciosamente|obrigad[oa]|с уважением|спасибо)\b",
    re.IGNORECASE,
)


def weighed(text: str) -> list[tuple[str, float]]:
    """Return the parts of a message that count, in order, with how much the words of each count (0 to 1)."""
    if len(text.split(maxsplit=LETTER_FROM)) <= LETTER_FROM:
        return [(text, 1.0)]
    sentences = [
        sentence for line in _body(text.splitlines()) for sentence in _SENTENCE.split(line) if sentence.strip()
    ]
    asking = [bool(_ASKS.search(sentence)) for sentence in sentences]
    if not any(asking):
        return [("\n".join(sentences), 1.0)] if sentences else [(text, 1.0)]
    return [(sentence, 1.0 if asks else BACKGROUND) for sentence, asks in zip(sentences, asking, strict=True)]


def _body(lines: list[str]) -> Iterator[str]:
    """Yield the lines between greeting and signature, without those quoted from another mail."""
    last_asking = max((at for at, line in enumerate(lines) if "?" in line), default=0)
    for at, line in enumerate(lines):
        bare = line.strip()
        if at > last_asking and len(bare) <= CLOSING_LETTERS and _CLOSING.match(bare):
            return
        greets = _GREETING.match(bare) is not None and len(bare.split()) <= GREETING_WORDS and "?" not in bare
        if not greets and not bare.startswith((">", "|")):
            yield line
