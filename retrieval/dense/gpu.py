"""A base on a GPU: an engine that can only search everything, made to hide the dead and whom a caller may not see.

`BlindBase` asks such an engine for more than is wanted, many questions at a time. `PlacedBase` goes on with the mapped
base in main memory while the GPU cannot be had, and says so. A plain index on the CPU in the engine's place runs the
same contract. Knows no ids; `retrieval.dense.index` does.
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
from retrieval.dense.base import Base, Found, Positions, Rows, SelectingBase, faiss
from retrieval.dense.device import CPU, Device

BLIND_SHARE = 0.1
GPU_MOST = 2048
"""faiss refuses a larger k on a GPU."""
TOGETHER = 256
"""Questions in one batch: past some hundred a scan is bound by arithmetic, and more would only wait longer."""
NO_ROOM = "out of memory"
PATIENCE_S = 60.0
"""Seconds that a new base waits for the searches that use the base before it."""
ROOM_PAUSES_S = (0.0, 0.5, 2.0, 8.0)
"""When to try again after the forerunner's memory was let go: drivers free it a moment later."""
log = structlog.get_logger(__name__)

Question = tuple[Vectors, int]
Copy = Callable[[Any, Device], Any]
"""Copies a faiss index to a device and returns an engine with `search((n, d), k)`. Raises RuntimeError, MemoryError."""


class BlindBase:
    """Over-fetch, filter, widen; exact in main memory where few are wanted. Threads may search at the same time."""

    def __init__(
        self, engine: Any, mapped: SelectingBase, device: str, *, rounded: bool = False, most: int = GPU_MOST
    ) -> None:
        """`engine.search((n, d), k)` returns scores and positions for k up to `most`; -1 where there are no more.

        What `rounded` vectors find is ordered again by the exact ones.
        """
        self.device = device
        self._together: Batcher[Question, Found] = Batcher(partial(_search_together, engine), TOGETHER)
        self._mapped = mapped
        self._rounded = rounded
        self._most = most

    def search(self, vector: Vectors, k: int, wanted: Rows | None) -> Found:
        total = self._mapped.flat.ntotal
        count = total if wanted is None else wanted.count
        if count < max(1.0, BLIND_SHARE * total):
            return self._mapped.search(vector, k, wanted)
        need = min(k, count)
        deep = 2 * need + 100 if self._rounded else need
        fetch = min(total, deep if wanted is None else int(1.2 * deep * total / count) + 16)
        while fetch <= self._most:
            scores, positions = self._together.ask((vector, fetch))
            if wanted is not None:
                kept = wanted.holds(positions)
                scores, positions = scores[kept], positions[kept]
            if len(positions) >= need:
                return self.search_few(vector, k, positions) if self._rounded else (scores[:k], positions[:k])
            if fetch == total:
                break  # lists that were not looked into hold the rest
            fetch = min(total, 4 * fetch)
        return self._mapped.search(vector, k, wanted)

    def search_few(self, vector: Vectors, k: int, positions: Positions) -> Found:
        return self._mapped.search_few(vector, k, positions)


class PlacedBase:
    """A base that is searched on a GPU while it can be and in main memory while it cannot; `device` says which."""

    def __init__(self, mapped: SelectingBase, wanted: Device, copy: Copy, why: str = "not copied yet") -> None:
        """It begins in main memory; `climb` copies it to the GPU."""
        self._mapped, self._wanted, self._copy = mapped, wanted, copy
        self._blind: BlindBase | None = None
        self._why = why
        self._lock = threading.Lock()

    @property
    def device(self) -> str:
        return f"{CPU} (wanted {self._wanted.name}: {self._why})" if self._blind is None else self._wanted.name

    @property
    def wants_room(self) -> bool:
        """Whether it is in main memory only because the GPU's was full."""
        return self._blind is None and self._why == NO_ROOM

    def climb(self) -> None:
        """Copy it to the GPU and search it there from now on. Raises SettingsError; then it stays where it is."""
        try:
            engine = self._copy(self._mapped.flat, self._wanted)
        except (RuntimeError, MemoryError) as error:
            self._why = _short(error)
            raise SettingsError(
                f"The index ({self._mapped.flat.ntotal} vectors) could not be put on {self._wanted.name}: {self._why}.",
                hint="Free memory on the GPU, or put precision=float16, fallback=cpu or device=cpu in VOUCH_INDEX_URL.",
            ) from error
        rounded = self._wanted.float16 or isinstance(self._mapped.flat, faiss.IndexIVFScalarQuantizer)
        self._blind = BlindBase(engine, self._mapped, self._wanted.name, rounded=rounded)

    def search(self, vector: Vectors, k: int, wanted: Rows | None) -> Found:
        blind = self._blind
        if blind is not None:
            try:
                return blind.search(vector, k, wanted)
            except (RuntimeError, MemoryError) as error:  # the GPU's: full, or lost. Main memory holds the same rows
                self._step_down(blind, error)
        return self._mapped.search(vector, k, wanted)

    def search_few(self, vector: Vectors, k: int, positions: Positions) -> Found:
        return self._mapped.search_few(vector, k, positions)

    def _step_down(self, blind: BlindBase, error: Exception) -> None:
        with self._lock:
            if self._blind is not blind:
                return  # another question of the same batch was quicker
            self._why, self._blind = _short(error), None
        log.error("index_left_gpu", wanted=self._wanted.name, reason=self._why)


