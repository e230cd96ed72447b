"""Conditions: what a source says only of a case, and a claim says of every case.

"If the lamp is red, press reset" does not say "press reset". A claim has to repeat the condition, unless the question
asked about that very case. Surface forms of English; knows no citations. The comparison with the rest of a claim is in
`generation.phrasing.check`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generation.english.words import STOP, stem, words

_MARKERS = (
    "only if|only when|even if|if|unless|provided that|provided|in case of|in case|as long as|except for|except when|"
    "except|whenever|when|while|until"
)
# the marker and what it governs: to the comma where it opens a sentence, to the end of the clause where it closes one
_CONDITION = re.compile(rf"\b(?P<marker>{_MARKERS})\b(?P<case>[^,;:.!?()]*)", re.IGNORECASE)
_SPLIT = re.compile(r"[;:.!?]\s|\s[–—-]\s|\n")
COVERED = 0.5
"""Share of a condition's content words that claim and question must hold between them."""
_EMPTY = re.compile(r"(?:when|if)\s+(?:not|so|any|possible|necessary|needed|applicable)?\s*$", re.IGNORECASE)
"""A condition that names no case."""


def conditions(sentence: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each condition as it is written, with the stems of the words that carry its meaning."""
    for match in _CONDITION.finditer(sentence):
        stems = _stems(match["case"])
        if stems and not _EMPTY.match(match.group()):
            yield " ".join(match.group().split()), stems


def left_out(claim: str, question: str, source: str) -> str:
    """Return the first condition that neither the claim nor the question holds, "" when nothing is left out.

    Conditions are those of the sentence, or part of a sentence, of the source that shares most words with the claim.
    """
    held = _stems(claim) | _stems(question)
    for written, stems in conditions(_part(claim, source)):
        if len(stems & held) < COVERED * len(stems):
            return written
    return ""


def _part(claim: str, source: str) -> str:
    """Return what the claim repeats: a sentence's end, a semicolon or a dash parts what governs what."""
    said = _stems(claim)
    parts = [part for part in _SPLIT.split(source) if part.strip()] or [source]
    return max(parts, key=lambda part: len(_stems(part) & said))


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOP)
