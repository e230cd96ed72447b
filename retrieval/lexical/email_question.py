"""Find what a long message asks: greeting, signature and quoted mail are dropped, sentences that ask count in full.

A short question stays as it is. Knows no index; `retrieval.lexical.query` weighs words with the result.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

EMAIL_FROM_WORDS = 40
"""A text of more words than this is read as an email."""
CONTEXT_WEIGHT = 0.15
"""Weight of a sentence that asks nothing, in an email that has a question elsewhere."""
GREETING_WORDS = 8
CLOSING_CHARACTERS = 60

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


def weighted_parts(text: str) -> list[tuple[str, float]]:
    """Return the parts of a message that count, in order, each with the weight of its words (0 to 1)."""
    if len(text.split(maxsplit=EMAIL_FROM_WORDS)) <= EMAIL_FROM_WORDS:
        return [(text, 1.0)]
    sentences = [
        sentence for line in _body(text.splitlines()) for sentence in _SENTENCE.split(line) if sentence.strip()
    ]
    is_question = [bool(_ASKS.search(sentence)) for sentence in sentences]
    if not any(is_question):
        return [("\n".join(sentences), 1.0)] if sentences else [(text, 1.0)]
    return [(sentence, 1.0 if asks else CONTEXT_WEIGHT) for sentence, asks in zip(sentences, is_question, strict=True)]


def _body(lines: list[str]) -> Iterator[str]:
    """Yield the lines between greeting and signature, without lines quoted from another mail."""
    last_question = max((at for at, line in enumerate(lines) if "?" in line), default=0)
    for at, line in enumerate(lines):
        bare = line.strip()
        if at > last_question and len(bare) <= CLOSING_CHARACTERS and _CLOSING.match(bare):
            return
        greets = _GREETING.match(bare) is not None and len(bare.split()) <= GREETING_WORDS and "?" not in bare
        if not greets and not bare.startswith((">", "|")):
            yield line
