"""A base on a GPU: the engine there cannot filter, so removed and hidden rows are dropped from its results.

`OverfetchingBase` asks such an engine for more rows than are wanted, many questions at a time. `GpuBase` falls back to
main memory while the GPU is not available, and reports it. In tests a plain CPU index replaces the engine. Knows no
ids: `retrieval.dense.index` does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import structlog

from core.errors import SettingsError
from core.ports import Vectors
from retrieval.batching import Batcher
from retrieval.dense.base import Base, CpuBase, Neighbours, Positions, PositionSet, faiss
from retrieval.dense.device import CPU, Device

MIN_GPU_SHARE = 0.1
"""Below this share of wanted rows the search runs in main memory."""
GPU_MAX_K = 2048
"""The largest k that faiss accepts on a GPU."""
MAX_BATCH = 256
"""Questions in one batch: beyond a few hundred a scan is limited by arithmetic, and larger batches only wait longer."""
OUT_OF_MEMORY = "out of memory"
PATIENCE_S = 60.0
"""Seconds that a new base waits for the searches that use the base before it."""
RETRY_PAUSES_S = (0.0, 0.5, 2.0, 8.0)
"""Pauses before each attempt after the previous base released its memory: drivers free it a moment later."""
log = structlog.get_logger(__name__)

Question = tuple[Vectors, int]
Copy = Callable[[Any, Device], Any]
"""Copies a faiss index to a device and returns an engine with `search((n, d), k)`. Raises RuntimeError, MemoryError."""


class OverfetchingBase:
    """Fetches more than wanted, filters, and widens; exact in main memory where few rows are wanted. Thread-safe."""

    def __init__(
        self, engine: Any, mapped: CpuBase, device: str, *, rounded: bool = False, most: int = GPU_MAX_K
    ) -> None:
        """`engine.search((n, d), k)` returns scores and positions for k up to `most`; -1 where there are no more.

        Where the engine's vectors are `rounded`, exact scores order its hits again.
        """
        self.device = device
        self._batcher: Batcher[Question, Neighbours] = Batcher(partial(_search_together, engine), MAX_BATCH)
        self._mapped = mapped
        self._rounded = rounded
        self._most = most

    def search(self, vector: Vectors, k: int, wanted: PositionSet | None) -> Neighbours:
        total = self._mapped.flat.ntotal
        count = total if wanted is None else wanted.count
        if count < max(1.0, MIN_GPU_SHARE * total):
            return self._mapped.search(vector, k, wanted)
        need = min(k, count)
        deep = 2 * need + 100 if self._rounded else need
        fetch = min(total, deep if wanted is None else int(1.2 * deep * total / count) + 16)
        while fetch <= self._most:
            scores, positions = self._batcher.ask((vector, fetch))
            if wanted is not None:
                kept = wanted.holds(positions)
                scores, positions = scores[kept], positions[kept]
            if len(positions) >= need:
                return self.search_few(vector, k, positions) if self._rounded else (scores[:k], positions[:k])
            if fetch == total:
                break  # the rest is in lists that were not searched
            fetch = min(total, 4 * fetch)
        return self._mapped.search(vector, k, wanted)

    def search_few(self, vector: Vectors, k: int, positions: Positions) -> Neighbours:
        return self._mapped.search_few(vector, k, positions)


class GpuBase:
    """A base that is searched on a GPU while one is available, else in main memory; `device` says which."""

    def __init__(self, mapped: CpuBase, wanted: Device, copy: Copy, why: str = "not copied yet") -> None:
        """Start in main memory; `move_to_gpu` copies the base to the GPU."""
        self._mapped, self._wanted, self._copy = mapped, wanted, copy
        self._on_gpu: OverfetchingBase | None = None
        self._why = why
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        return f"{CPU} (wanted {self._wanted.name}: {self._why})" if self._on_gpu is None else self._wanted.name

    @property
    def lacks_memory(self) -> bool:
        """Whether the base is in main memory only because the GPU's memory was full."""
        return self._on_gpu is None and self._why == OUT_OF_MEMORY

    def move_to_gpu(self) -> None:
        """Copy the base to the GPU and search it there from now on. Raises SettingsError, and then changes nothing."""
        try:
            engine = self._copy(self._mapped.flat, self._wanted)
        except (RuntimeError, MemoryError) as error:
            self._why = _short(error)
            raise SettingsError(
                f"The index ({self._mapped.flat.ntotal} vectors) could not be put on {self._wanted.name}: {self._why}.",
                hint="Free memory on the GPU, or put precision=float16, fallback=cpu or device=cpu in VOUCH_INDEX_URL.",
            ) from error
        rounded = self._wanted.float16 or isinstance(self._mapped.flat, faiss.IndexIVFScalarQuantizer)
        self._on_gpu = OverfetchingBase(engine, self._mapped, self._wanted.name, rounded=rounded)

    def search(self, vector: Vectors, k: int, wanted: PositionSet | None) -> Neighbours:
        on_gpu = self._on_gpu
        if on_gpu is not None:
            try:
                return on_gpu.search(vector, k, wanted)
            except (RuntimeError, MemoryError) as error:  # the GPU is full or lost; main memory holds the same rows
                self._fall_back(on_gpu, error)
        return self._mapped.search(vector, k, wanted)

    def search_few(self, vector: Vectors, k: int, positions: Positions) -> Neighbours:
        return self._mapped.search_few(vector, k, positions)

    def _fall_back(self, on_gpu: OverfetchingBase, error: Exception) -> None:
        with self._lock:
            if self._on_gpu is not on_gpu:
                return  # another question of the same batch did this
            self._why, self._on_gpu = _short(error), None
        log.error("index_left_gpu", wanted=self._wanted.name, reason=self._why)


