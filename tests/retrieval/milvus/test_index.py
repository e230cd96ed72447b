"""The contract of a vector index over Milvus: milvus-lite in this process, and a real server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import IndexCorrupt, SettingsError, Unavailable
from core.ids import new_id
from core.ports import Ids, Vectors
from core.settings import TREE
from core.types import Hit
from retrieval.milvus.index import MilvusIndex
from retrieval.milvus.location import MilvusLocation
from tests.retrieval.conftest import DIMENSION, random_unit
from tests.retrieval.dense.test_index import (
    IDS,
    VECTORS,
    exact,
    test_adding_an_id_again_replaces_its_vector,
    test_allowing_nothing_or_the_unknown_finds_nothing,
    test_another_dimension_is_refused,
    test_asking_for_more_than_there_is_returns_all,
    test_dead_and_allowed_hold_together,
    test_only_allowed_ids_are_found_and_nobody_is_starved,
    test_random_changes_leave_what_a_plain_dict_would_hold,
    test_removing_is_quiet_for_ids_that_it_does_not_hold,
    test_the_nearest_come_first_with_their_inner_product,
    test_what_was_removed_never_returns_and_others_take_its_place,
)
from tests.retrieval.milvus.engines import lite_folder, lite_location, server_location

__all__ = [
    "lite_folder",
    "test_adding_an_id_again_replaces_its_vector",
    "test_allowing_nothing_or_the_unknown_finds_nothing",
    "test_another_dimension_is_refused",
    "test_asking_for_more_than_there_is_returns_all",
    "test_dead_and_allowed_hold_together",
    "test_only_allowed_ids_are_found_and_nobody_is_starved",
    "test_random_changes_leave_what_a_plain_dict_would_hold",
    "test_removing_is_quiet_for_ids_that_it_does_not_hold",
    "test_the_nearest_come_first_with_their_inner_product",
    "test_what_was_removed_never_returns_and_others_take_its_place",
]
Maker = Callable[[Ids, Vectors], MilvusIndex]


@pytest.fixture(params=["lite", pytest.param("server", marks=pytest.mark.slow)])
def location(request: pytest.FixtureRequest) -> MilvusLocation:
    if request.param == "server":
        return server_location(request.getfixturevalue("milvus_server"))
    return lite_location(request.getfixturevalue("lite_folder"))


@pytest.fixture
def make(location: MilvusLocation) -> Iterator[Maker]:
    from retrieval.milvus.server import MilvusServer

    server, made = MilvusServer(location), list[str]()

    def maker(ids: Ids, vectors: Vectors) -> MilvusIndex:
        made.append(new_id("test"))
        server.create(made[-1], DIMENSION)
        index = MilvusIndex(server, made[-1], DIMENSION)
        index.add(ids, vectors)
        return index

    yield maker
    for name in made:
        server.drop(name)
    server.close()


def found(index: MilvusIndex, query: Vectors, k: int, allowed: Ids | None = None) -> list[int]:
    return [hit.chunk_id for hit in index.search(query, k, allowed)]


def test_an_empty_collection_finds_nothing(make: Maker) -> None:
    index = make(IDS[:0], VECTORS[:0])

    assert index.search(VECTORS[0], 5) == []
    assert len(index) == 0
    assert index.device.startswith("milvus")


@pytest.mark.parametrize("share", [1, 2, 7, 60])
def test_a_share_too_large_to_name_is_searched_wider_and_then_in_parts(
    make: Maker, share: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("retrieval.milvus.index.MAX_IDS_IN_FILTER", 3)
    monkeypatch.setattr(MilvusLocation, "max_k", 64)
    index, allowed = make(IDS, VECTORS), IDS[::share]

    assert found(index, VECTORS[7], 5, allowed) == exact(VECTORS[7], allowed, VECTORS[::share], 5)


def test_another_connection_sees_what_was_settled(make: Maker, location: MilvusLocation) -> None:
    from retrieval.milvus.server import MilvusServer

    index, other = make(IDS, VECTORS), MilvusServer(location)
    theirs = MilvusIndex(other, index.name, DIMENSION)
    for step in range(5):
        new = random_unit(1, seed=500 + step)
        index.add(np.array([50_000 + step]), new)
        assert index.wait_until_visible() == len(IDS) + step + 1

        assert found(theirs, new[0], 1) == [50_000 + step]
    other.close()


def test_a_collection_that_is_gone_says_how_to_build_it_anew(make: Maker, location: MilvusLocation) -> None:
    from retrieval.milvus.server import MilvusServer

    index, server = make(IDS, VECTORS), MilvusServer(location)
    server.drop(index.name)

    with pytest.raises(IndexCorrupt, match="vouch reindex"):
        index.search(VECTORS[0], 5)
    server.close()


def test_a_name_that_is_a_collection_of_somebody_else_is_refused(make: Maker, location: MilvusLocation) -> None:
    from retrieval.milvus.server import MilvusServer

    theirs = make(IDS, VECTORS).name
    server = MilvusServer(replace(location, name=theirs))

    with pytest.raises(SettingsError, match="VOUCH_INDEX_URL"):
        server.serving()
    server.close()


def test_an_alias_is_made_and_moved(make: Maker, location: MilvusLocation) -> None:
    from retrieval.milvus.server import MilvusServer

    first, second, server = make(IDS, VECTORS), make(IDS[:5], VECTORS[:5]), MilvusServer(location)
    server.point_alias(first.name)
    assert server.serving() == first.name
    server.point_alias(second.name)

    assert server.serving() == second.name
    assert isinstance(first.search(VECTORS[0], 1)[0], Hit)
    assert server.dimension(second.name) == DIMENSION
    server.close()


def test_a_server_that_is_not_there_is_named_with_its_setting() -> None:
    pytest.importorskip("pymilvus")
    from retrieval.milvus.server import MilvusServer

    with pytest.raises(Unavailable, match="VOUCH_INDEX_URL"):
        MilvusServer(MilvusLocation("http://127.0.0.1:1", "vouch", timeout_s=2))


def test_a_lite_folder_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    location = lite_location(tmp_path / "missing")
    from retrieval.milvus.server import MilvusServer

    with pytest.raises(SettingsError, match="only one process"):
        MilvusServer(location)


@pytest.mark.slow
def test_a_lite_folder_that_another_process_has_open_is_refused(tmp_path: Path) -> None:
    location = lite_location(tmp_path)
    from retrieval.milvus.server import MilvusServer

    server = MilvusServer(location)
    code = (
        "from core.errors import SettingsError; from retrieval.milvus.location import MilvusLocation\n"
        "from retrieval.milvus.server import MilvusServer\n"
        f"try: MilvusServer(MilvusLocation({location.uri!r}, 'vouch'))\n"
        "except SettingsError as error: print(error)"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=TREE)

    assert "only one process" in other.stdout
    assert "Traceback" not in other.stderr
    server.close()


def test_a_search_that_takes_too_long_is_given_up(make: Maker) -> None:
    index = make(IDS, VECTORS)
    patient = index._server.location
    index._server.location = replace(patient, timeout_s=-1.0)  # no server is quick enough for a moment that is past

    try:
        with pytest.raises(Unavailable, match="timeout_s"):
            index.search(VECTORS[0], 5)
    finally:
        index._server.location = patient
