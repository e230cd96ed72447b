"""The immutable part of a vector index: rows by position, searched exactly, by graph or by lists, filtered in faiss.

A base knows positions, not ids, and never changes. `retrieval.dense.base_kinds` builds one of a kind that fits its
size, `retrieval.dense.gpu` puts one on a GPU, `retrieval.dense.index` adds the fresh part and the dead.
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
Found = tuple[Vectors, Positions]
"""Scores and positions, best first."""

faiss: Any = typed_faiss
"""Its stubs lack most of what is used here."""

GRAPH_FROM = 50_000
"""Rows from which a graph beats exact search by enough to matter (3 ms a question there, a graph 0.4 ms)."""
GRAPH_LINKS, GRAPH_BUILD = 32, 120
GRAPH_SEARCH, LISTS_SEARCH = 128, 16
"""Candidates that a graph keeps, lists that are looked into, where no measured figure says otherwise."""
NEAR_SHARE = 0.2
"""Below this share of wanted rows a graph finds too few of them; the exact scan skips the others quickly."""
FEW = 4096
"""Up to this many rows it is quicker to fetch them than to test every row of a large base for being one of them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A set of a base's positions: a bitmap, lowest bit first, and how many they are. Never changed in place."""

    bits: NDArray[np.uint8]
    count: int

    @classmethod
    def every(cls, total: int) -> Rows:
        return cls.of(np.arange(total, dtype=np.int64), total)

    @classmethod
    def of(cls, positions: Positions, total: int) -> Rows:
        mask = np.zeros(total, dtype=np.bool_)
        mask[positions] = True
        return cls(np.packbits(mask, bitorder="little"), int(np.count_nonzero(mask)))

    def holds(self, positions: Positions) -> NDArray[np.bool_]:
        bits: NDArray[np.bool_] = (self.bits[positions >> 3] >> (positions & 7).astype(np.uint8) & 1).astype(np.bool_)
        return bits

    def without(self, positions: Positions) -> Rows:
        """Return the set less these: a bitmap of a million rows is copied in microseconds."""
        gone = np.unique(positions[self.holds(positions)])
        bits = self.bits.copy()
        np.bitwise_and.at(bits, gone >> 3, ~(np.uint8(1) << (gone & 7).astype(np.uint8)))
        return Rows(bits, self.count - len(gone))


class Base(Protocol):
    """What `FaissIndex` needs of its immutable part."""

    @property
    def device(self) -> str: ...

    def search(self, vector: Vectors, k: int, wanted: Rows | None) -> Found:
        """Return at most k rows among the wanted ones (all, for None)."""

    def search_few(self, vector: Vectors, k: int, positions: Positions) -> Found:
        """Return the best k of these rows, exactly, at a cost that follows their number and not the base's."""