def on_device(base: CpuBase, device: Device, *, must: bool = True) -> Base:
    """Return the base itself for the CPU, else a base that is searched on the GPU.

    Raises SettingsError when the GPU is not available, it `must` be used, and no fallback is allowed. Otherwise the
    base is searched in main memory, which is logged.
    """
    if device.name == CPU:
        return base
    placed = GpuBase(base, device, copy_to_gpu)
    try:
        placed.move_to_gpu()
    except SettingsError as error:
        if must and not device.or_cpu:
            raise
        log.warning("index_not_on_gpu", wanted=device.name, reason=error.message)
    return placed


def empty_base(dimension: int, device: Device) -> Base | None:
    """Return an empty base that reports why the GPU is not used before the first snapshot; None for the CPU."""
    if device.name == CPU:
        return None
    return GpuBase(CpuBase(faiss.IndexFlatIP(dimension)), device, copy_to_gpu, "there is no snapshot yet")


def move_to_gpu_after(base: Base | None, previous_gone: threading.Event) -> None:
    """Copy a base for which the GPU had no memory to the GPU, once no search uses the previous base there."""
    if not isinstance(base, GpuBase) or not base.lacks_memory:
        return
    previous_gone.wait(PATIENCE_S)
    for pause in RETRY_PAUSES_S:
        time.sleep(pause)
        try:
            base.move_to_gpu()
        except SettingsError as error:
            log.warning("index_not_on_gpu", wanted=base.device, reason=error.message)
            continue
        log.info("index_on_gpu", device=base.device)
        return


def check_device(device: Device) -> None:
    """Raise SettingsError unless faiss can use the device here, or the settings allow the CPU instead."""
    missing = unavailable_reason(device)
    if missing is None:
        return
    if device.or_cpu:
        log.warning("index_not_on_gpu", wanted=device.name, reason=missing)
        return
    raise SettingsError(
        f"VOUCH_INDEX_URL asks for {device.name}, but {missing}.",
        hint="Install the extra 'vouch[gpu]' in place of 'vouch[cpu]' and check the driver with `nvidia-smi`; "
        "or use device=cpu, or add fallback=cpu.",
    )


def unavailable_reason(device: Device) -> str | None:
    """Return why faiss cannot use the device here; None if it can."""
    if device.name == CPU:
        return None
    if not hasattr(faiss, "StandardGpuResources"):
        return "the installed faiss is the one for CPUs"
    count = int(faiss.get_num_gpus())
    return None if device.ordinal < count else f"faiss sees {count} GPUs"


def copy_to_gpu(index: Any, device: Device) -> Any:
    """Return a copy of a faiss index on the GPU. Raises RuntimeError with faiss's message when memory is short."""
    if missing := unavailable_reason(device):
        raise RuntimeError(missing)
    resources = faiss.StandardGpuResources()  # one per index: indexes that share them cannot be searched in parallel
    if device.scratch_mb is not None:
        resources.setTempMemory(device.scratch_mb * 2**20)
    options = faiss.GpuClonerOptions()
    options.useFloat16 = device.float16
    engine = faiss.index_cpu_to_gpu(resources, device.ordinal, index, options)
    engine.resources = resources  # they must live as long as the index does
    return engine


def _search_together(engine: Any, questions: Sequence[Question]) -> list[Neighbours]:
    """Search for all questions at once with the largest k, and return for each its own k hits."""
    vectors = np.stack([vector for vector, _ in questions])
    scores, positions = engine.search(vectors, max(k for _, k in questions))
    found = []
    for row, (_, k) in enumerate(questions):
        real = positions[row, :k] >= 0
        found.append((scores[row, :k][real], positions[row, :k][real]))
    return found


def _short(error: Exception) -> str:
    """Return a GPU error in a few words: only its message tells whether memory was short."""
    text = str(error)
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return OUT_OF_MEMORY
    last = text.strip().splitlines()[-1] if text.strip() else type(error).__name__
    return last.rpartition("failed: ")[2][:160].rstrip(".")  # source location and condition come before it
