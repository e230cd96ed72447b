"""Choose the kind of base that fits a corpus and build it in bounded memory, with measured recall.

Exact search for few vectors, a graph for more, lists (IVF) for very many, and lists of vectors rounded to 8 bits a
number where the exact vectors do not fit in memory; exact scores then order the hits. Knows no chunks:
`retrieval.lifecycle.snapshot` does.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import structlog

from core.errors import SettingsError
from core.ports import Vectors
from retrieval.dense import base
from retrieval.dense.base import CpuBase, Positions, faiss, map_rows, new_index, use_all_threads

KINDS = ("auto", "flat", "hnsw", "ivf", "ivf-sq8")
GRAPH_UP_TO = 500_000
"""Vectors up to which a graph is worth building: it takes two minutes there on two cores, lists a tenth of that."""
MEMORY_SHARE = 0.25
"""Exact vectors may use this share of the machine's memory: the rest of a serving process needs some too."""
LISTS_FROM = 2_000
"""Below this many vectors lists have too little to learn from: the base is exact, whatever the settings ask for."""
GRAPH_EFFORTS = (64, 128, 256, 512, 1024, 2048)
"""1,024 takes half the time of an exact search at 100,000 vectors: the last one is for more, up to GRAPH_UP_TO."""
TRAINING_ROWS_PER_LIST = 40
"""Vectors per list that the centres are learned from."""
RECALL, TOP, PROBES = 0.99, 10, 200
BLOCK = 20_000
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class BuiltBase:
    """A finished base: its kind, the effort of its searches, and the recall@10 measured with that effort."""

    kind: str
    effort: int = 0
    recall: float = 1.0


def check_kind(kind: str) -> None:
    """Raise SettingsError for an unknown kind."""
    if kind not in KINDS:
        raise SettingsError(f"VOUCH_INDEX_URL: there is no kind {kind!r}.", hint=f"Known kinds: {', '.join(KINDS)}.")


def choose_kind(kind: str, count: int, dimension: int, device: str = "cpu") -> str:
    """Return the kind for `count` vectors: the given one, or for "auto" the one that fits.

    A GPU searches all vectors, so exact search suits it best.
    """
    if kind != "auto":
        return kind
    if count < base.GRAPH_FROM or device != "cpu":
        return "flat"
    if count * dimension * 4 > MEMORY_SHARE * memory_bytes():
        return "ivf-sq8"
    return "hnsw" if count <= GRAPH_UP_TO else "ivf"


class BaseWriter:
    """Collects vectors in the order of their positions, then writes `file`, and for lists also `rows`."""

    def __init__(self, kind: str, dimension: int, file: Path, rows: Path) -> None:
        self._kind, self._dimension = kind, dimension
        self._file, self._rows = file, rows
        self._index = new_index(dimension, base.GRAPH_FROM if kind == "hnsw" else 0)
        self._count = 0
        self._stream = rows.open("wb") if kind.startswith("ivf") else None

    def add(self, vectors: Vectors) -> None:
        """Add vectors. A graph and exact vectors grow in memory, vectors for lists are written to disk."""
        self._count += len(vectors)
        if self._stream is None:
            use_all_threads()
            self._index.add(vectors)
        else:
            self._stream.write(vectors.astype("<f4").tobytes())

    def finish(self) -> BuiltBase:
        """Write the base and return its kind: exact where the recall of another kind would be too low."""
        use_all_threads()
        if self._stream is not None:
            self._stream.close()
            return self._finish_lists()
        if self._kind == "flat" or not self._count:
            return self._write_flat(faiss.downcast_index(self._index.storage) if self._kind == "hnsw" else self._index)
        built = self._tuned(self._index, CpuBase(self._index).rows, GRAPH_EFFORTS)
        if built is None:
            return self._write_flat(faiss.downcast_index(self._index.storage))
        _write(self._index, self._file)
        return built

    def _finish_lists(self) -> BuiltBase:
        if self._count >= LISTS_FROM:
            rows = map_rows(self._rows, self._dimension)
            index = _lists(rows, rounded=self._kind == "ivf-sq8")
            half = index.nlist // 2  # more lists save little time
            efforts = [2**power for power in range(3, 20) if 2**power <= half]
            built = self._tuned(index, rows, efforts)
            if built is not None:
                _write(index, self._file)
                return built
            del index
        flat = faiss.IndexFlatIP(self._dimension)
        for block in _blocks(map_rows(self._rows, self._dimension)) if self._count else ():
            flat.add(np.ascontiguousarray(block))
        self._rows.unlink()
        return self._write_flat(flat)

    def _write_flat(self, flat: Any) -> BuiltBase:
        _write(flat, self._file)
        return BuiltBase("flat")

    def _tuned(self, index: Any, rows: Vectors, efforts: tuple[int, ...] | list[int]) -> BuiltBase | None:
        """Return the base with the least effort that reaches RECALL; None if no effort does."""
        probes = _probes(rows)
        floor = faiss.knn(probes, rows, min(TOP, len(rows)), metric=faiss.METRIC_INNER_PRODUCT)[0][:, -1] - 1e-5
        recall = 0.0
        for effort in efforts:
            recall = _recall(CpuBase(index, rows, effort), probes, floor)
            if recall >= RECALL:
                log.info("base_measured", kind=self._kind, rows=len(rows), effort=effort, recall=round(recall, 4))
                return BuiltBase(self._kind, effort, round(recall, 4))
        log.warning("base_finds_too_little", kind=self._kind, rows=len(rows), recall=round(recall, 4), instead="flat")
        return None


