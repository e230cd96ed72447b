"""Idempotency keys: which request holds a key, and the response that a repetition gets. Stores no document text.

Keys are taken and released in transactions of their own, around the request's. The HTTP side is in `api.idempotency`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import CLOCKS_DIFFER, now
from core.errors import Conflict
from core.store.database import Database
from core.store.tables import IdempotencyRow
from core.types import Caller

KEEP = timedelta(hours=24)
ABANDONED = timedelta(minutes=10)
"""After this time a request without a response has died with its process, and its key is free again."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The response that the first request with a key got."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def begin_request(db: Database, caller: Caller, key: str, request_sha256: str) -> Replay | None:
    """Reserve an Idempotency-Key; return the first response if the request was answered before.

    Raises Conflict when the key belongs to another request, or when the first one is still running.
    """
    try:
        with db.write() as session:
            delete_expired(session)
            session.add(IdempotencyRow(key_id=caller.key_id, key=key, request_sha256=request_sha256, created_at=now()))
        return None
    except IntegrityError:
        with db.read() as session:
            row = session.scalar(
                select(IdempotencyRow).where(IdempotencyRow.key_id == caller.key_id, IdempotencyRow.key == key)
            )
    if row is None or row.status is None or row.body is None:
        raise Conflict(
            "The first request with this Idempotency-Key is still being answered.", hint="Send it again in a moment."
        )
    if row.request_sha256 != request_sha256:
        raise Conflict("This Idempotency-Key was used for another request.", hint="Use a new key for a new request.")
    return Replay(row.status, row.headers or {}, row.body)


def end_request(db: Database, caller: Caller, key: str, replay: Replay | None) -> None:
    """Store the response for repetitions; None frees the key, because the request failed and stored nothing."""
    with db.write() as session:
        row = session.get(IdempotencyRow, (caller.key_id, key))
        if row is None:
            return
        if replay is None:
            session.delete(row)
        else:
            row.status, row.headers, row.body = replay.status, dict(replay.headers), replay.body


def delete_expired(session: Session) -> None:
    """Delete responses older than a day, and requests that died without one."""
    old = IdempotencyRow.created_at < now() - KEEP
    created = IdempotencyRow.created_at
    lost = or_(created < now() - ABANDONED, created > now() + CLOCKS_DIFFER)  # the clock was set back since
    dead = IdempotencyRow.status.is_(None) & lost
    session.execute(delete(IdempotencyRow).where(old | dead))
