"""A dense engine that processes share: one applies, all see it; a dead one is overtaken; a rebuild swaps whole."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from core.errors import IndexCorrupt, SettingsError, Unavailable
from core.settings import TREE
from core.store.database import Database
from core.store.index.positions import find_position, lease_build, lease_engine, positions
from core.store.index.pruning import prune_changes
from core.store.passages import Change, latest_seq
from retrieval.milvus import shared
from retrieval.milvus.index import MilvusIndex
from retrieval.milvus.location import MilvusLocation
from tests.retrieval.conftest import DIMENSION, Shelf, WordEmbedder
from tests.retrieval.milvus.engines import lite_folder, lite_location, server_location, some_name
from tests.servers import Milvus, wait_for

__all__ = ["lite_folder"]
pytest.importorskip("pymilvus", reason="pymilvus is missing: pip install 'vouch[milvus]'")

from retrieval.milvus.build import BUILDING, build_engine, engine_name
from retrieval.milvus.server import MilvusServer
from retrieval.milvus.shared import SharedDense

Open = Callable[..., SharedDense]


@pytest.fixture(params=["lite", pytest.param("server", marks=pytest.mark.slow)])
def location(request: pytest.FixtureRequest) -> MilvusLocation:
    name = some_name()
    if request.param == "server":
        return server_location(request.getfixturevalue("milvus_server"), name)
    return lite_location(request.getfixturevalue("lite_folder"), name)


@pytest.fixture
def open_dense(location: MilvusLocation, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Open views of the engine as separate processes would."""
    monkeypatch.setattr(shared, "ALIAS_CHECK_S", 0.0)
    opened: list[SharedDense] = []

    def opener(embedder: str = "words", dimension: int = DIMENSION) -> SharedDense:
        opened.append(SharedDense(database, location, embedder, dimension))
        return opened[-1]

    yield opener
    for dense in opened:
        dense.close()


def newest(database: Database) -> int:
    with database.read() as session:
        return latest_seq(session)


def seq_of(database: Database, location: MilvusLocation, dense: SharedDense) -> int:
    with database.read() as session:
        position = find_position(session, engine_name(location, dense.current(0).name))
    assert position is not None
    return position.seq


def held(dense: SharedDense, database: Database) -> int:
    return len(dense.current(newest(database)))


def test_the_first_process_fills_the_engine_from_the_database(
    open_dense: Open, shelf: Shelf, location: MilvusLocation
) -> None:
    shelf.put("tv", "warranty of the tv", "buttons of the tv")

    dense = open_dense()

    assert held(dense, shelf.db) == 2
    assert seq_of(shelf.db, location, dense) == 2