def on_device(base: SelectingBase, device: Device, *, must: bool = True) -> Base:
    """Return the base itself for the CPU, else one that is searched on the GPU.

    Raises SettingsError when the GPU cannot be had, it `must` be, and no fallback is allowed; else it is searched in
    main memory, which is logged.
    """
    if device.name == CPU:
        return base
    placed = PlacedBase(base, device, copy_to_gpu)
    try:
        placed.climb()
    except SettingsError as error:
        if must and not device.or_cpu:
            raise
        log.warning("index_not_on_gpu", wanted=device.name, reason=error.message)
    return placed


def nothing_yet(dimension: int, device: Device) -> Base | None:
    """Return an empty base that says why the GPU is not in use before the first snapshot; None for the CPU."""
    if device.name == CPU:
        return None
    return PlacedBase(SelectingBase(faiss.IndexFlatIP(dimension)), device, copy_to_gpu, "there is no snapshot yet")


def climb_after(base: Base | None, forerunner_gone: threading.Event) -> None:
    """Copy a base that found no room to the GPU, once the searches that hold its forerunner there have ended."""
    if not isinstance(base, PlacedBase) or not base.wants_room:
        return
    forerunner_gone.wait(PATIENCE_S)
    for pause in ROOM_PAUSES_S:
        time.sleep(pause)
        try:
            base.climb()
        except SettingsError as error:
            log.warning("index_not_on_gpu", wanted=base.device, reason=error.message)
            continue
        log.info("index_on_gpu", device=base.device)
        return


def check_device(device: Device) -> None:
    """Raise SettingsError unless faiss can use the device here, or the CPU may stand in for it."""
    missing = why_not(device)
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


def why_not(device: Device) -> str | None:
    """Return why faiss cannot use the device here; None when it can."""
    if device.name == CPU:
        return None
    if not hasattr(faiss, "StandardGpuResources"):
        return "the installed faiss is the one for CPUs"
    count = int(faiss.get_num_gpus())
    return None if device.ordinal < count else f"faiss sees {count} GPUs"


def copy_to_gpu(index: Any, device: Device) -> Any:
    """Return a copy of a faiss index on the GPU. Raises RuntimeError, in faiss's words, when there is no room."""
    if missing := why_not(device):
        raise RuntimeError(missing)
    resources = faiss.StandardGpuResources()  # of its own: two that share them may not be searched side by side
    if device.scratch_mb is not None:
        resources.setTempMemory(device.scratch_mb * 2**20)
    options = faiss.GpuClonerOptions()
    options.useFloat16 = device.float16
    engine = faiss.index_cpu_to_gpu(resources, device.ordinal, index, options)
    engine.resources = resources  # they must live as long as the index does
    return engine


def _search_together(engine: Any, questions: Sequence[Question]) -> list[Found]:
    """Search for all at once, as deep as the deepest wants, and give each its own depth."""
    vectors = np.stack([vector for vector, _ in questions])
    scores, positions = engine.search(vectors, max(k for _, k in questions))
    found = []
    for row, (_, k) in enumerate(questions):
        real = positions[row, :k] >= 0
        found.append((scores[row, :k][real], positions[row, :k][real]))
    return found


def _short(error: Exception) -> str:
    """Say in a few words what a GPU's error was: faiss tells memory from the rest in its message alone."""
    text = str(error)
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return NO_ROOM
    last = text.strip().splitlines()[-1] if text.strip() else type(error).__name__
    return last.rpartition("failed: ")[2][:160].rstrip(".")  # before it stand the place and the condition
