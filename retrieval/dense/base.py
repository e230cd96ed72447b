"""The immutable part of a vector index: rows by position, searched exactly, by graph or by lists, filtered in faiss.

A base knows positions, not ids, and never changes. `retrieval.dense.base_kinds` builds the kind that fits the size,
`retrieval.dense.gpu` copies one to a GPU, `retrieval.dense.index` handles added and removed vectors.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import faiss as typed_faiss
import numpy as np
from numpy.typing import NDArray

from core.ports import Vectors

Positions = NDArray[np.int64]
Neighbours = tuple[Vectors, Positions]
"""Scores and positions, best first."""

faiss: Any = typed_faiss
"""Untyped: the stubs lack most of what is used here."""

GRAPH_FROM = 50_000
"""PositionSet from which a graph beats exact search by enough to matter (3 ms a question there, a graph 0.4 ms)."""
GRAPH_LINKS, GRAPH_BUILD = 32, 120
GRAPH_SEARCH, LISTS_SEARCH = 128, 16
"""Candidates of a graph search, and lists that are searched, where no measured value is stored."""
MIN_APPROXIMATE_SHARE = 0.2
"""Below this share of wanted rows a graph finds too few of them; an exact scan skips the others quickly."""
FEW_ROWS = 4096
"""Up to this many wanted rows it is faster to fetch them than to test every row of a large base."""


@dataclass(frozen=True, slots=True)
class PositionSet:
    """A set of a base's positions: a bitmap, lowest bit first, and the number of positions. Never changed in place."""

    bits: NDArray[np.uint8]
    count: int

    @classmethod
    def every(cls, total: int) -> PositionSet:
        return cls.of(np.arange(total, dtype=np.int64), total)

    @classmethod
    def of(cls, positions: Positions, total: int) -> PositionSet:
        mask = np.zeros(total, dtype=np.bool_)
        mask[positions] = True
        return cls(np.packbits(mask, bitorder="little"), int(np.count_nonzero(mask)))

    def holds(self, positions: Positions) -> NDArray[np.bool_]:
        bits: NDArray[np.bool_] = (self.bits[positions >> 3] >> (positions & 7).astype(np.uint8) & 1).astype(np.bool_)
        return bits

    def without(self, positions: Positions) -> PositionSet:
        """Return the set without these positions: copying a bitmap of a million rows takes microseconds."""
        gone = np.unique(positions[self.holds(positions)])
        bits = self.bits.copy()
        np.bitwise_and.at(bits, gone >> 3, ~(np.uint8(1) << (gone & 7).astype(np.uint8)))
        return PositionSet(bits, self.count - len(gone))


class Base(Protocol):
    """The interface of the immutable part of a `FaissIndex`."""

    @property
    def device(self) -> str: ...

    def search(self, vector: Vectors, k: int, wanted: PositionSet | None) -> Neighbours:
        """Return at most k rows among the wanted ones (None: among all)."""

    def search_few(self, vector: Vectors, k: int, positions: Positions) -> Neighbours:
        """Return the best k of these rows, exactly, at a cost that depends on their number alone."""


