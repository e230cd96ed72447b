"""One contract for every vector index: faiss on the CPU by scan and by graph, its GPU twin, and a GPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.errors import Invalid, SettingsError
from core.ports import Ids, Vectors
from retrieval.dense.base import CpuBase, faiss, load_base, new_index
from retrieval.dense.device import Device
from retrieval.dense.gpu import OverfetchingBase, check_device, on_device
from retrieval.dense.index import FaissIndex
from tests.retrieval.conftest import DIMENSION, random_unit

Maker = Callable[[Ids, Vectors], FaissIndex]


def fresh_only(ids: Ids, vectors: Vectors) -> FaissIndex:
    index = FaissIndex(DIMENSION)
    index.add(ids, vectors)
    return index


def over_base(ids: Ids, vectors: Vectors) -> FaissIndex:
    return FaissIndex(DIMENSION, CpuBase(_filled(vectors)), ids)


def half_and_half(ids: Ids, vectors: Vectors) -> FaissIndex:
    index = over_base(ids[::2], vectors[::2])
    index.add(ids[1::2], vectors[1::2])
    return index


def by_graph(ids: Ids, vectors: Vectors) -> FaissIndex:
    graph = faiss.IndexHNSWFlat(DIMENSION, 16, faiss.METRIC_INNER_PRODUCT)
    graph.add(vectors)
    return FaissIndex(DIMENSION, CpuBase(graph), ids)


class Blind:
    """What a faiss index on a GPU can do: search everything, k up to a limit."""

    def __init__(self, index: Any) -> None:
        self.index = index

    def search(self, queries: Vectors, k: int) -> tuple[Vectors, Ids]:
        assert k <= 64
        scores, positions = self.index.search(queries, k)
        return scores, positions


def gpu_twin(ids: Ids, vectors: Vectors) -> FaissIndex:
    flat = _filled(vectors)
    return FaissIndex(DIMENSION, OverfetchingBase(Blind(flat), CpuBase(flat), "twin", most=64), ids)


def on_gpu(ids: Ids, vectors: Vectors) -> FaissIndex:
    index = FaissIndex(DIMENSION, on_device(CpuBase(_filled(vectors)), Device("cuda:0")), ids)
    assert index.device == "cuda:0"
    return index


def _filled(vectors: Vectors) -> Any:
    flat = new_index(DIMENSION, 0)
    flat.add(vectors)
    return flat


@pytest.fixture(
    params=[fresh_only, over_base, half_and_half, by_graph, gpu_twin, pytest.param(on_gpu, marks=pytest.mark.gpu)]
)
def make(request: pytest.FixtureRequest) -> Maker:
    maker: Maker = request.param
    return maker


IDS: Ids = np.arange(0, 3000, 10, dtype=np.int64)
VECTORS = random_unit(len(IDS))


def exact(query: Vectors, ids: Ids, vectors: Vectors, k: int) -> list[int]:
    return [int(ids[row]) for row in np.argsort(-(vectors @ query), kind="stable")[:k]]


def found(index: FaissIndex, query: Vectors, k: int, allowed: Ids | None = None) -> list[int]:
    return [hit.chunk_id for hit in index.search(query, k, allowed)]


def test_the_nearest_come_first_with_their_inner_product(make: Maker) -> None:
    hits = make(IDS, VECTORS).search(VECTORS[7], 5)

    assert [hit.chunk_id for hit in hits] == exact(VECTORS[7], IDS, VECTORS, 5)
    assert hits[0].score == pytest.approx(1.0, abs=1e-5)
    assert hits == sorted(hits, key=lambda hit: -hit.score)


def test_what_was_removed_never_returns_and_others_take_its_place(make: Maker) -> None:
    index = make(IDS, VECTORS)
    gone = np.array(exact(VECTORS[7], IDS, VECTORS, 40), dtype=np.int64)

    index.remove(gone)

    kept = ~np.isin(IDS, gone)
    assert found(index, VECTORS[7], 10) == exact(VECTORS[7], IDS[kept], VECTORS[kept], 10)
    assert len(index) == len(IDS) - 40


def test_removing_is_quiet_for_ids_that_it_does_not_hold(make: Maker) -> None:
    index = make(IDS, VECTORS)

    index.remove(np.array([-5, 3, 99_999], dtype=np.int64))

    assert len(index) == len(IDS)


def test_adding_an_id_again_replaces_its_vector(make: Maker) -> None:
    index = make(IDS, VECTORS)
    new = random_unit(1, seed=9)

    index.add(IDS[3:4], new)

    assert found(index, new[0], 1) == [int(IDS[3])]
    assert index.search(VECTORS[3], 1)[0].score < 0.999
    assert len(index) == len(IDS)


@pytest.mark.parametrize("share", [1, 2, 7, 60])
def test_only_allowed_ids_are_found_and_nobody_is_starved(make: Maker, share: int) -> None:
    index = make(IDS, VECTORS)
    allowed = IDS[::share]

    hits = found(index, VECTORS[7], 5, allowed)

    assert hits == exact(VECTORS[7], allowed, VECTORS[::share], 5)


def test_dead_and_allowed_hold_together(make: Maker) -> None:
    index = make(IDS, VECTORS)
    allowed = IDS[::3]
    index.remove(allowed[:50])

    hits = found(index, VECTORS[7], 100, allowed)

    assert sorted(hits) == sorted(int(chunk_id) for chunk_id in allowed[50:])


def test_allowing_nothing_or_the_unknown_finds_nothing(make: Maker) -> None:
    index = make(IDS, VECTORS)

    assert index.search(VECTORS[0], 5, np.zeros(0, dtype=np.int64)) == []
    assert index.search(VECTORS[0], 5, np.array([1, 2, 3], dtype=np.int64)) == []


def test_asking_for_more_than_there_is_returns_all(make: Maker) -> None:
    assert sorted(found(make(IDS[:20], VECTORS[:20]), VECTORS[0], 500)) == IDS[:20].tolist()


def test_an_empty_index_finds_nothing() -> None:
    index = FaissIndex(DIMENSION)

    assert index.search(VECTORS[0], 5) == []
    assert (len(index), index.device) == (0, "cpu")


def test_another_dimension_is_refused(make: Maker) -> None:
    index = make(IDS, VECTORS)

    with pytest.raises(Invalid, match="32 dimensions"):
        index.add(IDS[:1], np.ones((1, 5), dtype=np.float32))
    with pytest.raises(Invalid, match="32 dimensions"):
        index.search(np.ones(5, dtype=np.float32), 1)


def test_random_changes_leave_what_a_plain_dict_would_hold(make: Maker) -> None:
    index, plain = make(IDS, VECTORS), dict(zip(IDS.tolist(), VECTORS, strict=True))
    random = np.random.default_rng(3)
    for step in range(30):
        ids = random.choice(4000, size=8, replace=False).astype(np.int64)
        if step % 2:
            index.remove(ids)
            plain = {chunk_id: vector for chunk_id, vector in plain.items() if chunk_id not in ids}
        else:
            vectors = random_unit(8, seed=step + 100)
            index.add(ids, vectors)
            plain |= dict(zip(ids.tolist(), vectors, strict=True))

    query = random_unit(1, seed=77)[0]
    expected = exact(query, np.array(list(plain)), np.stack(list(plain.values())), 10)
    assert found(index, query, 10) == expected
    assert len(index) == len(plain)


def test_a_base_is_searched_from_its_file_without_copying_it(tmp_path: Path) -> None:
    faiss.write_index(_filled(VECTORS), str(tmp_path / "base"))

    index = FaissIndex(DIMENSION, load_base(tmp_path / "base"), IDS)

    assert found(index, VECTORS[7], 5) == exact(VECTORS[7], IDS, VECTORS, 5)


def test_a_large_base_is_a_graph_that_finds_what_a_scan_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("retrieval.dense.base.GRAPH_FROM", 1000)
    vectors = random_unit(4000, seed=5)
    ids: Ids = np.arange(4000, dtype=np.int64)
    base = new_index(DIMENSION, 4000)
    base.add(vectors)
    index = FaissIndex(DIMENSION, CpuBase(base), ids)

    queries = random_unit(50, seed=6)
    right = sum(len(set(found(index, query, 10)) & set(exact(query, ids, vectors, 10))) for query in queries)

    assert type(base).__name__ == "IndexHNSWFlat"
    assert right >= 0.99 * 500


def test_unsorted_base_ids_are_refused() -> None:
    with pytest.raises(Invalid, match="ascend"):
        over_base(IDS[::-1].copy(), VECTORS)


@pytest.mark.parametrize("device", ["cuda:0", "cuda:99"])
def test_a_device_that_is_not_there_is_an_error_that_says_what_to_do(device: str) -> None:
    if device == "cuda:0" and getattr(faiss, "get_num_gpus", lambda: 0)():
        pytest.skip("there is a GPU here")

    with pytest.raises(SettingsError, match=r"VOUCH_INDEX_URL.*fallback=cpu"):
        check_device(Device(device))


@pytest.mark.gpu
def test_the_gpu_and_the_cpu_return_the_same_order() -> None:
    vectors = random_unit(20_000, seed=8)
    ids: Ids = np.arange(20_000, dtype=np.int64)
    gpu, cpu = on_gpu(ids, vectors), over_base(ids, vectors)

    for query in random_unit(20, seed=9):
        assert found(gpu, query, 10) == found(cpu, query, 10)
