"""A vector index in a collection of Milvus, shared by all processes that search there.

For callers who may see few chunks the search filters by an expression; for others it fetches more hits and drops the
hidden ones, because the cost of an expression grows with its ids. Knows no journal: `retrieval.milvus.shared` does.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from core.errors import Invalid
from core.ports import Ids, Vectors
from core.types import Hit

if TYPE_CHECKING:
    from retrieval.milvus.server import MilvusServer

MAX_IDS_IN_FILTER = 5_000
"""The most ids in one expression: Milvus parses 5,000 in about 50 ms, 50,000 in a second."""
WIDER = 4


class MilvusIndex:
    """A VectorIndex over one collection. Threads may search while one adds."""

    def __init__(self, server: MilvusServer, name: str, dimension: int) -> None:
        self.name = name
        self._server = server
        self._dimension = dimension
        self._written, self._settled = 0, 0

    @property
    def device(self) -> str:
        return self._server.location.device

    def __len__(self) -> int:
        return self._server.count(self.name)

    def add(self, ids: Ids, vectors: Vectors) -> None:
        if vectors.ndim != 2 or vectors.shape[1] != self._dimension or len(ids) != len(vectors):
            raise Invalid(f"The index takes {self._dimension} dimensions; {len(ids)} ids came with {vectors.shape}.")
        last = {int(chunk_id): row for row, chunk_id in enumerate(ids)}  # the last of a repeated id counts
        if last:
            rows = np.fromiter(last.values(), dtype=np.int64, count=len(last))
            self._server.upsert(self.name, ids[rows], np.ascontiguousarray(vectors[rows], dtype=np.float32))
            self._written += 1

    def remove(self, ids: Ids) -> None:
        if len(ids):
            self._server.delete(self.name, ids)
            self._written += 1

    def wait_until_visible(self) -> int:
        """Wait until searches of every process see what was written here; return the number of rows.

        In Milvus a search sees recent writes only if it waits for the next time tick. One wait here spares all searches
        this wait.
        """
        mark = self._written
        rows = self._server.count(self.name)
        self._settled = max(self._settled, mark)
        return rows

    def search(self, vector: Vectors, k: int, allowed: Ids | None = None) -> list[Hit]:
        if vector.shape != (self._dimension,):
            raise Invalid(f"The index takes {self._dimension} dimensions, not {vector.shape}.")
        k = min(k, self._server.location.max_k)
        if k < 1 or (allowed is not None and not len(allowed)):
            return []
        if allowed is None:
            hits = self._nearest(vector, k, None)
        elif len(allowed) <= MAX_IDS_IN_FILTER:
            hits = self._nearest(vector, k, allowed)
        else:
            hits = self._widened(vector, k, allowed)
        return sorted(hits, key=lambda hit: (-hit.score, hit.chunk_id))[:k]

    def _widened(self, vector: Vectors, k: int, allowed: Ids) -> list[Hit]:
        max_k = self._server.location.max_k
        for fetch in _widths(k, max_k):
            hits = self._nearest(vector, fetch, None)
            kept = np.isin([hit.chunk_id for hit in hits], allowed)
            if kept.sum() >= k:
                return [hit for hit, keep in zip(hits, kept, strict=True) if keep]
            if len(hits) < fetch:
                break  # the index or its graph yields no more: use expressions
        parts = (allowed[start : start + MAX_IDS_IN_FILTER] for start in range(0, len(allowed), MAX_IDS_IN_FILTER))
        return [hit for part in parts for hit in self._nearest(vector, k, part)]

    def _nearest(self, vector: Vectors, k: int, among: Ids | None) -> list[Hit]:
        mark = self._written
        named = None if among is None else among.tolist()
        hits = self._server.search(self.name, vector, k, named, strong=mark > self._settled)
        self._settled = max(self._settled, mark)
        return hits


def _widths(k: int, max_k: int) -> Iterator[int]:
    fetch = k
    while fetch < max_k:
        fetch = min(max_k, fetch * WIDER)
        yield fetch
