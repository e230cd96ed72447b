"""Judges whether what OCR read is text: by its confidence and by the shape of its words, in any language.

A list of words of one language would call a German page nonsense that was read with English data. Knows no page.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.readers.scans.words import Word, quality

DOUBTFUL = 80.0
"""A page that was read with less confidence than this is told, in per cent."""
_NONSENSE = 48.0
_PERHAPS_NONSENSE = 60.0
"""Measured on pages in nine languages, sharp and blurred, read with English data: text in Latin letters has 66 or more,
text upside down or mirrored 44 or less, Greek and Russian 26 to 53."""
_ODD_SHARE = 0.3
_SOLID_SHARE = 0.12

_VOWEL = re.compile(r"[aeiouyàáâãäåæèéêëìíîïòóôõöøùúûüýÿāăąēęěīįōőœūůűų]", re.IGNORECASE)
_INSIDE = re.compile(r"[^\w'’\-./&@:+]|[a-zß-öø-ÿ]{1,2}[A-ZÀ-Þ]|[^\W\d_]\d[^\W\d_]")
_AROUND = ".,;:!?()[]\"'„“”‚‘’«»-–—*/"


def is_nonsense(words: Sequence[Word]) -> bool:
    """Return whether the words are noise: a page that lies on its head, another script, a drawing."""
    if not words:
        return False
    sure = quality(words)
    if sure < _NONSENSE:
        return True
    return sure < _PERHAPS_NONSENSE and odd_share([word.text for word in words]) >= _ODD_SHARE


def odd_share(words: Sequence[str]) -> float:
    """Return which share of the longer words looks like no word of a language with Latin letters."""
    judged = [bare for word in words if len(bare := word.strip(_AROUND)) >= 3 and any(c.isalpha() for c in bare)]
    return sum(_is_odd(bare) for bare in judged) / len(judged) if judged else 0.0


def _is_odd(word: str) -> bool:
    if _INSIDE.search(word):
        return True
    latin = any("a" <= char <= "ž" for char in word.lower())
    return latin and _VOWEL.search(word) is None and not word.isupper()
