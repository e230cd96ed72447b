"""How an answer compares with a reference: token F1, exact match, contains, after SQuAD's normalisation.

Rajpurkar et al. 2016, "SQuAD: 100,000+ Questions for Machine Comprehension of Text": lower case, no punctuation, no
articles, white space collapsed. Knows no files: `evaluation.answers` reads and writes them.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from collections.abc import Sequence

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_PUNCTUATION = str.maketrans("", "", string.punctuation + "“”‘’«»…–—")


def normalise(text: str) -> str:
    """Return the text in the form that SQuAD compares."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_PUNCTUATION)).split())


def token_f1(text: str, reference: str) -> float:
    """Return the harmonic mean of precision and recall over shared tokens, 0..1; 1 when both are empty."""
    tokens, expected = normalise(text).split(), normalise(reference).split()
    if not tokens or not expected:
        return float(tokens == expected)
    shared = sum((Counter(tokens) & Counter(expected)).values())
    return 2 * shared / (len(tokens) + len(expected))


def exact_match(text: str, reference: str) -> bool:
    """Return whether both are the same after normalisation."""
    return normalise(text) == normalise(reference)


def contains(text: str, reference: str) -> bool:
    """Return whether the text contains the reference's tokens, whole and next to each other."""
    return f" {normalise(reference)} " in f" {normalise(text)} "


def percentile(values: Sequence[float], share: float) -> float:
    """Return the value that `share` (0..1) of the values do not exceed, by nearest rank; 0 without values."""
    if not values:
        return 0.0
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def ratio(part: int, whole: int) -> float | None:
    """Return part / whole, None when whole is 0."""
    return part / whole if whole else None
