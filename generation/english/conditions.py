"""Conditions: a source says something of one case, and a claim must not say it of every case.

"If the lamp is red, press reset" does not mean "press reset". A claim must repeat the condition, unless the question
asks about that case. Reads surface forms of English. Knows no citations: `generation.phrasing.check` compares the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from generation.english.words import STOP, stem, words

_MARKERS = (
    "only if|only when|even if|if|unless|provided that|provided|in case of|in case|as long as|except for|except when|"
    "except|whenever|when|while|until"
)
# the marker and its case: up to the comma at the start of a sentence, up to the end of the clause at its end
_CONDITION = re.compile(rf"\b(?P<marker>{_MARKERS})\b(?P<case>[^,;:.!?()]*)", re.IGNORECASE)
_SPLIT = re.compile(r"[;:.!?]\s|\s[–—-]\s|\n")
COVERED = 0.5
"""Share of a condition's content words that claim and question together must contain."""
_EMPTY = re.compile(r"(?:when|if)\s+(?:not|so|any|possible|necessary|needed|applicable)?\s*$", re.IGNORECASE)
"""A condition that names no case."""


def conditions(sentence: str) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield each condition as it is written, with the stems of its content words."""
    for match in _CONDITION.finditer(sentence):
        stems = _stems(match["case"])
        if stems and not _EMPTY.match(match.group()):
            yield " ".join(match.group().split()), stems


def missing_condition(claim: str, question: str, source: str) -> str:
    """Return the first condition of the source that neither claim nor question contains, "" if there is none.

    Only the sentence of the source (or its part) that shares most words with the claim counts.
    """
    known = _stems(claim) | _stems(question)
    for written, stems in conditions(_part(claim, source)):
        if len(stems & known) < COVERED * len(stems):
            return written
    return ""


def _part(claim: str, source: str) -> str:
    """Return the part of the source that the claim repeats; sentences, semicolons and dashes separate the parts."""
    claimed = _stems(claim)
    parts = [part for part in _SPLIT.split(source) if part.strip()] or [source]
    return max(parts, key=lambda part: len(_stems(part) & claimed))


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in words(text) if word not in STOP)
