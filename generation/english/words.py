"""The words of a text in the form that this package compares: folded, without stop words and common endings.

Stop words and endings are English; words of other languages are compared as they are. Knows no index: BM25 has its own
analysis in `retrieval`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?", re.UNICODE)
_STOP_WORDS = """
    a about after again all also am an and any are as at be because been before being both but by can could did do
    does doing done each either for from get gets getting had has have having he her here him his how i if in into is it
    its itself just let like me more most my need of on once one only or other our out over own please same shall she
    should so some such tell than that the their them then there these they this those through to too under until up us
    use used using very want was way we were what when where whether which while who whom whose why will with would you
    your yours
"""
STOP = frozenset(_STOP_WORDS.split())
_ACCENTS = re.compile("[\u0300-\u036f]")
_ENDINGS = (("sses", "ss"), ("ies", "y"), ("ing", ""), ("edly", ""), ("ed", ""), ("es", "e"), ("ly", ""), ("s", ""))


def words(text: str) -> list[str]:
    """Return every word of the text as `fold` gives it, in order."""
    return [fold(match.group()) for match in WORD.finditer(unaccented(text))]


def content(text: str) -> list[str]:
    """Return the stems of the content words, in order; of all words if every word is a stop word."""
    every = words(text)
    return [stem(word) for word in every if word not in STOP] or [stem(word) for word in every]


def unaccented(text: str) -> str:
    """Return the text without accents and in its own case. Composed and decomposed Unicode give the same text."""
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


@lru_cache(maxsize=20_000)
def fold(word: str) -> str:
    """Return a word as it is compared: lower case, no accents, a plain apostrophe, no possessive ending."""
    decomposed = unicodedata.normalize("NFKD", word.replace("’", "'")).casefold()
    return "".join(char for char in decomposed if not unicodedata.combining(char)).removesuffix("'s")


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """Return the word without one common English ending: "resetting" becomes "reset". Keeps three letters."""
    if len(word) < 4 or not word.isascii() or not word.isalpha():
        return word
    for ending, instead in _ENDINGS:
        left = len(word) - len(ending)
        if word.endswith(ending) and left + len(instead) >= 3 and not word.endswith(("ss", "us", "is")):
            return _undouble(word[:left] + instead)
    return _undouble(word)


def count(text: str) -> int:
    """Return the number of words between white space."""
    return len(text.split())


def _undouble(word: str) -> str:
    """Return the stem without a doubled last consonant or a silent e: "resett" is "reset", "enable" is "enabl"."""
    if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiouls":
        return word[:-1]
    return word[:-1] if len(word) > 4 and word.endswith("e") else word
