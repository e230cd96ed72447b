"""A vector index that changes: an immutable base, a small fresh part, and the set of removed vectors.

The cost of adding and removing depends on the change, never on the corpus; a merge (`retrieval.lifecycle.publish`)
builds a new base when the fresh part has grown. Knows no database and no caller.
"""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

from core.errors import Invalid
from core.ports import Ids, Vectors
from core.types import Hit
from retrieval.dense.base import FEW_ROWS, Base, PositionSet, faiss, no_neighbours, use_one_thread


class FaissIndex:
    """A VectorIndex over a base of sorted ids. Threads may search while one adds."""

    def __init__(self, dimension: int, base: Base | None = None, base_ids: Ids | None = None) -> None:
        """`base_ids` holds the id of each of the base's positions, ascending."""
        self._dimension = dimension
        self._base = base
        self._ids = np.zeros(0, dtype=np.int64) if base_ids is None else base_ids
        if np.any(self._ids[1:] <= self._ids[:-1]):
            raise Invalid("The ids of an index's base must ascend.")
        self._alive = PositionSet.every(len(self._ids))
        self._fresh = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        return "cpu" if self._base is None else self._base.device

    @property
    def base(self) -> Base | None:
        """The immutable part; None when all vectors are in the fresh part."""
        return self._base

    @property
    def fresh(self) -> int:
        """How many vectors are in the fresh part."""
        return int(self._fresh.ntotal)

    def __len__(self) -> int:
        return self._alive.count + self.fresh

    def add(self, ids: Ids, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self._dimension or len(ids) != len(vectors):
            raise Invalid(f"The index takes {self._dimension} dimensions; {len(ids)} ids came with {vectors.shape}.")
        last = {int(chunk_id): row for row, chunk_id in enumerate(ids)}  # the last of a repeated id counts
        rows = np.fromiter(last.values(), dtype=np.int64, count=len(last))
        with self._lock:
            self._remove(ids)
            if len(rows):
                self._fresh.add_with_ids(np.ascontiguousarray(vectors[rows], dtype=np.float32), _int64(ids)[rows])

    def remove(self, ids: Ids) -> None:
        with self._lock:
            self._remove(ids)

    def search(self, vector: Vectors, k: int, allowed: Ids | None = None) -> list[Hit]:
        query = np.ascontiguousarray(vector, dtype=np.float32)
        if query.shape != (self._dimension,):
            raise Invalid(f"The index takes {self._dimension} dimensions, not {query.shape}.")
        if k < 1:
            return []
        with self._lock:  # the fresh part is small; the base is searched outside the lock
            hits = self._search_fresh(query, k, allowed)
            alive = self._alive
        hits += self._search_base(query, k, alive, allowed)
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _remove(self, ids: Ids) -> None:
        gone = _int64(ids)
        if self._fresh.ntotal:
            self._fresh.remove_ids(faiss.IDSelectorBatch(gone))
        positions = self._positions(gone)
        if len(positions):
            self._alive = self._alive.without(positions)  # running searches keep the set that they started with

    def _search_fresh(self, query: Vectors, k: int, allowed: Ids | None) -> list[Hit]:
        if not self._fresh.ntotal or (allowed is not None and not len(allowed)):
            return []
        fresh_allowed = None if allowed is None else self._fresh_among(allowed)
        if fresh_allowed is not None and not len(fresh_allowed):
            return []
        options = faiss.SearchParameters(sel=None if fresh_allowed is None else faiss.IDSelectorBatch(fresh_allowed))
        use_one_thread()
        scores, ids = self._fresh.search(query[np.newaxis], min(k, self.fresh), params=options)
        return [Hit(int(i), float(s)) for i, s in zip(ids[0], scores[0], strict=True) if i >= 0]

    def _fresh_among(self, allowed: Ids) -> Ids:
        """Return those of `allowed` that are fresh: the cost must not grow with the corpus."""
        fresh: Ids = faiss.vector_to_array(self._fresh.id_map)
        order = allowed if np.all(allowed[1:] >= allowed[:-1]) else np.sort(allowed)
        at = np.minimum(np.searchsorted(order, fresh), len(order) - 1)
        fresh_allowed: Ids = fresh[order[at] == fresh]
        return fresh_allowed

    def _search_base(self, query: Vectors, k: int, alive: PositionSet, allowed: Ids | None) -> list[Hit]:
        if self._base is None or not alive.count:
            return []
        if allowed is None:
            found = self._base.search(query, k, alive if alive.count < len(self._ids) else None)
        else:
            positions = self._positions(_int64(allowed))
            positions = positions[alive.holds(positions)]
            if not len(positions):
                found = no_neighbours()
            elif len(positions) <= FEW_ROWS:
                found = self._base.search_few(query, k, positions)
            else:
                found = self._base.search(query, k, PositionSet.of(positions, len(self._ids)))
        return [Hit(int(self._ids[p]), float(s)) for s, p in zip(*found, strict=True)]

    def _positions(self, ids: Ids) -> NDArray[np.int64]:
        if not len(self._ids):
            return np.zeros(0, dtype=np.int64)
        at = np.searchsorted(self._ids, ids)
        at[at == len(self._ids)] = 0
        positions: NDArray[np.int64] = at[self._ids[at] == ids].astype(np.int64)
        return positions


def _int64(ids: Ids) -> Ids:
    return np.ascontiguousarray(ids, dtype=np.int64)
