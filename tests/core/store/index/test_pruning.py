"""Pruning the index's journal: needed steps stay without a gap, and an index that is too far behind notices."""

from __future__ import annotations

import pytest
from sqlalchemy import insert, select

from core.store.database import Database
from core.store.index.positions import set_position
from core.store.index.pruning import missed_changes, prune_changes
from core.store.tables import IndexChangeRow


@pytest.fixture
def journal(db: Database) -> Database:
    with db.write() as session:
        session.execute(insert(IndexChangeRow), [{"chunk_id": number, "sign": 1} for number in range(1, 101)])
    return db


def steps(db: Database) -> list[int]:
    with db.read() as session:
        return list(session.scalars(select(IndexChangeRow.seq).order_by(IndexChangeRow.seq)))


@pytest.mark.parametrize(
    ("upto", "grace", "first"), [(60, 0, 60), (60, 70, 30), (0, 0, 1), (500, 0, 100), (60, 200, 1)]
)
def test_steps_that_a_snapshot_or_the_grace_needs_stay(journal: Database, upto: int, grace: int, first: int) -> None:
    assert prune_changes(journal, upto, grace, batch=7) == first - 1

    assert steps(journal) == list(range(first, 101))


def test_steps_that_a_shared_engine_has_not_applied_stay(journal: Database) -> None:
    with journal.write() as session:
        set_position(session, "engine", 20, "serving")

    prune_changes(journal, 60, 0)

    assert steps(journal)[0] == 20


def test_only_positions_before_the_oldest_step_have_missed_changes(journal: Database) -> None:
    prune_changes(journal, 60, 0)

    with journal.read() as session:
        assert [missed_changes(session, seq) for seq in (0, 58, 59, 60, 100)] == [True, True, False, False, False]


def test_an_empty_journal_has_no_missed_changes(db: Database) -> None:
    assert prune_changes(db, 10, 0) == 0
    with db.read() as session:
        assert not missed_changes(session, 0)
