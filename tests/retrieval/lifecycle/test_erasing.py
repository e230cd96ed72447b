"""Snapshots are searched for chunks that must be in no file, and replaced where they hold one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from core.settings import Settings
from core.store import documents
from core.store.database import Database
from core.store.index.positions import set_position
from core.types import OPERATOR
from retrieval.lifecycle import publish
from retrieval.lifecycle.erasing import engines_behind, held_in_snapshots, index_locations, rebuild_without
from retrieval.lifecycle.publish import IndexLocation
from retrieval.lifecycle.snapshot import verify_snapshot
from retrieval.search import Searcher
from tests.retrieval.conftest import Build, Shelf

Open = Callable[..., Searcher]


@pytest.fixture
def locations(database: Database, settings: Settings) -> list[IndexLocation]:
    return index_locations(database, settings)


def test_it_finds_chunks_in_both_sides_of_every_snapshot_and_leaves_them_whole(
    build: Build, shelf: Shelf, locations: list[IndexLocation], folder: Path
) -> None:
    shelf.put("tv", "warranty", "buttons")
    first = build()
    shelf.put("router", "lamps")
    second = build()

    held, new, none = (held_in_snapshots(locations, ranges) for ranges in ([[1, 2]], [[3, 3]], [[4, 9]]))

    assert [*map(sorted, (held.dense, held.lexical))] == [[1, 2], [1, 2]]
    assert held.snapshots == tuple(sorted((first.id, second.id)))
    assert [*map(sorted, (new.dense, new.lexical))] == [[3], [3]]
    assert new.snapshots == (second.id,)
    assert (none.dense, none.lexical, none.snapshots) == (frozenset(), frozenset(), ())
    assert verify_snapshot(folder / second.id) == second


def test_snapshots_with_a_removed_chunk_are_replaced_and_searches_go_on(
    build: Build,
    shelf: Shelf,
    database: Database,
    locations: list[IndexLocation],
    folder: Path,
    open_search: Open,
) -> None:
    shelf.put("tv", "warranty", "buttons")
    shelf.put("router", "lamps")
    build()
    build()
    searcher = open_search()
    with database.write() as session:
        tv = documents.list_documents(session, OPERATOR).data[-1]
        documents.delete_document(session, tv.id, OPERATOR)

    assert rebuild_without(database, locations, [[1, 2]]) == 1

    assert held_in_snapshots(locations, [[1, 2]]).snapshots == ()
    assert len(list(folder.glob("snap_*"))) == 1
    assert [hit.passage.text for hit in searcher.search(OPERATOR, "lamps", k=9).passages] == ["lamps"]
    assert [hit.passage.text for hit in open_search().search(OPERATOR, "lamps", k=9).passages] == ["lamps"]


def test_without_a_chunk_of_these_nothing_is_rebuilt(
    build: Build, shelf: Shelf, database: Database, locations: list[IndexLocation], folder: Path
) -> None:
    shelf.put("tv", "warranty")
    made = build()

    assert rebuild_without(database, locations, [[7, 9]]) == 0
    assert [path.name for path in folder.glob("snap_*")] == [made.id]


def test_while_another_process_builds_the_old_snapshot_stays_and_is_named(
    build: Build, shelf: Shelf, database: Database, locations: list[IndexLocation], folder: Path
) -> None:
    shelf.put("tv", "warranty")
    made = build()

    with publish._build_lock(folder):
        assert rebuild_without(database, locations, [[1, 1]]) == 0

    assert held_in_snapshots(locations, [[1, 1]]).snapshots == (made.id,)


def test_a_snapshot_that_cannot_be_read_counts_as_holding_them(
    build: Build, shelf: Shelf, locations: list[IndexLocation], folder: Path
) -> None:
    shelf.put("tv", "warranty")
    made = build()
    (folder / made.id / "ids.npy").write_bytes(b"damaged")

    assert held_in_snapshots(locations, [[9, 9]]).snapshots == (made.id,)


def test_a_copy_that_a_killed_process_left_is_deleted(
    build: Build, shelf: Shelf, database: Database, locations: list[IndexLocation], folder: Path
) -> None:
    shelf.put("tv", "warranty")
    build()
    (folder / ".reading-killed").mkdir()

    rebuild_without(database, locations, [[9, 9]])

    assert list(folder.glob(".reading-*")) == []


def test_a_shared_engine_is_named_until_it_has_applied_the_step(database: Database, settings: Settings) -> None:
    shared = index_locations(database, settings.model_copy(update={"index_url": "milvus://here:19530/vouch"}))
    assert shared[0].milvus is not None
    mine, other = f"{shared[0].milvus.address}/1", "milvus:http://elsewhere:19530/vouch/1"
    with database.write() as session:
        set_position(session, mine, 5, "serving")
        set_position(session, other, 1, "serving")

    assert engines_behind(database, shared, 6) == [mine]
    assert engines_behind(database, shared, 5) == []
    assert engines_behind(database, index_locations(database, settings), 6) == []
