"""Finds what a knowledge manager should check in a document: marked passages and hidden text, as counts and warnings.

Reads the redacted chunks and the report of text that was left out (`ingest.hidden_text.report`); changes neither. Marks
are a function of the text (`core.marks`), so a later step can compute them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.marks import MARKS, Mark, marks
from core.types import Chunk, Parsed
from ingest.hidden_text.report import DESCRIPTIONS, INSTRUCTIONS

_MARK_DESCRIPTIONS: dict[Mark, str] = {
    "instructions": "instructions addressed to a language model",
    "link": "links or images that could carry data out",
    "markup": "markup that a web page would run",
}


@dataclass(frozen=True, slots=True)
class SuspectContent:
    """Counts of passages by mark, counts of hidden text by how it was hidden, and warnings about both."""

    marks: dict[str, int]
    hidden_text: dict[str, int]
    warnings: tuple[str, ...]


def find_suspect_content(parsed: Parsed, chunks: Sequence[Chunk]) -> SuspectContent:
    """Return the suspect content of a document; it is empty for nearly every document."""
    marked: dict[Mark, list[Chunk]] = {}
    for chunk in chunks:
        for mark in marks("\n".join((*chunk.heading, chunk.text))):
            marked.setdefault(mark, []).append(chunk)
    counts: dict[str, int] = {mark: len(marked[mark]) for mark in MARKS if mark in marked}
    warnings = (*(_mark_warning(mark, marked[mark]) for mark in MARKS if mark in marked), *_hidden_warnings(parsed))
    return SuspectContent(counts, dict(sorted(parsed.unseen.items())), warnings)


def _mark_warning(mark: Mark, found: Sequence[Chunk]) -> str:
    """Return how many passages have the mark and where the first is; never quote it."""
    first = found[0]
    where = f"page {first.page}" if first.page is not None else f"passage {first.ordinal + 1}"
    if len(found) == 1:
        return f"One passage holds {_MARK_DESCRIPTIONS[mark]} ({where})."
    return f"{len(found)} passages hold {_MARK_DESCRIPTIONS[mark]} (first: {where})."


def _hidden_warnings(parsed: Parsed) -> Iterator[str]:
    places = {DESCRIPTIONS[kind]: count for kind, count in sorted(parsed.unseen.items()) if kind in DESCRIPTIONS}
    if not places:
        return
    ways = ", ".join(f"{way} ({count})" for way, count in places.items())
    yield f"Text that readers do not see was left out: {ways}."
    if parsed.unseen.get(INSTRUCTIONS):
        yield "Some of the text that was left out is addressed to a language model: check where this file comes from."
