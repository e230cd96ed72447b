"""Kinds of bases: which kind fits, what each finds, and that a kind with low recall is not used."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from core.errors import SettingsError
from core.ports import Ids, Vectors
from retrieval.dense import base_kinds
from retrieval.dense.base import CpuBase, load_base
from retrieval.dense.base_kinds import BaseWriter, BuiltBase, check_kind, choose_kind
from retrieval.dense.index import FaissIndex
from tests.retrieval.conftest import DIMENSION, random_unit

GIB = 2**30


def clustered(rows: int, seed: int = 0) -> Vectors:
    random = np.random.default_rng(seed)
    near = random_unit(40, seed=99)[random.integers(40, size=rows)] + 0.6 * random_unit(rows, seed)
    unit: Vectors = (near / np.linalg.norm(near, axis=1, keepdims=True)).astype(np.float32)
    return unit


def write(folder: Path, kind: str, vectors: Vectors) -> tuple[BuiltBase, CpuBase]:
    writer = BaseWriter(kind, DIMENSION, folder / "base", folder / "rows")
    for start in range(0, len(vectors), 700):
        writer.add(vectors[start : start + 700])
    built = writer.finish()
    rows = folder / "rows" if built.kind.startswith("ivf") else None
    return built, load_base(folder / "base", rows, built.effort)


def test_the_kind_follows_count_and_memory_unless_it_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def chosen(count: int, kind: str = "auto", device: str = "cpu", memory: int = 24 * GIB) -> str:
        monkeypatch.setattr("retrieval.dense.base_kinds.memory_bytes", lambda: memory)
        return choose_kind(kind, count, 384, device)

    assert [chosen(count) for count in (0, 49_999, 50_000, 1_000_000, 5_000_000)] == [
        "flat",
        "flat",
        "hnsw",
        "ivf",
        "ivf-sq8",
    ]
    assert chosen(1_000_000, memory=4 * GIB) == "ivf-sq8"
    assert chosen(10, "hnsw") == "hnsw"
    assert chosen(1_000_000, device="cuda:0") == "flat"


def test_an_unknown_kind_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingsError, match="auto, flat, hnsw, ivf, ivf-sq8"):
        check_kind("annoy")


@pytest.mark.parametrize("kind", ["flat", "hnsw", "ivf", "ivf-sq8"])
def test_each_kind_finds_nearly_all_and_scores_exactly(kind: str, tmp_path: Path) -> None:
    vectors, ids = clustered(6000), np.arange(0, 60_000, 10, dtype=np.int64)
    built, base = write(tmp_path, kind, vectors)
    index = FaissIndex(DIMENSION, base, ids)

    right = 0
    for query in clustered(50, seed=5):
        scores = vectors @ query
        hits = index.search(query, 10)
        right += len({hit.chunk_id for hit in hits} & set(ids[np.argsort(-scores)[:10]].tolist()))
        assert hits[0].score == pytest.approx(float(scores[hits[0].chunk_id // 10]), abs=1e-5)

    assert built.kind == kind
    assert built.recall >= 0.99
    assert right >= 0.98 * 500


@pytest.mark.parametrize("kind", ["flat", "hnsw", "ivf", "ivf-sq8"])
@pytest.mark.parametrize("few", [10, 1])
def test_a_caller_who_sees_little_gets_exactly_the_best_of_their_share(
    kind: str, few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.dense.index.FEW_ROWS", few)  # their rows are fetched, or filtered for
    vectors, ids = clustered(2400), np.arange(2400, dtype=np.int64)
    index = FaissIndex(DIMENSION, write(tmp_path, kind, vectors)[1], ids)
    share: Ids = ids[::300]

    for query in clustered(5, seed=6):
        expected = share[np.argsort(-(vectors[share] @ query))[:4]]
        assert [hit.chunk_id for hit in index.search(query, 4, share)] == expected.tolist()


@pytest.mark.parametrize("kind", ["hnsw", "ivf", "ivf-sq8"])
def test_a_kind_that_finds_too_little_gives_way_to_exact_search(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base_kinds, "RECALL", 1.01)

    built, base = write(tmp_path, kind, clustered(3000))

    assert built == BuiltBase("flat")
    assert not (tmp_path / "rows").exists()
    assert len(base.search(random_unit(1)[0], 3000, None)[0]) == 3000


@pytest.mark.parametrize("rows", [0, 1, 500])
@pytest.mark.parametrize("kind", ["flat", "hnsw", "ivf", "ivf-sq8"])
def test_a_corpus_too_small_for_a_kind_is_searched_all_the_same(kind: str, rows: int, tmp_path: Path) -> None:
    _, base = write(tmp_path, kind, random_unit(rows))

    found = base.search(random_unit(1, seed=3)[0], 20, None)

    assert len(found[0]) == min(rows, 20)


def test_equal_vectors_count_as_found_whichever_of_them_is(tmp_path: Path) -> None:
    built, _ = write(tmp_path, "ivf", np.repeat(clustered(150), 30, axis=0))

    assert built.recall >= 0.99
