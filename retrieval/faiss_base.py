"""The immutable part of a vector index: rows by position, searched exactly, by graph, or on a GPU.

A base knows positions, not ids, and never changes. `SelectingBase` filters inside faiss; `BlindBase` wraps an engine
that can neither delete nor filter (a faiss index on a GPU) and asks it for more. `retrieval.faiss_index` adds the
fresh part and the dead.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

import faiss as typed_faiss
import numpy as np
from numpy.typing import NDArray

from core.errors import SettingsError
from core.ports import Vectors

Mask = NDArray[np.bool_]
Found = tuple[Vectors, NDArray[np.int64]]
"""Scores and positions, best first."""

faiss: Any = typed_faiss
"""Its stubs lack most of what is used here."""

GRAPH_FROM = 50_000
"""Rows from which a graph beats exact search by enough to matter (3 ms a question there, a graph 0.4 ms)."""
GRAPH_LINKS, GRAPH_BUILD, GRAPH_SEARCH = 32, 120, 128
GRAPH_SHARE = 0.2
"""Below this share of wanted rows a graph finds too few of them; the exact scan skips the others quickly."""
BLIND_SHARE = 0.1
GPU_MOST = 2048
"""faiss refuses a larger k on a GPU."""


class Base(Protocol):
    """What `FaissIndex` needs of its immutable part."""

    @property
    def device(self) -> str: ...

    def search(self, vector: Vectors, k: int, wanted: Mask | None) -> Found:
        """Return at most k rows among the wanted ones (all, for None)."""


class SelectingBase:
    """A base in main memory or mapped from its file."""

    device = "cpu"

    def __init__(self, index: Any) -> None:
        self._index = index
        self._is_graph = isinstance(index, faiss.IndexHNSW)
        self.flat = faiss.downcast_index(index.storage) if self._is_graph else index

    def search(self, vector: Vectors, k: int, wanted: Mask | None) -> Found:
        share = 1.0 if wanted is None else float(wanted.mean()) if len(wanted) else 0.0
        if share == 0.0:
            return _nothing()
        use_one_thread()
        by_graph = self._is_graph and share >= GRAPH_SHARE
        selector = None if wanted is None else faiss.IDSelectorBitmap(np.packbits(wanted, bitorder="little"))
        if by_graph:
            options = faiss.SearchParametersHNSW(sel=selector, efSearch=max(GRAPH_SEARCH, 2 * k))
        else:
            options = faiss.SearchParameters(sel=selector)
        engine = self._index if by_graph else self.flat
        return _clean(engine.search(vector[np.newaxis], min(k, self.flat.ntotal), params=options))


class BlindBase:
    """A base whose engine can only search everything: over-fetch, filter, widen; exact where few are wanted."""

    def __init__(self, engine: Any, exact: SelectingBase, device: str, most: int = GPU_MOST) -> None:
        """`engine.search((1, d), k)` returns scores and positions for k up to `most`."""
        self.device = device
        self._engine = engine
        self._turn = threading.Lock()  # a GPU's scratch memory is shared: faiss lets one thread search at a time
        self._exact = exact
        self._most = most

    def search(self, vector: Vectors, k: int, wanted: Mask | None) -> Found:
        rows = self._exact.flat.ntotal
        share = 1.0 if wanted is None else float(wanted.mean()) if rows else 0.0
        if share < BLIND_SHARE:
            return self._exact.search(vector, k, wanted)
        fetch = min(rows, k if wanted is None else int(1.2 * k / share) + 16)
        while fetch <= self._most:
            with self._turn:
                scores, positions = _clean(self._engine.search(vector[np.newaxis], fetch))
            if wanted is not None:
                kept = wanted[positions]
                scores, positions = scores[kept], positions[kept]
            if len(positions) >= k or fetch == rows:
                return scores[:k], positions[:k]
            fetch = min(rows, fetch * 4)
        return self._exact.search(vector, k, wanted)


def new_base(dimension: int, expected: int) -> Any:
    """Make an empty index to fill: exact below GRAPH_FROM rows, above it the graph of Malkov & Yashunin (HNSW)."""
    if expected < GRAPH_FROM:
        return faiss.IndexFlatIP(dimension)
    index = faiss.IndexHNSWFlat(dimension, GRAPH_LINKS, faiss.METRIC_INNER_PRODUCT)
    index.hnsw.efConstruction = GRAPH_BUILD
    return index


def load_base(file: Path, device: str) -> Base:
    """Map a base from its file, and copy it to a GPU where `device` says so. Raises SettingsError."""
    selecting = SelectingBase(faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC))
    return selecting if device == "cpu" else _on_gpu(selecting, device)


def use_one_thread() -> None:
    """Keep faiss to the thread that asks: for one question two are slower, and much slower on a busy machine.

    OpenMP keeps this per thread, so it is said at every search and not once at start-up.
    """
    faiss.omp_set_num_threads(1)


def use_all_threads() -> None:
    """Let faiss build with every core of the machine, in the thread that asks."""
    faiss.omp_set_num_threads(len(os.sched_getaffinity(0)))


def check_device(device: str) -> None:
    """Raise SettingsError unless faiss can use the device here."""
    if device == "cpu":
        return
    count: Callable[[], int] = getattr(faiss, "get_num_gpus", lambda: 0)
    number = _ordinal(device)
    if not hasattr(faiss, "StandardGpuResources"):
        raise SettingsError(
            f"VOUCH_INDEX_URL asks for {device}, but the installed faiss is the one for CPUs.",
            hint="Install the extra 'vouch[gpu]' in place of 'vouch[cpu]', or use device=cpu.",
        )
    if number >= count():
        raise SettingsError(
            f"VOUCH_INDEX_URL asks for {device}, but faiss sees {count()} GPUs.", hint="Use device=cpu."
        )


def _on_gpu(selecting: SelectingBase, device: str) -> BlindBase:
    check_device(device)
    try:
        resources = faiss.StandardGpuResources()
        engine = faiss.index_cpu_to_gpu(resources, _ordinal(device), selecting.flat)
    except RuntimeError as error:
        raise SettingsError(
            f"The index ({selecting.flat.ntotal} vectors) could not be put on {device}: {str(error).splitlines()[0]}",
            hint="Free memory on the GPU, or set device=cpu in VOUCH_INDEX_URL.",
        ) from error
    engine.resources = resources  # they must live as long as the index does
    return BlindBase(engine, selecting, device)


def _ordinal(device: str) -> int:
    name, _, number = device.partition(":")
    if name != "cuda" or not (number or "0").isdigit():
        raise SettingsError(f"VOUCH_INDEX_URL: there is no device {device!r}.", hint="Use cpu or cuda:0.")
    return int(number or 0)


def _clean(found: tuple[Vectors, NDArray[np.int64]]) -> Found:
    scores, positions = found[0][0], found[1][0]
    real = positions >= 0
    return scores[real], positions[real]


def _nothing() -> Found:
    return np.zeros(0, dtype=np.float32), np.zeros(0, dtype=np.int64)