class CpuBase:
    """A base in main memory or mapped from its files."""

    device = "cpu"

    def __init__(self, index: Any, rows: Vectors | None = None, effort: int = 0) -> None:
        """`rows` holds every vector by position where the index does not; `effort` is the measured one, 0 if none."""
        self._index = index
        self._is_graph = isinstance(index, faiss.IndexHNSW)
        self._has_lists = isinstance(index, faiss.IndexIVF)
        self.flat = faiss.downcast_index(index.storage) if self._is_graph else index
        self.rows = _view(self.flat) if rows is None else rows
        self._effort = effort or (GRAPH_SEARCH if self._is_graph else LISTS_SEARCH)
        self._is_rounded = isinstance(index, faiss.IndexIVFScalarQuantizer)
        if self._has_lists:
            index.nprobe = self._effort  # a copy on a GPU inherits it

    def search(self, vector: Vectors, k: int, wanted: PositionSet | None) -> Neighbours:
        total = self.flat.ntotal
        most = min(k, total if wanted is None else wanted.count)
        if most < 1:
            return no_neighbours()
        use_one_thread()
        selector = None if wanted is None else faiss.IDSelectorBitmap(wanted.bits)
        share = 1.0 if wanted is None else wanted.count / total
        if (self._is_graph or self._has_lists) and share >= MIN_APPROXIMATE_SHARE:
            if self._is_graph:
                found = self._by_graph(vector, most, wanted, share)
            else:
                found = self._by_lists(vector, most, selector, self._lists_to_look_into(vector, wanted))
            if len(found[0]) == most:
                return found  # else the nearest rows are not wanted
        return self._scan(vector, most, selector)

    def search_few(self, vector: Vectors, k: int, positions: Positions) -> Neighbours:
        return _best(self.rows[positions] @ vector, positions, k)

    def _by_graph(self, vector: Vectors, k: int, wanted: PositionSet | None, share: float) -> Neighbours:
        """Fetch the nearest of all rows, then keep the wanted ones; with fewer than k the caller scans exactly.

        With a selector, faiss continues past unwanted rows and returns far rows as if they were the nearest: a caller
        who asked about hidden passages missed some that they may see.
        """
        fetch = k if wanted is None else min(self.flat.ntotal, int(1.2 * k / share) + 16)
        options = faiss.SearchParametersHNSW(efSearch=max(self._effort, 2 * k, fetch))
        scores, positions = drop_missing(self._index.search(vector[np.newaxis], fetch, params=options))
        kept = slice(None) if wanted is None else wanted.holds(positions)
        return scores[kept][:k], positions[kept][:k]

    def _lists_to_look_into(self, vector: Vectors, wanted: PositionSet | None) -> int:
        """Return how many of the nearest lists hold as many wanted rows as an unfiltered search looks at.

        Counted, not estimated from the share of wanted rows: hidden rows are often in the same few lists.
        """
        if wanted is None:
            return self._effort
        _, order = self._index.quantizer.search(vector[np.newaxis], self._index.nlist)
        lists, need = self._index.invlists, self._effort * self._index.ntotal / self._index.nlist
        for number, which in enumerate(map(int, order[0]), 1):
            if size := lists.list_size(which):
                need -= np.count_nonzero(wanted.holds(faiss.rev_swig_ptr(lists.get_ids(which), size)))
            if need <= 0 and number >= self._effort:
                return number + (number - self._effort) // 2  # a distant vector's neighbours are in more lists
        return int(self._index.nlist)

    def _scan(self, vector: Vectors, k: int, selector: Any) -> Neighbours:
        if self._has_lists:
            return self._by_lists(vector, k, selector, self._index.nlist)
        return drop_missing(self.flat.search(vector[np.newaxis], k, params=faiss.SearchParameters(sel=selector)))

    def _by_lists(self, vector: Vectors, k: int, selector: Any, lists: int) -> Neighbours:
        options = faiss.SearchParametersIVF(sel=selector, nprobe=lists)
        if not self._is_rounded:
            return drop_missing(self._index.search(vector[np.newaxis], k, params=options))
        fetch = min(2 * k + 100, self._index.ntotal)  # rounded scores select rows, exact scores order them
        _, positions = drop_missing(self._index.search(vector[np.newaxis], fetch, params=options))
        return self.search_few(vector, k, positions)


def new_index(dimension: int, expected: int) -> Any:
    """Return an empty index to fill: exact below GRAPH_FROM expected rows, else a graph (HNSW, arXiv 1603.09320)."""
    if expected < GRAPH_FROM:
        return faiss.IndexFlatIP(dimension)
    index = faiss.IndexHNSWFlat(dimension, GRAPH_LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = GRAPH_BUILD
    return index


def load_base(file: Path, rows: Path | None = None, effort: int = 0) -> CpuBase:
    """Map a base from its files; for a base with lists, `rows` holds its vectors by position as raw float32."""
    if rows is None:
        return CpuBase(faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC), effort=effort)
    index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP)
    faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0  # otherwise it starts threads for every question
    return CpuBase(index, map_rows(rows, index.d), effort)


def map_rows(file: Path, dimension: int) -> Vectors:
    """Map raw float32 vectors. Raises ValueError for a file that is empty or does not consist of whole rows."""
    return np.memmap(file, dtype="<f4", mode="r").reshape(-1, dimension)


def use_one_thread() -> None:
    """Keep faiss to the calling thread: for one question two threads are slower, much slower on a busy machine.

    OpenMP stores this per thread, so it is set at every search and not once at start.
    """
    faiss.omp_set_num_threads(1)


def use_all_threads() -> None:
    """Let faiss build with every core of the machine when called from this thread."""
    faiss.omp_set_num_threads(len(os.sched_getaffinity(0)))


def drop_missing(found: tuple[Vectors, Positions]) -> Neighbours:
    """Return the first row of a faiss result without its empty places."""
    scores, positions = found[0][0], found[1][0]
    real = positions >= 0
    return scores[real], positions[real]


def no_neighbours() -> Neighbours:
    """Return an empty result."""
    return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)


def _best(scores: Vectors, positions: Positions, k: int) -> Neighbours:
    if k < len(scores):
        top = np.argpartition(-scores, k - 1)[:k]
        scores, positions = scores[top], positions[top]
    order = np.lexsort((positions, -scores))
    return scores[order], positions[order]


def _view(flat: Any) -> Vectors:
    """Return a view of a flat index's vectors without a copy; `flat` must live as long as the view."""
    vectors: Vectors = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).reshape(flat.ntotal, flat.d)
    return vectors
