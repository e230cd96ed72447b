"""Mark passages of one result that follow each other in their document.

Their texts stay separate, because a quote's offsets count within one passage; a page may show a run as one text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from core.types import Passage, Ranked


def join_neighbours(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Return the passages in their order, each with the chunk ids of its run of neighbours within one section."""
    runs: dict[int, tuple[int, ...]] = {}
    passages = sorted((hit.passage for hit in ranked), key=lambda passage: (_section(passage), passage.ordinal))
    for _, section in groupby(passages, key=_section):
        # in an unbroken run, ordinals grow exactly as fast as positions
        for _, members in groupby(enumerate(section), key=lambda each: each[1].ordinal - each[0]):
            ids = tuple(passage.chunk_id for _, passage in members)
            runs |= dict.fromkeys(ids, ids if len(ids) > 1 else ())
    return [replace(hit, joins=runs[hit.passage.chunk_id]) for hit in ranked]


def _section(passage: Passage) -> tuple[str, int, tuple[str, ...]]:
    return passage.document_id, passage.version, passage.heading
