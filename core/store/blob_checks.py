"""When each blob was last read and compared with its key, and which are damaged or missing: the rows of the scrub.

A blob has a row while the database needs it: as a version of a live document, or as an adapter. Who reads the bytes is
`core.disk.scrub`. Decision 0083.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import CompoundSelect, String, case, delete, func, literal, select, union_all, update
from sqlalchemy.orm import Session

from core.blobs import DAMAGED
from core.clock import now
from core.store import jobs
from core.store.database import insert_new
from core.store.tables import BlobCheckRow, DocumentRow, JobRow, ModelVersionRow, VersionRow

BlobState = Literal["new", "whole", "damaged", "missing"]
BAD: tuple[BlobState, ...] = ("damaged", "missing")
EVERY = timedelta(days=1)
"""How often a blob is read."""
BAD_EVERY = timedelta(hours=1)
"""How often a damaged or missing one is looked at again: somebody may have restored it from a backup."""


@dataclass(frozen=True, slots=True)
class BlobCounts:
    """The result of the scrub so far; `oldest` is the oldest of the last checks, None if nothing is stored."""

    total: int
    damaged: int
    missing: int
    oldest: datetime | None


@dataclass(frozen=True, slots=True)
class BadBlob:
    """A damaged or missing blob and what needs it: the title of a document, or the id of a tuned model."""

    key: str
    state: BlobState
    needed_by: str


def follow(session: Session) -> None:
    """Add a row for each blob that the database needs and delete the rows of those that it does not need now.

    A new row counts as checked at the upload, which wrote or compared the bytes, and is due at once.
    """
    needed = _needed().subquery()
    known = select(BlobCheckRow.blob)
    first = func.min(needed.c.created_at)
    new = select(needed.c.blob, literal("new", String(20)), first).where(needed.c.blob.not_in(known))
    session.execute(insert_new(session, BlobCheckRow, ("blob", "state", "checked_at"), new.group_by(needed.c.blob)))
    session.execute(delete(BlobCheckRow).where(BlobCheckRow.blob.not_in(select(needed.c.blob))))


def due(session: Session, limit: int) -> list[str]:
    """Return the keys to check now: new ones first, then those whose check is the longest ago."""
    row, at = BlobCheckRow, now()
    late = (row.checked_at < at - EVERY) | (row.state.in_(BAD) & (row.checked_at < at - BAD_EVERY))
    order = (case((row.state == "new", 0), else_=1), row.checked_at, row.blob)
    return list(session.scalars(select(row.blob).where((row.state == "new") | late).order_by(*order).limit(limit)))


def oldest_first(session: Session) -> list[str]:
    """Return all keys, bad ones first, then those whose check is the longest ago."""
    row = BlobCheckRow
    order = (case((row.state.in_(BAD), 0), (row.state == "new", 1), else_=2), row.checked_at, row.blob)
    return list(session.scalars(select(row.blob).order_by(*order)))


def record(session: Session, states: Mapping[str, BlobState]) -> list[str]:
    """Store the results of checks that were made now; return the blobs that were needed until then.

    A blob that was purged since it was read is not missing.
    """
    follow(session)
    row, at = BlobCheckRow, now()
    for state in set(states.values()):
        found = [blob for blob, each in states.items() if each == state]
        session.execute(update(row).where(row.blob.in_(found)).values(state=state, checked_at=at))
    return list(session.scalars(select(row.blob).where(row.blob.in_(list(states)))))


def counts(session: Session) -> BlobCounts:
    """Return how many blobs there are, how many are damaged or missing, and the oldest of the last checks."""
    row, needed = BlobCheckRow, _needed().subquery()
    oldest, found = None, dict[str, int]()
    for state, count, checked_at in session.execute(
        select(row.state, func.count(), func.min(row.checked_at)).group_by(row.state)
    ):
        found[state], oldest = count, min(oldest or checked_at, checked_at)
    unknown = session.scalar(
        select(func.min(needed.c.created_at)).where(needed.c.blob.not_in(select(row.blob)))  # the scrub never ran
    )
    if unknown is not None:
        oldest = min(oldest or unknown, unknown)
    return BlobCounts(sum(found.values()), found.get("damaged", 0), found.get("missing", 0), oldest)


def bad_blobs(session: Session, limit: int = 20) -> list[BadBlob]:
    """Return damaged and missing blobs with what needs each, the most recently registered first."""
    row, bad = BlobCheckRow, BlobCheckRow.state.in_(BAD)
    title = case((DocumentRow.title != "", DocumentRow.title), else_=VersionRow.filename)
    documents = (
        select(row.blob, row.state, title)
        .join(VersionRow, VersionRow.blob == row.blob)
        .join(DocumentRow, DocumentRow.id == VersionRow.document_id)
        .where(bad, DocumentRow.deleted_at.is_(None))
        .order_by(DocumentRow.id.desc(), VersionRow.version.desc())
        .limit(limit)
    )
    models = select(row.blob, row.state, ModelVersionRow.id).join(
        ModelVersionRow, ModelVersionRow.adapter_blob == row.blob
    )
    found = [*session.execute(documents), *session.execute(models.where(bad).limit(limit))]
    return [BadBlob(blob, state, needed_by) for blob, state, needed_by in found][:limit]


def repaired(session: Session, blob: str) -> list[str]:
    """Store that the blob is whole now, and queue again the jobs that failed because it was not; return their ids.

    Only the newest version of a live document is built again, in whichever collection it is.
    """
    row = BlobCheckRow
    session.execute(update(row).where(row.blob == blob).values(state="whole", checked_at=now()))
    query = (
        select(func.max(JobRow.id))
        .join(VersionRow, (VersionRow.document_id == JobRow.document_id) & (VersionRow.version == JobRow.version))
        .join(DocumentRow, DocumentRow.id == VersionRow.document_id)
        .where(VersionRow.blob == blob, VersionRow.state == "failed", VersionRow.reason.startswith(DAMAGED))
        .where(VersionRow.version == DocumentRow.latest_version, DocumentRow.deleted_at.is_(None))
        .where(JobRow.kind == "ingest", JobRow.state == "failed")
        .group_by(JobRow.document_id)
    )
    return [jobs.retry(session, job_id).id for job_id in list(session.scalars(query)) if job_id is not None]


def _needed() -> CompoundSelect[tuple[str, datetime]]:
    """Return the query for the blobs of live documents and of adapters, with when each was registered."""
    live = select(VersionRow.blob.label("blob"), VersionRow.created_at.label("created_at"))
    live = live.join(DocumentRow, DocumentRow.id == VersionRow.document_id).where(DocumentRow.deleted_at.is_(None))
    adapters = select(ModelVersionRow.adapter_blob, ModelVersionRow.created_at)
    return union_all(live, adapters.where(ModelVersionRow.adapter_blob != ""))
