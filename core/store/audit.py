"""Two books about requests: who did what (audit), and what a repeated request got (idempotency).

Neither holds document text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Invalid
from core.paging import Page, checked_limit, decode, page_of
from core.store.database import Database
from core.store.tables import AuditRow, IdempotencyRow
from core.types import Caller, Json

KEEP = timedelta(hours=24)
ABANDONED = timedelta(minutes=10)
"""After this long a request without a response has died with its process, and its key is free again."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Somebody did something to something."""

    id: int
    at: datetime
    key_id: str
    action: str
    target: str
    detail: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Replay:
    """What the first request with this key got."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def note(session: Session, caller: Caller, action: str, target: str, **detail: Json) -> None:
    """Write an audit entry in the caller's transaction, so that deed and entry stand or fall together."""
    session.add(AuditRow(at=now(), key_id=caller.key_id, action=action, target=target, detail=detail))


def list_audit(session: Session, *, limit: int = 50, cursor: str | None = None) -> Page[AuditEntry]:
    """List entries, newest first."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(checked_limit(limit) + 1)
    if after := decode(cursor):
        if not after.isdecimal():
            raise Invalid("The cursor is not one that this list gave out.", hint="Start again without it.")
        query = query.where(AuditRow.id < int(after))
    entries = [AuditEntry(r.id, r.at, r.key_id, r.action, r.target, r.detail) for r in session.scalars(query)]
    return page_of(entries, [str(entry.id) for entry in entries], limit)


def drop_expired(session: Session) -> None:
    """Forget responses older than a day, and requests that died without one."""
    old = IdempotencyRow.created_at < now() - KEEP
    dead = IdempotencyRow.status.is_(None) & (IdempotencyRow.created_at < now() - ABANDONED)
    session.execute(delete(IdempotencyRow).where(old | dead))


def begin_request(db: Database, caller: Caller, key: str, request_sha256: str) -> Replay | None:
    """Reserve an Idempotency-Key; return the first response when the request was answered before.

    Raises Conflict when the key belongs to another request, or when the first one is still running.
    """
    try:
        with db.write() as session:
            drop_expired(session)
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
    """Keep the response for repetitions, or free the key when the request failed and kept nothing."""
    with db.write() as session:
        row = session.get(IdempotencyRow, (caller.key_id, key))
        if row is None:
            return
        if replay is None:
            session.delete(row)
        else:
            row.status, row.headers, row.body = replay.status, dict(replay.headers), replay.body
