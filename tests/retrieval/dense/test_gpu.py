"""A GPU that is full, lost or not there, played by faiss on the CPU; and, by name, the same on a real one."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import pytest
from structlog.testing import capture_logs

from core.errors import SettingsError
from core.ports import Ids, Vectors
from core.settings import Settings
from core.store.database import Database
from core.types import OPERATOR
from retrieval.dense.base import Base, CpuBase, PositionSet, faiss
from retrieval.dense.device import Device, pop_device
from retrieval.dense.gpu import OverfetchingBase, move_to_gpu_after, on_device
from retrieval.lifecycle import live_index
from retrieval.lifecycle.live_index import LiveIndex
from retrieval.lifecycle.publish import build_snapshot, index_location
from retrieval.search import Searcher
from tests.retrieval.conftest import DIMENSION, Shelf, random_unit

OUT_OF_MEMORY = (
    "Error in virtual void* StandardGpuResourcesImpl::allocMemory(const AllocRequest&) at StandardGpuResources.cpp:1:\n"
    "StandardGpuResources: alloc fail type FlatData dev 0 size 9 bytes (cudaMalloc error out of memory [2])"
)
VECTORS = random_unit(3000, seed=1)
QUESTIONS = random_unit(640, seed=2)
CUDA = Device("cuda:0")

Build = Callable[[], str]
Seen = tuple[float, str]
"""How long a search took, and the index version that answered."""


class Engine:
    """What faiss makes of an index on a GPU: it searches everything, for one thread at a time."""

    def __init__(self, gpu: FakeGpu, index: Any) -> None:
        self._gpu, self._index = gpu, index

    def search(self, vectors: Vectors, k: int) -> tuple[Vectors, Ids]:
        if self._gpu.error is not None:
            raise RuntimeError(self._gpu.error)
        assert self._gpu.turn.acquire(blocking=False), "two threads searched at once"
        try:
            self._gpu.batches.append(len(vectors))
            time.sleep(self._gpu.seconds)
            found: tuple[Vectors, Ids] = self._index.search(vectors, k)
            return found
        finally:
            self._gpu.turn.release()


class FakeGpu:
    """Has room for so many indexes, and breaks when told to."""

    def __init__(self, room: int) -> None:
        self.room, self.seconds = room, 0.0
        self.held: weakref.WeakSet[Engine] = weakref.WeakSet()
        self.error: str | None = None
        self.batches: list[int] = []
        self.turn = threading.Lock()

    def copy(self, index: Any, device: Device) -> Engine:
        if len(self.held) >= self.room:
            raise RuntimeError(OUT_OF_MEMORY)
        engine = Engine(self, index)
        self.held.add(engine)
        return engine


@pytest.fixture
def gpu(monkeypatch: pytest.MonkeyPatch) -> FakeGpu:
    fake = FakeGpu(room=1)
    monkeypatch.setattr("retrieval.dense.gpu.copy_to_gpu", fake.copy)
    monkeypatch.setattr("retrieval.dense.gpu.unavailable_reason", lambda device: None)
    return fake


@pytest.fixture
def build(database: Database, settings: Settings) -> Build:
    def builder() -> str:
        manifest = build_snapshot(database, settings, "words", DIMENSION)
        assert manifest is not None
        return manifest.id

    return builder


def mapped(vectors: Vectors = VECTORS) -> CpuBase:
    flat = faiss.IndexFlatIP(DIMENSION)
    flat.add(vectors)
    return CpuBase(flat)


def url(settings: Settings, options: str = "") -> str:
    return f"faiss://{index_location(settings).folder}?device=cuda:0{options}"


def same(one: Base, other: Base, wanted: PositionSet | None = None) -> bool:
    pairs = [(one.search(q, 10, wanted), other.search(q, 10, wanted)) for q in QUESTIONS[:20]]
    return all(np.array_equal(a[1], b[1]) and np.allclose(a[0], b[0], atol=1e-5) for a, b in pairs)


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("options", "device"),
    [
        ({}, Device()),
        ({"device": "cuda"}, CUDA),
        (
            {"device": "cuda:1", "precision": "float16", "scratch_mb": "64", "fallback": "cpu"},
            Device("cuda:1", True, 64, True),
        ),
    ],
)
def test_the_options_of_a_device(options: dict[str, str], device: Device) -> None:
    options["kind"] = "flat"

    assert pop_device(options) == device
    assert options == {"kind": "flat"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"device": "tpu"}, "no device 'tpu'"),
        ({"device": "cuda:-1"}, "no device"),
        ({"device": "cpu", "precision": "float16"}, "for a GPU only"),
        ({"fallback": "cpu"}, "for a GPU only"),
        ({"device": "cuda:0", "precision": "int8"}, "no precision"),
        ({"device": "cuda:0", "fallback": "tpu"}, "no fallback"),
        ({"device": "cuda:0", "scratch_mb": "much"}, "not a number of megabytes"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        pop_device(options)


def test_questions_of_many_threads_are_searched_together_and_each_gets_what_it_would_get_alone(gpu: FakeGpu) -> None:
    base, alone, gpu.seconds = on_device(mapped(), CUDA), mapped(), 0.002
    half = PositionSet.of(np.arange(0, len(VECTORS), 2), len(VECTORS))

    def ask(number: int) -> bool:
        k, wanted = 1 + number % 17, half if number % 3 == 0 else None
        found, right = base.search(QUESTIONS[number], k, wanted), alone.search(QUESTIONS[number], k, wanted)
        return np.array_equal(found[1], right[1]) and np.allclose(found[0], right[0], atol=1e-5)

    with ThreadPoolExecutor(32) as pool:
        assert all(pool.map(ask, range(len(QUESTIONS))))
    assert max(gpu.batches) > 8
    assert sum(gpu.batches) < 1.2 * len(QUESTIONS)


def test_what_rounded_vectors_find_has_exact_scores_and_the_exact_order() -> None:
    rounded = mapped(((VECTORS * 8).round() / 8).astype(np.float32))
    base = OverfetchingBase(rounded.flat, mapped(), "twin", rounded=True)
    half = PositionSet.of(np.arange(1500), len(VECTORS))

    assert not same(rounded, mapped())
    assert same(base, mapped())
    assert same(base, mapped(), half)


def test_a_gpu_without_room_is_an_error_at_the_start_that_says_what_to_do(gpu: FakeGpu) -> None:
    gpu.room = 0

    with pytest.raises(SettingsError, match=r"3000 vectors.*cuda:0: out of memory.*fallback=cpu"):
        on_device(mapped(), CUDA)


def test_with_the_fallback_it_serves_from_the_cpu_and_says_why(gpu: FakeGpu) -> None:
    gpu.room = 0

    with capture_logs() as logs:
        base = on_device(mapped(), Device("cuda:0", or_cpu=True))

    assert base.device == "cpu (wanted cuda:0: out of memory)"
    assert same(base, mapped())
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("index_not_on_gpu", "warning")]


@pytest.mark.skipif(hasattr(faiss, "StandardGpuResources"), reason="this faiss knows GPUs")
def test_the_faiss_for_cpus_is_no_faiss_for_gpus_and_the_fallback_says_so(
    shelf: Shelf, build: Build, settings: Settings, open_search: Callable[..., Searcher]
) -> None:
    shelf.put("tv", "warranty of two years")
    build()

    with pytest.raises(SettingsError, match="one for CPUs"):
        open_search(index_url=url(settings))
    searcher = open_search(index_url=url(settings, "&fallback=cpu"))

    assert searcher.device == "cpu (wanted cuda:0: the installed faiss is the one for CPUs)"
    assert len(searcher.search(OPERATOR, "warranty", k=5).passages) == 1


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OUT_OF_MEMORY, "out of memory"),
        ("Error at GpuIndex.cu:65: Error: 'a < b' failed: Invalid GPU", "Invalid GPU"),
    ],
)
def test_a_gpu_that_fails_while_it_serves_costs_nobody_an_answer(gpu: FakeGpu, error: str, why: str) -> None:
    base = on_device(mapped(), CUDA)
    assert base.device == "cuda:0"

    gpu.error = error
    with capture_logs() as logs, ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda q: base.search(q, 3, None)[1].tolist(), QUESTIONS[:64]))

    assert results == [mapped().search(q, 3, None)[1].tolist() for q in QUESTIONS[:64]]
    assert base.device == f"cpu (wanted cuda:0: {why})"
    assert [(entry["event"], entry["log_level"]) for entry in logs] == [("index_left_gpu", "error")]
    assert not gpu.held


def test_before_the_first_snapshot_the_device_says_so(
    gpu: FakeGpu, shelf: Shelf, build: Build, settings: Settings, open_search: Callable[..., Searcher]
) -> None:
    shelf.put("tv", "warranty of two years")
    searcher = open_search(index_url=url(settings))
    before = searcher.device
    build()
    searcher.refresh()

    assert before == "cpu (wanted cuda:0: there is no snapshot yet)"
    assert searcher.devices["index"] == "cuda:0"


def test_a_gpu_with_room_for_one_base_gets_the_new_one_when_the_old_has_gone(
    gpu: FakeGpu, shelf: Shelf, build: Build, settings: Settings, database: Database
) -> None:
    shelf.put("tv", "warranty of two years")
    build()
    place = index_location(settings.model_copy(update={"index_url": url(settings)}))
    index = LiveIndex(database, place, "words", DIMENSION)
    held = index.current()  # as a search holds it that is still running
    shelf.put("radio", "warranty of three years")
    build()

    stays = index.current().vectors.device
    found = len(index.current().vectors.search(VECTORS[0], 5))
    assert held.vectors.device == "cuda:0"
    del held
    until(lambda: index.current().vectors.device == "cuda:0")

    assert stays == "cpu (wanted cuda:0: out of memory)"
    assert found == len(index.current().vectors.search(VECTORS[0], 5)) == 2
    assert len(gpu.held) == 1
    index.close()


@pytest.fixture
def asking() -> Iterator[Callable[[Searcher], list[Seen]]]:
    """Search from four threads until the test ends; the list grows by each; -1 s is one that failed."""
    stop, pool = threading.Event(), ThreadPoolExecutor(4)
    running: list[Future[None]] = []

    def begin(searcher: Searcher) -> list[Seen]:
        seen: list[Seen] = []

        def ask() -> None:
            while not stop.wait(0.005):
                began = time.monotonic()
                found = searcher.search(OPERATOR, "warranty", k=5)
                seen.append((time.monotonic() - began if found.passages else -1.0, found.index_version))

        running.extend(pool.submit(ask) for _ in range(4))
        return seen

    yield begin
    stop.set()
    for thread in running:
        thread.result(60)
    pool.shutdown()


def test_searches_neither_fail_nor_pause_while_new_bases_are_loaded_again_and_again(
    gpu: FakeGpu,
    shelf: Shelf,
    build: Build,
    settings: Settings,
    open_search: Callable[..., Searcher],
    asking: Callable[[Searcher], list[Seen]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(live_index, "SWAP_WAIT_S", 0.05)
    shelf.put("tv", "warranty of two years")
    build()
    searcher = open_search(index_url=url(settings))
    seen = asking(searcher)

    def slowly(index: Any, device: Device) -> Engine:
        time.sleep(3)
        return gpu.copy(index, device)

    monkeypatch.setattr("retrieval.dense.gpu.copy_to_gpu", slowly)
    for number in range(2):
        shelf.put(f"radio {number}", "warranty of three years")
        until(partial(_served, seen, build()))  # nobody but those who are timed may notice the new snapshot

    assert len(seen) > 20
    assert min(seen)[0] > 0
    assert max(seen)[0] < 2.8  # a load takes longer


@pytest.mark.gpu
@pytest.mark.parametrize("device", [CUDA, Device("cuda:0", float16=True), Device("cuda:0", scratch_mb=64)])
def test_on_a_real_gpu_threads_get_what_the_cpu_finds(device: Device) -> None:
    vectors = random_unit(50_000, seed=3)
    base, alone = on_device(mapped(vectors), device), mapped(vectors)
    right = [alone.search(question, 10, None) for question in QUESTIONS]

    with ThreadPoolExecutor(32) as pool:
        found = list(pool.map(lambda question: base.search(question, 10, None), QUESTIONS))

    assert base.device == "cuda:0"
    for one, other in zip(found, right, strict=True):
        assert np.array_equal(one[1], other[1])
        assert np.allclose(one[0], other[0], atol=1e-4)


@pytest.mark.gpu
def test_a_real_gpu_that_is_full_says_so_and_the_cpu_stands_in() -> None:
    import torch

    free, _ = torch.cuda.mem_get_info(0)
    hog = torch.empty(free - 300 * 2**20, dtype=torch.uint8, device="cuda:0")
    wide = CpuBase(_wide())

    with pytest.raises(SettingsError, match="out of memory"):
        on_device(wide, CUDA)
    base = on_device(wide, Device("cuda:0", or_cpu=True))
    assert base.device == "cpu (wanted cuda:0: out of memory)"
    assert base.search(np.ones(1024, dtype=np.float32), 1, None)[1].shape == (1,)

    del hog
    torch.cuda.empty_cache()
    move_to_gpu_after(base, _set())
    assert base.device == "cuda:0"


@pytest.mark.gpu
def test_a_real_gpu_goes_on_while_new_bases_are_loaded(
    shelf: Shelf,
    build: Build,
    settings: Settings,
    open_search: Callable[..., Searcher],
    asking: Callable[[Searcher], list[Seen]],
) -> None:
    shelf.put("tv", "warranty of two years")
    build()
    searcher = open_search(index_url=url(settings))
    seen = asking(searcher)

    for number in range(5):
        shelf.put(f"radio {number}", "warranty of three years")
        build()
        searcher.refresh()
        until(lambda: searcher.device == "cuda:0")

    assert min(seen)[0] > 0


def _served(seen: list[Seen], snapshot: str) -> bool:
    return any(version.startswith(snapshot) for _, version in seen[-20:])


def _wide() -> Any:
    """Half a gigabyte of vectors: more than is left."""
    flat = faiss.IndexFlatIP(1024)
    flat.add(np.random.default_rng(0).standard_normal((131_072, 1024), dtype=np.float32))
    return flat


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event
