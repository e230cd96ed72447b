"""Sessions of the web pages: a random token for an API key, so that no cookie holds the key itself.

The token is stored as a hash. A session ends when it is signed out, when it has not been used for IDLE, LONGEST after
it began, and with its key. The cookie is set in `api.routes.session`.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Unauthenticated
from core.store.access.keys import caller_with, is_valid, token_hash
from core.store.tables import KeyRow, SessionRow
from core.types import Caller

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=7)
TOUCH_AFTER = timedelta(minutes=5)
"""A use is stored only this long after the last one: a write for each request would cost more than it tells."""


def begin(session: Session, caller: Caller) -> str:
    """Begin a session of the caller's key; return its token, which is not stored."""
    token = secrets.token_urlsafe(32)
    session.add(SessionRow(hash=token_hash(token), key_id=caller.key_id, created_at=now(), used_at=now()))
    return token


def caller_of(session: Session, token: str) -> tuple[Caller, bool]:
    """Return the caller of a session, and whether this use must be stored with `touch`.

    Raises Unauthenticated, with one message for all reasons.
    """
    found = session.execute(
        select(KeyRow, SessionRow.used_at)
        .join(SessionRow, SessionRow.key_id == KeyRow.id)
        .where(SessionRow.hash == token_hash(token), ~_has_ended(), is_valid())
    ).first()
    if found is None:
        raise Unauthenticated("The session has ended.", hint="Sign in again with a key.")
    row, used_at = found
    return caller_with(row), used_at <= now() - TOUCH_AFTER


def touch(session: Session, token: str) -> None:
    """Store that the session is used now."""
    session.execute(update(SessionRow).where(SessionRow.hash == token_hash(token)).values(used_at=now()))


def end(session: Session, token: str) -> None:
    """End a session; there may be none."""
    session.execute(delete(SessionRow).where(SessionRow.hash == token_hash(token)))


def delete_ended(session: Session) -> int:
    """Delete the sessions that have ended, also those whose key is revoked or expired; return how many."""
    invalid = ~select(KeyRow.id).where(KeyRow.id == SessionRow.key_id, is_valid()).exists()
    result = session.execute(delete(SessionRow).where(_has_ended() | invalid))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _has_ended() -> ColumnElement[bool]:
    return (SessionRow.used_at <= now() - IDLE) | (SessionRow.created_at <= now() - LONGEST)
