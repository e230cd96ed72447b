"""Find the dense and the lexical hits that a caller may see.

For a caller who may see most passages it is cheapest to fetch more hits and drop the hidden ones; for a caller who may
see few, to search only those. Both give the same lists. Knows no database: two functions say what the caller may see.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass

from core.ports import Ids, LexicalIndex, VectorIndex, Vectors
from core.types import Hit

WIDER = 3
"""How many times more hits to fetch first: enough for callers who may see more than a third of the passages."""


@dataclass(frozen=True, slots=True)
class Visible:
    """What a caller may see: `readable` tests some ids in one query, `every` returns all ids, which costs more."""

    readable: Callable[[Sequence[int]], Container[int]]
    every: Callable[[], Ids]


@dataclass(frozen=True, slots=True)
class Candidates:
    """Both lists, best first, and whether either index may hold more hits."""

    dense: list[Hit]
    lexical: list[Hit]
    more: bool


def find_candidates(
    dense: VectorIndex, lexical: LexicalIndex, vector: Vectors, query: str, depth: int, visible: Visible | None
) -> Candidates:
    """Return the first `depth` hits of each index; with `visible`, only what the caller may see."""
    if visible is None:
        return _found(dense, lexical, vector, query, depth, None)
    wide = _found(dense, lexical, vector, query, depth * WIDER, None)
    seen = visible.readable(sorted({hit.chunk_id for hit in (*wide.dense, *wide.lexical)}))
    near, matching = ([hit for hit in hits if hit.chunk_id in seen] for hits in (wide.dense, wide.lexical))
    if _enough(near, wide.dense, depth) and _enough(matching, wide.lexical, depth):
        return Candidates(near[:depth], matching[:depth], wide.more or max(len(near), len(matching)) > depth)
    return _found(dense, lexical, vector, query, depth, visible.every())


def _enough(visible: Sequence[Hit], fetched: Sequence[Hit], depth: int) -> bool:
    """Return whether a search among visible passages would find the same: enough are left, or the index had no more."""
    return len(visible) >= depth or len(fetched) < depth * WIDER


def _found(
    dense: VectorIndex, lexical: LexicalIndex, vector: Vectors, query: str, depth: int, allowed: Ids | None
) -> Candidates:
    near, matching = dense.search(vector, depth, allowed), lexical.search(query, depth, allowed)
    return Candidates(near, matching, max(len(near), len(matching)) >= depth)