class SelectingBase:
    """A base in main memory or mapped from its files."""

    device = "cpu"

    def __init__(self, index: Any, rows: Vectors | None = None, effort: int = 0) -> None:
        """`rows` holds every vector by position where the index itself does not; `effort` is a measured one."""
        self._index = index
        self._is_graph = isinstance(index, faiss.IndexHNSW)
        self._has_lists = isinstance(index, faiss.IndexIVF)
        self.flat = faiss.downcast_index(index.storage) if self._is_graph else index
        self.rows = _view(self.flat) if rows is None else rows
        self._effort = effort or (GRAPH_SEARCH if self._is_graph else LISTS_SEARCH)
        self._is_rounded = isinstance(index, faiss.IndexIVFScalarQuantizer)
        if self._has_lists:
            index.nprobe = self._effort  # a copy on a GPU takes it over

    def search(self, vector: Vectors, k: int, wanted: Rows | None) -> Found:
        total = self.flat.ntotal
        most = min(k, total if wanted is None else wanted.count)
        if most < 1:
            return nothing()
        use_one_thread()
        selector = None if wanted is None else faiss.IDSelectorBitmap(wanted.bits)
        share = 1.0 if wanted is None else wanted.count / total
        if (self._is_graph or self._has_lists) and share >= NEAR_SHARE:
            if self._is_graph:
                found = self._by_graph(vector, most, wanted, share)
            else:
                found = self._by_lists(vector, most, selector, self._lists_to_look_into(vector, wanted))
            if len(found[0]) == most:
                return found  # else what lies near is not wanted
        return self._scan(vector, most, selector)

    def search_few(self, vector: Vectors, k: int, positions: Positions) -> Found:
        return _best(self.rows[positions] @ vector, positions, k)

    def _by_graph(self, vector: Vectors, k: int, wanted: Rows | None, share: float) -> Found:
        """Ask for the nearest of all, then keep the wanted; fewer than k of them leaves it to the exact scan.

        Given a selector, faiss walks on where nothing near is wanted and returns far rows as if they were the
        nearest: who asked about what is hidden from him missed what he may see.
        """
        fetch = k if wanted is None else min(self.flat.ntotal, int(1.2 * k / share) + 16)
        options = faiss.SearchParametersHNSW(efSearch=max(self._effort, 2 * k, fetch))
        scores, positions = clean(self._index.search(vector[np.newaxis], fetch, params=options))
        kept = slice(None) if wanted is None else wanted.holds(positions)
        return scores[kept][:k], positions[kept][:k]

    def _lists_to_look_into(self, vector: Vectors, wanted: Rows | None) -> int:
        """Return how many of the nearest lists hold as many wanted rows as a search of everything looks into.

        Counted and not estimated from the share: what is hidden from somebody often lies together, and just there.
        """
        if wanted is None:
            return self._effort
        _, order = self._index.quantizer.search(vector[np.newaxis], self._index.nlist)
        lists, need = self._index.invlists, self._effort * self._index.ntotal / self._index.nlist
        for number, which in enumerate(map(int, order[0]), 1):
            if size := lists.list_size(which):
                need -= np.count_nonzero(wanted.holds(faiss.rev_swig_ptr(lists.get_ids(which), size)))
            if need <= 0 and number >= self._effort:
                return number + (number - self._effort) // 2  # what is near from afar is spread over more lists
        return int(self._index.nlist)

    def _scan(self, vector: Vectors, k: int, selector: Any) -> Found:
        if self._has_lists:
            return self._by_lists(vector, k, selector, self._index.nlist)
        return clean(self.flat.search(vector[np.newaxis], k, params=faiss.SearchParameters(sel=selector)))

    def _by_lists(self, vector: Vectors, k: int, selector: Any, lists: int) -> Found:
        options = faiss.SearchParametersIVF(sel=selector, nprobe=lists)
        if not self._is_rounded:
            return clean(self._index.search(vector[np.newaxis], k, params=options))
        fetch = min(2 * k + 100, self._index.ntotal)  # rounded scores choose these, exact ones order them
        _, positions = clean(self._index.search(vector[np.newaxis], fetch, params=options))
        return self.search_few(vector, k, positions)


def new_base(dimension: int, expected: int) -> Any:
    """Make an empty index to fill: exact below GRAPH_FROM rows, from there a graph (HNSW, arXiv 1603.09320)."""
    if expected < GRAPH_FROM:
        return faiss.IndexFlatIP(dimension)
    index = faiss.IndexHNSWFlat(dimension, GRAPH_LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = GRAPH_BUILD
    return index


def load_base(file: Path, rows: Path | None = None, effort: int = 0) -> SelectingBase:
    """Map a base from its files; one with lists has its vectors by position in `rows`, raw float32."""
    if rows is None:
        return SelectingBase(faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC), effort=effort)
    index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP)
    faiss.downcast_InvertedLists(index.invlists).prefetch_nthread = 0  # else it starts threads for every question
    return SelectingBase(index, map_rows(rows, index.d), effort)


def map_rows(file: Path, dimension: int) -> Vectors:
    """Map raw float32 vectors. Raises ValueError for a file that is empty or not made of whole rows."""
    return np.memmap(file, dtype="<f4", mode="r").reshape(-1, dimension)


def use_one_thread() -> None:
    """Keep faiss to the thread that asks: for one question two are slower, and much slower on a busy machine.

    OpenMP keeps this per thread, so it is said at every search and not once at start-up.
    """
    faiss.omp_set_num_threads(1)


def use_all_threads() -> None:
    """Let faiss build with every core of the machine, in the thread that asks."""
    faiss.omp_set_num_threads(len(os.sched_getaffinity(0)))


def clean(found: tuple[Vectors, Positions]) -> Found:
    """Take the one row of an answer, without the places that nothing was found for."""
    scores, positions = found[0][0], found[1][0]
    real = positions >= 0
    return scores[real], positions[real]


def nothing() -> Found:
    """Return an empty answer."""
    return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)


def _best(scores: Vectors, positions: Positions, k: int) -> Found:
    if k < len(scores):
        top = np.argpartition(-scores, k - 1)[:k]
        scores, positions = scores[top], positions[top]
    order = np.lexsort((positions, -scores))
    return scores[order], positions[order]


def _view(flat: Any) -> Vectors:
    """Look at a flat index's vectors where they lie; `flat` must live as long as the view."""
    vectors: Vectors = faiss.rev_swig_ptr(flat.get_xb(), flat.ntotal * flat.d).reshape(flat.ntotal, flat.d)
    return vectors
