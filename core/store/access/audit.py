"""The audit trail: who did what to which thing, and when. Stores no document text.

Entries commit together with the action that they describe. Nothing here deletes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Invalid
from core.paging import Page, checked_limit, decode, page_of
from core.store.tables import AuditRow
from core.types import Caller, Json


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One action of one key: `target` is the id of what it changed or read, `detail` holds ids and counts."""

    id: int
    at: datetime
    key_id: str
    action: str
    target: str
    detail: Mapping[str, Json]


def record(session: Session, caller: Caller, action: str, target: str, **detail: Json) -> None:
    """Store an entry in the caller's transaction: the action and its entry commit or roll back together."""
    session.add(AuditRow(at=now(), key_id=caller.key_id, action=action, target=target, detail=detail))


def list_audit(session: Session, *, limit: int = 50, cursor: str | None = None) -> Page[AuditEntry]:
    """Return a page of entries, newest first. Raises Invalid for a bad limit or cursor."""
    query = select(AuditRow).order_by(AuditRow.id.desc()).limit(checked_limit(limit) + 1)
    if after := decode(cursor):
        if not after.isdecimal():
            raise Invalid("The cursor does not come from this list.", hint="Start again without it.")
        query = query.where(AuditRow.id < int(after))
    entries = [AuditEntry(r.id, r.at, r.key_id, r.action, r.target, r.detail) for r in session.scalars(query)]
    return page_of(entries, [str(entry.id) for entry in entries], limit)
