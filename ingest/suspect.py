"""What the knowledge manager is told of a document that holds more than meets the eye: counts, and sentences.

Looks at chunks that are redacted and at what its reader left out (`ingest.hidden_text.report`); changes neither. The
marks of a passage are those of its text (`core.marks`), so whoever reads it later finds them again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.marks import MARKS, Mark, marks
from core.types import Chunk, Parsed
from ingest.hidden_text.report import HIDDEN, ORDERS

_SAYS: dict[Mark, str] = {
    "instructions": "instructions addressed to a language model",
    "link": "links or images that could carry data out",
    "markup": "markup that a web page would run",
}


@dataclass(frozen=True, slots=True)
class Suspicion:
    """Passages by mark, places of text left out by how they were hidden, and both in words."""

    marks: dict[str, int]
    unseen: dict[str, int]
    warnings: tuple[str, ...]


def suspicion(parsed: Parsed, chunks: Sequence[Chunk]) -> Suspicion:
    """Return what there is to tell; empty for nearly every document."""
    marked: dict[Mark, list[Chunk]] = {}
    for chunk in chunks:
        for mark in marks("\n".join((*chunk.heading, chunk.text))):
            marked.setdefault(mark, []).append(chunk)
    counts: dict[str, int] = {mark: len(marked[mark]) for mark in MARKS if mark in marked}
    told = (*(_sentence(mark, marked[mark]) for mark in MARKS if mark in marked), *_left_out(parsed))
    return Suspicion(counts, dict(sorted(parsed.unseen.items())), told)


def _sentence(mark: Mark, found: Sequence[Chunk]) -> str:
    """Say how many passages and where the first is; never what it says."""
    first = found[0]
    where = f"page {first.page}" if first.page is not None else f"passage {first.ordinal + 1}"
    if len(found) == 1:
        return f"One passage holds {_SAYS[mark]} ({where})."
    return f"{len(found)} passages hold {_SAYS[mark]} (first: {where})."


def _left_out(parsed: Parsed) -> Iterator[str]:
    places = {HIDDEN[kind]: count for kind, count in sorted(parsed.unseen.items()) if kind in HIDDEN}
    if not places:
        return
    ways = ", ".join(f"{way} ({count})" for way, count in places.items())
    yield f"Text that readers do not see was left out: {ways}."
    if parsed.unseen.get(ORDERS):
        yield "Some of the text that was left out speaks to a language model: ask who made this file."
