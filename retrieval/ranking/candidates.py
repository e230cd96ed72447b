"""Two lists of hits, dense and lexical, of nothing but what a caller may see.

For a caller who sees all but a little it is cheapest to look wider and drop the rest; for one who sees little, to
search his share alone. Both give the same lists. Knows no database: what may be seen is asked through two functions.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from core.ports import Ids, LexicalIndex, VectorIndex, Vectors
from core.types import Hit

WIDER = 3
"""How much wider to look at first: enough for callers who see more than a third."""


@dataclass(frozen=True, slots=True)
class Share:
    """What a caller may see of everything: a test for some ids (one query for those), and all of them (dearer)."""

    readable: Callable[[Sequence[int]], Container[int]]
    every: Callable[[], Ids]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Both lists, best first, and whether either index may hold more than they show."""

    dense: list[Hit]
    lexical: list[Hit]
    more: bool


def find_candidates(
    dense: VectorIndex, lexical: LexicalIndex, vector: Vectors, query: str, depth: int, share: Share | None
) -> Candidates:
    """Return the first `depth` hits of each index, within a caller's share where there is one."""
    if share is None:
        return _found(dense, lexical, vector, query, depth, None)
    wide = _found(dense, lexical, vector, query, depth * WIDER, None)
    seen = share.readable(sorted({hit.chunk_id for hit in (*wide.dense, *wide.lexical)}))
    near, worded = ([hit for hit in hits if hit.chunk_id in seen] for hits in (wide.dense, wide.lexical))
    if _enough(near, wide.dense, depth) and _enough(worded, wide.lexical, depth):
        return Candidates(near[:depth], worded[:depth], wide.more or max(len(near), len(worded)) > depth)
    return _found(dense, lexical, vector, query, depth, share.every())


def _enough(kept: Sequence[Hit], looked_at: Sequence[Hit], depth: int) -> bool:
    """Whether a search of the share alone could find nothing else: enough is left, or the index had no more."""
    return len(kept) >= depth or len(looked_at) < depth * WIDER


def _found(
    dense: VectorIndex, lexical: LexicalIndex, vector: Vectors, query: str, depth: int, allowed: Ids | None
) -> Candidates:
    near, worded = dense.search(vector, depth, allowed), lexical.search(query, depth, allowed)
    return Candidates(near, worded, max(len(near), len(worded)) >= depth)
