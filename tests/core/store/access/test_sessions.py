"""Sessions of the pages on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select, update

from core.clock import now
from core.errors import Unauthenticated
from core.store.access import keys, sessions
from core.store.database import Database, Session
from core.store.tables import KeyRow, SessionRow
from core.types import Caller


def begin(session: Session, *scopes: str) -> tuple[str, str]:
    """Begin a session of a new key; return the key's id and the session's token."""
    key, token = keys.create_key(session, "page", scopes or ["ask"], ["inside"])
    return key.id, sessions.begin(session, keys.caller_of(session, token))


def make_older(session: Session, *, idle: timedelta = timedelta(0), age: timedelta = timedelta(0)) -> None:
    session.execute(update(SessionRow).values(used_at=now() - idle, created_at=now() - age))


def assert_ended(session: Session, token: str) -> None:
    with pytest.raises(Unauthenticated, match="has ended"):
        sessions.caller_of(session, token)


def test_a_session_has_the_rights_of_its_key(db: Database) -> None:
    with db.write() as session:
        key_id, token = begin(session, "ask", "review")
        caller, _ = sessions.caller_of(session, token)

    assert caller == Caller(key_id, frozenset({"ask", "review"}), frozenset({"inside"}))


def test_the_token_of_a_session_is_not_stored(db: Database) -> None:
    with db.write() as session:
        _, token = begin(session)
        row = session.scalars(select(SessionRow)).one()

    assert token not in str(vars(row))


def test_a_session_ends_when_it_is_ended_and_the_others_stay(db: Database) -> None:
    with db.write() as session:
        (_, first), (_, second) = begin(session), begin(session)
        sessions.end(session, first)

        assert_ended(session, first)
        assert sessions.caller_of(session, second)


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
def test_a_session_ends_with_its_key(db: Database, column: str) -> None:
    with db.write() as session:
        key_id, token = begin(session)
        setattr(session.get_one(KeyRow, key_id), column, now() - timedelta(seconds=1))
        session.flush()

        assert_ended(session, token)


@pytest.mark.parametrize("older", [{"idle": sessions.IDLE}, {"age": sessions.LONGEST}])
def test_a_session_ends_when_it_is_not_used_and_when_it_is_old(db: Database, older: dict[str, timedelta]) -> None:
    with db.write() as session:
        _, token = begin(session)
        make_older(session, **{name: longest - timedelta(minutes=1) for name, longest in older.items()})
        sessions.caller_of(session, token)
        make_older(session, **older)

        assert_ended(session, token)


def test_a_use_is_stored_only_when_the_last_one_is_old(db: Database) -> None:
    with db.write() as session:
        _, token = begin(session)
        assert not sessions.caller_of(session, token)[1]
        make_older(session, idle=sessions.TOUCH_AFTER)
        assert sessions.caller_of(session, token)[1]
        sessions.touch(session, token)

        assert not sessions.caller_of(session, token)[1]


def test_only_sessions_that_have_ended_are_deleted(db: Database) -> None:
    with db.write() as session:
        begin(session)
        make_older(session, idle=sessions.IDLE)
        revoked, _ = begin(session)
        keys.revoke_key(session, revoked)
        _, good = begin(session)

        assert sessions.delete_ended(session) == 2
        assert session.scalar(select(func.count()).select_from(SessionRow)) == 1
        sessions.caller_of(session, good)
