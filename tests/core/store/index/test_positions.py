"""Positions of shared engines: one process writes at a time, leases expire, and nothing goes back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.errors import LostLease
from core.store.database import Database
from core.store.index.positions import (
    advance,
    delete_positions,
    end_build,
    find_position,
    lease_build,
    lease_engine,
    lowest_position,
    positions,
    release_engine,
    renew_engine,
    set_position,
    set_state,
)

ENGINE = "milvus://host:19530/manuals/manuals_1"


@pytest.fixture
def engine(db: Database) -> str:
    with db.write() as session:
        set_position(session, ENGINE, 7, "serving")
    return ENGINE


def seq_of(db: Database, engine: str) -> int:
    with db.read() as session:
        position = find_position(session, engine)
    assert position is not None
    return position.seq


def lowest(db: Database) -> int | None:
    with db.read() as session:
        return lowest_position(session)


def test_one_process_at_a_time_may_write_to_an_engine(db: Database, engine: str) -> None:
    first = lease_engine(db, engine, 30)

    assert first is not None
    assert lease_engine(db, engine, 30) is None
    release_engine(db, first)
    assert lease_engine(db, engine, 30) is not None


def test_an_engine_without_a_position_cannot_be_leased(db: Database) -> None:
    assert lease_engine(db, ENGINE, 30) is None


def test_a_process_whose_lease_expired_cannot_write_any_more(db: Database, engine: str) -> None:
    dead = lease_engine(db, engine, -1)
    alive = lease_engine(db, engine, 30)

    assert dead is not None
    assert alive is not None
    with pytest.raises(LostLease):
        advance(db, dead, 99)
    with pytest.raises(LostLease):
        renew_engine(db, dead)
    release_engine(db, dead)
    advance(db, alive, 8)
    assert seq_of(db, engine) == 8


def test_a_lease_from_before_the_clock_was_set_back_has_expired(db: Database, engine: str) -> None:
    dead = lease_engine(db, engine, timedelta(days=400).total_seconds())
    with db.read() as session:
        position = find_position(session, engine)

    assert position is not None
    assert not position.held
    assert lease_engine(db, engine, 30) is not None
    assert dead is not None
    with pytest.raises(LostLease):
        advance(db, dead, 99)


def test_a_position_never_goes_back(db: Database, engine: str) -> None:
    lease = lease_engine(db, engine, 30)
    assert lease is not None

    advance(db, lease, 12)
    advance(db, lease, 9)

    assert seq_of(db, engine) == 12


def test_the_journal_is_needed_from_the_lowest_serving_engine(db: Database, engine: str) -> None:
    with db.write() as session:
        set_position(session, "other", 3, "serving")
        set_position(session, "old", 1, "previous")

    assert lowest(db) == 3
    with db.write() as session:
        set_state(session, "other", "previous")
    assert lowest(db) == 7
    with db.write() as session:
        delete_positions(session, [engine])
    assert lowest(db) is None


def test_one_process_builds_and_the_journal_is_needed_from_its_start(db: Database, engine: str) -> None:
    assert lease_build(db, "new", 5, 30) is not None

    assert lease_build(db, "new", 6, 30) is None
    assert lowest(db) == 5


def test_a_build_whose_process_died_starts_again_from_the_current_step(db: Database, engine: str) -> None:
    assert lease_build(db, "new", 2, -1) is not None

    assert lease_build(db, "new", 6, 30) is not None

    assert seq_of(db, "new") == 6


def test_only_the_process_that_builds_can_end_the_build(db: Database, engine: str) -> None:
    dead, alive = lease_build(db, "new", 2, -1), lease_build(db, "new", 6, 30)
    assert dead is not None
    assert alive is not None

    end_build(db, dead)
    assert seq_of(db, "new") == 6
    end_build(db, alive)
    assert lowest(db) == 7


def test_an_abandoned_build_does_not_need_the_journal(
    db: Database, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert lease_build(db, "new", 2, 30) is not None
    assert lowest(db) == 2

    monkeypatch.setattr("core.store.index.positions.now", lambda: now() + timedelta(hours=2))

    assert lowest(db) == 7


def test_an_engine_that_applied_nothing_for_a_month_does_not_need_the_journal(
    db: Database, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.store.index.positions.now", lambda: now() + timedelta(days=29))
    assert lowest(db) == 7

    monkeypatch.setattr("core.store.index.positions.now", lambda: now() + timedelta(days=31))

    assert lowest(db) is None


def test_every_engine_is_listed_with_its_state(db: Database, engine: str) -> None:
    lease_build(db, "new", 5, 30)

    with db.read() as session:
        listed = positions(session)

    assert {name: (found.state, found.seq, found.held) for name, found in listed.items()} == {
        ENGINE: ("serving", 7, False),
        "new": ("building", 5, True),
    }