def _lists(rows: Vectors, *, rounded: bool) -> Any:
    """Return an index with lists: centres learned from a sample, then all rows sorted into their lists."""
    count, dimension = rows.shape
    lists = max(1, min(int(2 * count**0.5), count // TRAINING_ROWS_PER_LIST))
    centres = faiss.IndexFlatIP(dimension)
    metric = faiss.METRIC_INNER_PRODUCT
    if rounded:
        bits = faiss.ScalarQuantizer.QT_8bit
        index = faiss.IndexIVFScalarQuantizer(centres, dimension, lists, bits, metric)
    else:
        index = faiss.IndexIVFFlat(centres, dimension, lists, metric)
    index.train(rows[_sample(count, lists * TRAINING_ROWS_PER_LIST)])
    for block in _blocks(rows):
        index.add(np.ascontiguousarray(block))
    return index


def _write(index: Any, file: Path) -> None:
    try:
        faiss.write_index(index, str(file))
    except RuntimeError as error:  # how faiss reports a disk that is full or missing
        raise OSError(errno.EIO, str(error).strip().splitlines()[0]) from error


def _blocks(rows: Vectors) -> list[Vectors]:
    return [rows[start : start + BLOCK] for start in range(0, len(rows), BLOCK)]


def _sample(count: int, most: int) -> Positions:
    chosen = np.random.default_rng(0).choice(count, size=min(count, most), replace=False)
    return np.sort(chosen).astype(np.int64)


def _probes(rows: Vectors) -> Vectors:
    """Return queries as far from their nearest row as real ones: rows, each shifted by the difference of two others."""
    chosen = _sample(len(rows), PROBES)
    random = np.random.default_rng(1)
    aside = rows[random.integers(len(rows), size=len(chosen))] - rows[random.integers(len(rows), size=len(chosen))]
    moved = rows[chosen] + 0.7 * aside
    probes: Vectors = moved / np.linalg.norm(moved, axis=1, keepdims=True)
    return np.ascontiguousarray(probes, dtype=np.float32)


def _recall(base: CpuBase, probes: Vectors, floor: Vectors) -> float:
    """Return the share of the best ten that is found; rows with equal scores may replace each other."""
    top = min(TOP, len(base.rows))
    found = [base.search(probe, top, None)[0] >= least for probe, least in zip(probes, floor, strict=True)]
    return float(np.sum([hits.sum() for hits in found]) / (top * len(probes)))


def memory_bytes() -> int:
    """Return how many bytes of memory this machine or container may use."""
    limits = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    limit = Path("/sys/fs/cgroup/memory.max")
    if limit.is_file() and (text := limit.read_text().strip()).isdigit():
        limits.append(int(text))
    return min(limits)
