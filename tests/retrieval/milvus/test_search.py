"""Search with the vectors in Milvus: the tests of search again, processes that share it, and moving to it and back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import SettingsError
from core.settings import Settings, load_settings
from core.store.database import Database, migrate
from core.types import OPERATOR
from retrieval.lifecycle.migration import migrate_back, migrate_to
from retrieval.lifecycle.publish import best_snapshot, build_snapshot, index_location, merge_if_due, reindex
from retrieval.lifecycle.snapshot import read_manifest
from retrieval.milvus import shared
from retrieval.milvus.location import MilvusLocation
from retrieval.search import Searcher, open_searcher
from tests.retrieval import test_search
from tests.retrieval.conftest import DIMENSION, Shelf, WordEmbedder
from tests.retrieval.milvus.engines import lite_folder, lite_location, server_location, some_name, wait_until_answers
from tests.retrieval.test_search import (
    test_a_caller_who_may_see_little_is_not_starved,
    test_a_hit_explains_its_place,
    test_a_new_version_takes_the_place_of_the_old,
    test_a_withdrawn_document_is_gone_at_once,
    test_filters_narrow_to_collections_and_documents,
    test_readers_go_on_while_a_writer_publishes_and_withdraws,
    test_what_an_index_still_holds_is_not_shown_once_the_database_forgot_it,
    test_what_is_published_is_found_by_the_next_search,
)
from tests.servers import Milvus

__all__ = [
    "lite_folder",
    "test_a_caller_who_may_see_little_is_not_starved",
    "test_a_hit_explains_its_place",
    "test_a_new_version_takes_the_place_of_the_old",
    "test_a_withdrawn_document_is_gone_at_once",
    "test_filters_narrow_to_collections_and_documents",
    "test_readers_go_on_while_a_writer_publishes_and_withdraws",
    "test_what_an_index_still_holds_is_not_shown_once_the_database_forgot_it",
    "test_what_is_published_is_found_by_the_next_search",
]
Open = Callable[..., Searcher]
PLAIN = load_settings({})


@pytest.fixture(params=["lite", pytest.param("server", marks=pytest.mark.slow)])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Settings of the embedded profile but for the vectors, which are in Milvus."""
    if request.param == "server":
        url = f"milvus://{server_location(request.getfixturevalue('milvus_server')).uri[7:]}/{some_name()}"
    else:
        location = lite_location(request.getfixturevalue("lite_folder"))
        url = f"milvus://{location.uri}?collection={some_name()}"
    return load_settings({}, home=tmp_path / "home", index_url=url)


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "ALIAS_CHECK_S", 0.0)


def found(searcher: Searcher, query: str) -> list[str]:
    return sorted(hit.passage.text for hit in searcher.search(OPERATOR, query, k=50).passages)


@pytest.mark.slow
def test_nobody_ever_sees_what_they_may_not_in_milvus_either(
    open_search: Open, shelf: Shelf, database: Database
) -> None:
    test_search.test_nobody_ever_sees_what_they_may_not_whatever_happens(open_search, shelf, database)


def test_two_processes_find_what_was_published_and_both_lists_show_it(open_search: Open, shelf: Shelf) -> None:
    first, second = open_search(), open_search()

    shelf.put("tv", "warranty of the tv", "buttons")

    hits = [searcher.search(OPERATOR, "warranty of the tv", k=1).passages[0] for searcher in (first, second)]
    assert [(hit.dense_rank, hit.lexical_rank) for hit in hits] == [(1, 1), (1, 1)]
    assert first.device == second.device
    assert first.device.startswith("milvus")
    assert first.problem() is None


def test_a_merge_writes_the_lexical_side_alone_and_an_index_built_anew_the_collection_too(
    open_search: Open, shelf: Shelf, settings: Settings
) -> None:
    shelf.put("tv", "warranty of the tv", "buttons")
    searcher, location = open_search(), index_location(settings)
    first = searcher.index_version.rpartition("@")[2]

    assert merge_if_due(shelf.db, settings.model_copy(update={"merge_after": 1}), "words", DIMENSION)
    manifest = best_snapshot(location.folder, "words", dense=False)
    assert manifest is not None
    assert (manifest.count, manifest.dense) == (2, False)
    assert found(searcher, "warranty") == ["buttons", "warranty of the tv"]
    assert searcher.index_version == f"{manifest.id}+2@{first}"

    assert build_snapshot(shelf.db, settings, "words", DIMENSION) is not None
    assert found(searcher, "warranty") == ["buttons", "warranty of the tv"]
    assert searcher.index_version.rpartition("@")[2] != first


def test_faiss_passes_a_snapshot_without_vectors_over(
    open_search: Open, shelf: Shelf, settings: Settings, embedder: WordEmbedder
) -> None:
    shelf.put("tv", "warranty of the tv")
    assert build_snapshot(shelf.db, settings, "words", DIMENSION) is not None
    folder = index_location(settings).folder

    faiss = open_search(index_url=f"faiss://{folder}")

    assert best_snapshot(folder, "words") is None
    assert faiss.search(OPERATOR, "warranty of the tv", k=1).passages[0].dense_rank == 1


