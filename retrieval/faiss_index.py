"""A vector index that changes: an immutable base, a small fresh part, and the set of the dead.

Adding and removing cost what the change costs, never what the corpus costs; a merge (`retrieval.publish`) makes a new
base when the fresh part has grown. Knows no database and no caller.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from core.errors import Invalid
from core.ports import Ids, Vectors
from core.types import Hit
from retrieval.faiss_base import Base, Mask, faiss, use_one_thread


class FaissIndex:
    """A VectorIndex over a base of sorted ids. Threads may search while one adds."""

    def __init__(self, dimension: int, base: Base | None = None, base_ids: Ids | None = None) -> None:
        """`base_ids` holds the id of each of the base's positions, ascending."""
        self._dimension = dimension
        self._base = base
        self._ids = np.zeros(0, dtype=np.int64) if base_ids is None else base_ids
        if np.any(self._ids[1:] <= self._ids[:-1]):
            raise Invalid("The ids of an index's base must ascend.")
        self._alive: Mask = np.ones(len(self._ids), dtype=np.bool_)
        self._dead = 0
        self._fresh = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        return "cpu" if self._base is None else self._base.device

    @property
    def fresh(self) -> int:
        """How many vectors the base does not hold."""
        return int(self._fresh.ntotal)

    def __len__(self) -> int:
        return len(self._ids) - self._dead + self.fresh

    def add(self, ids: Ids, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self._dimension or len(ids) != len(vectors):
            raise Invalid(f"The index takes {self._dimension} dimensions; {len(ids)} ids came with {vectors.shape}.")
        last = {int(chunk_id): row for row, chunk_id in enumerate(ids)}  # the last of a repeated id counts
        rows = np.fromiter(last.values(), dtype=np.int64, count=len(last))
        with self._lock:
            self._bury(ids)
            if len(rows):
                self._fresh.add_with_ids(np.ascontiguousarray(vectors[rows], dtype=np.float32), _int64(ids)[rows])

    def remove(self, ids: Ids) -> None:
        with self._lock:
            self._bury(ids)

    def search(self, vector: Vectors, k: int, allowed: Ids | None = None) -> list[Hit]:
        query = np.ascontiguousarray(vector, dtype=np.float32)
        if query.shape != (self._dimension,):
            raise Invalid(f"The index takes {self._dimension} dimensions, not {query.shape}.")
        if k < 1:
            return []
        with self._lock:  # the fresh part is small; the base is searched outside the lock
            hits = self._search_fresh(query, k, allowed)
            alive, dead = self._alive, self._dead
        hits += self._search_base(query, k, self._wanted(alive, dead, allowed))
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _bury(self, ids: Ids) -> None:
        gone = _int64(ids)
        if self._fresh.ntotal:
            self._fresh.remove_ids(faiss.IDSelectorBatch(gone))
        positions = self._positions(gone)
        if len(positions):
            alive = self._alive.copy()  # searches that run keep the mask they took
            alive[positions] = False
            self._alive, self._dead = alive, int(len(alive) - alive.sum())

    def _search_fresh(self, query: Vectors, k: int, allowed: Ids | None) -> list[Hit]:
        if not self._fresh.ntotal or (allowed is not None and not len(allowed)):
            return []
        batch = None if allowed is None else _int64(allowed)
        selector = None if batch is None else faiss.IDSelectorBatch(batch)
        options = faiss.SearchParameters(sel=selector)
        use_one_thread()
        scores, ids = self._fresh.search(query[np.newaxis], min(k, self.fresh), params=options)
        return [Hit(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def _search_base(self, query: Vectors, k: int, wanted: Mask | None) -> list[Hit]:
        if self._base is None or not len(self._ids):
            return []
        scores, positions = self._base.search(query, k, wanted)
        return [Hit(int(self._ids[p]), float(s)) for p, s in zip(positions, scores, strict=True)]

    def _wanted(self, alive: Mask, dead: int, allowed: Ids | None) -> Mask | None:
        if allowed is None:
            return alive if dead else None
        wanted: Mask = np.zeros(len(alive), dtype=np.bool_)
        wanted[self._positions(_int64(allowed))] = True
        return wanted & alive

    def _positions(self, ids: Ids) -> NDArray[np.int64]:
        if not len(self._ids):
            return np.zeros(0, dtype=np.int64)
        at = np.searchsorted(self._ids, ids)
        at[at == len(self._ids)] = 0
        positions: NDArray[np.int64] = at[self._ids[at] == ids].astype(np.int64)
        return positions


def _int64(ids: Ids) -> Ids:
    return np.ascontiguousarray(ids, dtype=np.int64)