def test_what_is_published_is_found_by_two_processes_and_applied_once(
    open_dense: Open, shelf: Shelf, embedder: WordEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = open_dense(), open_dense()
    applied: list[int] = []
    whole = shared.apply_changes

    def counting(index: MilvusIndex, changes: list[Change]) -> None:
        applied.append(len(changes))
        whole(index, changes)

    monkeypatch.setattr(shared, "apply_changes", counting)

    shelf.put("tv", "warranty of the tv")
    query, step = embedder.embed_query("warranty of the tv"), newest(shelf.db)
    hits = [dense.current(step).search(query, 1) for dense in (first, second)]

    assert hits[0] == hits[1]
    assert hits[0][0].score == pytest.approx(1.0, abs=1e-5)
    assert applied == [1]


def test_what_is_withdrawn_or_replaced_is_gone(open_dense: Open, shelf: Shelf) -> None:
    gone = shelf.put("tv", "warranty", "buttons")
    shelf.put("radio", "old", "older", "oldest")
    dense = open_dense()

    shelf.drop(gone)
    shelf.put("radio", "new")

    assert held(dense, shelf.db) == 1


def test_a_process_that_died_with_the_lease_is_overtaken(
    open_dense: Open, shelf: Shelf, location: MilvusLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "WAIT_S", 10.0)
    dense = open_dense()
    assert lease_engine(shelf.db, engine_name(location, dense.current(0).name), 0.7) is not None
    shelf.put("tv", "warranty")
    began = time.monotonic()

    assert held(dense, shelf.db) == 1
    assert time.monotonic() - began > 0.4


def test_a_search_goes_on_with_what_is_there_when_another_process_is_slow_and_waits_no_second_time(
    open_dense: Open, shelf: Shelf, location: MilvusLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared, "WAIT_S", 0.3)
    shelf.put("tv", "warranty")
    dense = open_dense()
    assert lease_engine(shelf.db, engine_name(location, dense.current(0).name), 60) is not None
    shelf.put("radio", "buttons")

    dense.current(newest(shelf.db))
    began = time.monotonic()
    index = dense.current(newest(shelf.db))

    assert time.monotonic() - began < 0.2
    assert len(index) == 1


def test_a_step_that_failed_half_way_is_applied_again(
    open_dense: Open, shelf: Shelf, location: MilvusLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    dense = open_dense()
    shelf.put("tv", "warranty", "buttons")

    def broken(*_: object) -> int:
        raise Unavailable("The network is gone.")

    with monkeypatch.context() as patch:
        patch.setattr(MilvusIndex, "wait_until_visible", broken)
        with pytest.raises(Unavailable):
            dense.current(newest(shelf.db))
    assert seq_of(shelf.db, location, dense) == 0

    assert held(dense, shelf.db) == 2
    assert seq_of(shelf.db, location, dense) == 2


def test_the_position_only_grows_while_many_processes_search_and_publish(
    open_dense: Open, shelf: Shelf, location: MilvusLocation
) -> None:
    views, failures, over = [open_dense() for _ in range(3)], list[str](), threading.Event()
    seen: list[int] = []

    def search(dense: SharedDense) -> None:
        while not over.is_set():
            try:
                dense.current(newest(shelf.db))
                if dense is views[0]:
                    seen.append(seq_of(shelf.db, location, dense))
            except Exception as error:
                failures.append(repr(error))

    threads = [threading.Thread(target=search, args=(view,)) for view in views]
    for thread in threads:
        thread.start()
    for number in range(8):
        shelf.put(f"d{number % 3}", f"warranty {number}", f"buttons {number}")
    over.set()
    for thread in threads:
        thread.join(timeout=60)

    assert failures == []
    assert seen == sorted(seen)
    assert [held(view, shelf.db) for view in views] == [6, 6, 6]


def test_a_rebuild_serves_when_it_is_whole_and_running_processes_turn_to_it(
    open_dense: Open, shelf: Shelf, location: MilvusLocation
) -> None:
    shelf.put("tv", "warranty")
    dense = open_dense()
    before = dense.current(0).name

    built = build_engine(shelf.db, location, "words", DIMENSION)
    shelf.put("radio", "buttons")

    assert held(dense, shelf.db) == 2
    assert dense.current(0).name == built != before


def test_a_rebuild_that_fails_leaves_nothing_and_the_old_one_serves(
    open_dense: Open, shelf: Shelf, location: MilvusLocation, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("tv", "warranty")
    dense = open_dense()
    name, known = dense.current(0).name, MilvusServer(location)
    monkeypatch.setattr(MilvusIndex, "wait_until_visible", lambda _: 0)

    with pytest.raises(IndexCorrupt, match="0 of the 1 vectors"):
        build_engine(shelf.db, location, "words", DIMENSION)

    assert [each for each in known.collections() if each.startswith(location.name)] == [name]
    assert known.serving() == name
    with shelf.db.read() as session:
        assert list(positions(session)) == [engine_name(location, name)]


def test_only_one_process_builds_and_one_that_died_is_overtaken_and_swept(
    open_dense: Open, shelf: Shelf, location: MilvusLocation
) -> None:
    name = open_dense().current(0).name
    orphan, server = f"{name[:-26]}{'0' * 26}", MilvusServer(location)
    server.create(orphan, DIMENSION)
    assert lease_build(shelf.db, location.address + BUILDING, 0, 0.6) is not None

    assert build_engine(shelf.db, location, "words", DIMENSION) is None
    time.sleep(0.7)
    assert build_engine(shelf.db, location, "words", DIMENSION) is not None
    assert orphan not in server.collections()


def test_the_collection_before_the_one_that_serves_is_kept_and_older_ones_are_dropped(
    open_dense: Open, shelf: Shelf, location: MilvusLocation
) -> None:
    shelf.put("tv", "warranty")
    open_dense()
    names = [build_engine(shelf.db, location, "words", DIMENSION) for _ in range(2)]

    assert sorted(each for each in MilvusServer(location).collections() if each.startswith(location.name)) == names


def test_a_collection_of_another_embedder_or_length_is_refused_and_one_that_appears_is_left_alone(
    open_dense: Open, shelf: Shelf, location: MilvusLocation
) -> None:
    dense = open_dense()
    name = dense.current(0).name

    with pytest.raises(IndexCorrupt, match="vouch reindex"):
        open_dense(embedder="other words")
    with pytest.raises(SettingsError, match="32 numbers, the embedder makes 64"):
        open_dense(dimension=64)
    build_engine(shelf.db, location, "other words", DIMENSION)
    assert dense.current(0).name == name


def test_a_collection_that_another_database_filled_is_refused(
    open_dense: Open, shelf: Shelf, location: MilvusLocation
) -> None:
    open_dense()
    with shelf.db.write() as session:
        from core.store.index.positions import delete_positions

        delete_positions(session, list(positions(session)))

    with pytest.raises(IndexCorrupt, match="did not fill"):
        open_dense()


def test_a_collection_that_the_journal_no_longer_reaches_says_so(
    open_dense: Open, shelf: Shelf, location: MilvusLocation
) -> None:
    shelf.put("tv", "warranty")
    dense = open_dense()
    name = dense.current(0).name
    assert build_engine(shelf.db, location, "words", DIMENSION) is not None
    for number in range(5):
        shelf.put("tv", f"warranty {number}")
    assert held(dense, shelf.db) == 1
    assert prune_changes(shelf.db, newest(shelf.db), grace=0) > 3

    MilvusServer(location).point_alias(name)
    with pytest.raises(IndexCorrupt, match="vouch reindex"):
        dense.current(newest(shelf.db))


@pytest.mark.slow
def test_a_process_that_is_killed_while_it_writes_is_overtaken_by_another(
    shelf: Shelf, milvus_server: Milvus, embedder: WordEmbedder
) -> None:
    location = server_location(milvus_server, some_name())
    mine = SharedDense(shelf.db, location, "words", DIMENSION)
    for number in range(6):
        shelf.put(f"d{number}", f"warranty {number}")
    code = f"""
import time
from core.store.database import Database
from retrieval.milvus import shared
from retrieval.milvus.location import MilvusLocation
shared.LEASE_S, shared.BATCH = 3.0, 2
whole = shared.apply_changes
def half(index, changes):
    whole(index, changes[:1])
    print("writing", flush=True)
    time.sleep(600)
shared.apply_changes = half
db = Database({shelf.db.url!r})
shared.SharedDense(db, MilvusLocation({location.uri!r}, {location.name!r}), "words", {DIMENSION}).current(6)
"""
    other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=TREE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"writing\n"
    other.kill()
    other.wait()

    wait_for(lambda: held(mine, shelf.db) == 6, 60, "the other process to be overtaken")
    assert seq_of(shelf.db, location, mine) == 6
    assert mine.current(6).search(embedder.embed_query("warranty 5"), 1)[0].score == pytest.approx(1.0, abs=1e-5)
    mine.close()


def test_a_chunk_without_a_vector_is_left_out(open_dense: Open, shelf: Shelf) -> None:
    dense = open_dense("unknown words")
    shelf.put("tv", "warranty")

    assert held(dense, shelf.db) == 0