def test_another_embedder_gets_a_collection_of_its_own_by_reindexing(
    open_search: Open, shelf: Shelf, settings: Settings
) -> None:
    shelf.put("tv", "warranty of the tv")
    old, other = open_search(), WordEmbedder()
    other.name = "other words"

    manifest = reindex(shelf.db, settings, other, lambda *_: None)

    assert manifest is not None
    assert found(old, "warranty") == ["warranty of the tv"]  # its collection is kept
    new = open_searcher(
        settings.model_copy(update={"reranker_url": "none://", "late_url": "none://"}), shelf.db, embedder=other
    )
    assert new.search(OPERATOR, "warranty of the tv", k=1).passages[0].dense_rank == 1
    new.close()


def test_a_live_corpus_moves_from_faiss_to_milvus_and_back(
    shelf: Shelf, settings: Settings, embedder: WordEmbedder
) -> None:
    here = settings.model_copy(
        update={"index_url": f"faiss://{settings.home}/index", "reranker_url": "none://", "late_url": "none://"}
    )
    shelf.put("tv", "warranty of the tv", "buttons")
    build_snapshot(shelf.db, here, "words", DIMENSION)

    moved = migrate_to(shelf.db, here, settings.index_url, None, embedders=lambda _: embedder, progress=lambda *_: None)
    assert moved.outcome is not None
    assert (moved.outcome.chunks, moved.outcome.agreement) == (2, 1.0)
    searcher = open_searcher(here, shelf.db, embedders=lambda _: embedder)
    shelf.put("lamp", "warranty of the lamp")
    assert searcher.device.startswith("milvus")
    assert found(searcher, "warranty") == ["buttons", "warranty of the lamp", "warranty of the tv"]
    searcher.close()

    migrate_back(shelf.db, here, embedders=lambda _: embedder, progress=lambda *_: None)
    again = open_searcher(here, shelf.db, embedders=lambda _: embedder)
    assert again.device == "cpu"
    assert found(again, "warranty") == ["buttons", "warranty of the lamp", "warranty of the tv"]
    again.close()
    assert read_manifest(next(iter(index_location(here).folder.glob("snap_*")))).dense


@pytest.mark.slow
def test_a_server_that_is_killed_keeps_what_it_had_and_is_caught_up(
    tmp_path: Path, embedder: WordEmbedder, milvus_server: Milvus
) -> None:
    home = load_settings({}, home=tmp_path / "home", reranker_url="none://", late_url="none://").model_copy(
        update={"index_url": f"milvus://127.0.0.1:{milvus_server.port}/{some_name()}?timeout_s=30"}
    )
    home.home.mkdir()
    db = Database(home.database_url)
    migrate(db)
    shelf = Shelf(db, embedder)
    shelf.put("tv", "warranty of the tv")
    searcher = open_searcher(home, db, embedder=embedder)
    shelf.put("radio", "warranty of the radio")
    assert len(found(searcher, "warranty")) == 2

    milvus_server.kill()
    shelf.put("lamp", "warranty of the lamp")
    milvus_server.start()
    wait_until_answers(server_location(milvus_server, index_location(home).milvus.name))  # type: ignore[union-attr]

    hits = searcher.search(OPERATOR, "warranty of the lamp", k=3).passages
    assert {hit.dense_rank for hit in hits} == {1, 2, 3}
    assert searcher.refresh() == 3
    searcher.close()
    db.close()


@pytest.mark.parametrize(
    ("url", "location", "folder"),
    [
        ("milvus://host/manuals", MilvusLocation("http://host:19530", "manuals"), "index-manuals"),
        (
            "milvus://u:p%40ss@host:1/m?index=autoindex&tls=1&timeout_s=2.5",
            MilvusLocation("https://host:1", "m", "AUTOINDEX", 2.5, "u", "p@ss"),
            "index-m",
        ),
        ("milvus:///srv/dense.db", MilvusLocation("/srv/dense.db", "vouch"), "index-vouch"),
        ("milvus:///srv/dense.db?collection=tv", MilvusLocation("/srv/dense.db", "tv"), "index-tv"),
    ],
)
def test_the_urls_of_milvus(url: str, location: MilvusLocation, folder: str) -> None:
    read = index_location(PLAIN.model_copy(update={"index_url": url}))

    assert (read.milvus, read.folder) == (location, PLAIN.home / folder)
    assert "p@ss" not in f"{read} {location.address}"
    assert index_location(
        PLAIN.model_copy(update={"index_url": f"{url}{'&' if '?' in url else '?'}folder=/l"})
    ).folder == (Path("/l"))


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("milvus://host", "cannot be the name of a collection"),
        ("milvus://host/a-b", "cannot be the name of a collection"),
        ("milvus://host:x/m", "port"),
        ("milvus://host/m?indx=HNSW", "'indx' is not an option"),
        ("milvus://host/m?index=IVF", "there is no index 'IVF'"),
        ("milvus://host/m?timeout_s=soon", "not a number of seconds"),
        ("milvus://host/m?tls=yes", "neither 0 nor 1"),
        ("milvus://host/m?collection=n", "for milvus-lite"),
        ("milvus:///srv/dense", "must end in .db"),
        ("milvuz://host/m", "Did you mean milvus"),
    ],
)
def test_urls_of_milvus_that_make_no_sense(url: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        index_location(PLAIN.model_copy(update={"index_url": url}))
