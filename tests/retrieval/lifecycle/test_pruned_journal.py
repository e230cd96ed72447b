"""Followers of a journal that is pruned: nobody is cut off who is near, and nobody misses anything who was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.settings import Settings
from core.store.database import Database
from core.store.index.pruning import missed_changes, prune_changes
from core.store.passages import latest_seq
from core.types import OPERATOR
from retrieval.lifecycle import publish
from retrieval.lifecycle.publish import build_snapshot, index_location
from retrieval.search import Searcher
from tests.retrieval.conftest import DIMENSION, Shelf

Open = Callable[..., Searcher]


@pytest.fixture(autouse=True)
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish, "GRACE_STEPS", 0)


@pytest.fixture
def build(database: Database, settings: Settings) -> Callable[[], None]:
    return lambda: assert_built(build_snapshot(database, settings, "words", DIMENSION))


def assert_built(manifest: object) -> None:
    assert manifest is not None


def found(searcher: Searcher, query: str = "warranty") -> list[str]:
    return sorted(hit.passage.text for hit in searcher.search(OPERATOR, query, k=50).passages)


def cut_off(database: Database, seq: int) -> bool:
    with database.read() as session:
        return missed_changes(session, seq)


def test_a_merge_lets_go_of_what_both_snapshots_hold(
    build: Callable[[], None], shelf: Shelf, database: Database, open_search: Open
) -> None:
    for number in range(3):
        shelf.put(f"d{number}", f"warranty {number}")
        build()

    assert [cut_off(database, seq) for seq in (0, 1, 2)] == [True, False, False]
    with capture_logs() as logs:
        assert found(open_search()) == ["warranty 0", "warranty 1", "warranty 2"]
    assert not [entry for entry in logs if "behind" in entry["event"]]


def test_a_running_process_that_was_cut_off_begins_anew_and_misses_nothing(
    shelf: Shelf, database: Database, open_search: Open
) -> None:
    gone = shelf.put("tv", "warranty of the tv")
    searcher = open_search()
    assert found(searcher) == ["warranty of the tv"]
    shelf.drop(gone)
    shelf.put("lamp", "warranty of the lamp")
    shelf.put("radio", "warranty of the radio")
    with database.read() as session:
        prune_changes(database, latest_seq(session), 0)

    with capture_logs() as logs:
        texts = found(searcher)

    assert texts == ["warranty of the lamp", "warranty of the radio"]
    assert searcher.refresh() == 2
    assert [entry["seq"] for entry in logs if entry["event"] == "index_behind_journal"] == [1]


def test_a_snapshot_that_was_cut_off_is_left_for_the_database(
    build: Callable[[], None], shelf: Shelf, database: Database, open_search: Open
) -> None:
    shelf.put("tv", "warranty of the tv")
    build()
    for number in range(4):
        shelf.put(f"d{number}", f"warranty {number}")
    prune_changes(database, 4, 0)

    with capture_logs() as logs:
        searcher = open_search()

    assert len(found(searcher)) == 5
    assert searcher.index_version.startswith("none+")
    assert "snapshot_behind_journal" in [entry["event"] for entry in logs]


def test_a_journal_that_cannot_be_pruned_does_not_fail_the_merge(
    build: Callable[[], None], shelf: Shelf, settings: Settings
) -> None:
    shelf.put("tv", "warranty of the tv")
    build()
    folder = index_location(settings).folder
    first = next(path for path in folder.glob("snap_*"))
    Path(first / "manifest.json").write_text("{")

    build()

    assert len(list(folder.glob("snap_*"))) == 2
