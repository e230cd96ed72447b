"""Which documents were read by an older reader and are read again from their originals, in the background."""

from __future__ import annotations

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from core.store import jobs
from core.store.tables import DocumentRow, JobRow, VersionRow

READER = 2
"""The generation of the readers. A higher number makes every document be read again; 1 had no blocks."""


def queue_rereads(session: Session, limit: int) -> list[str]:
    """Queue jobs for at most `limit` documents that an older reader read, oldest first; return the jobs' ids."""
    rows = session.execute(_old().order_by(VersionRow.document_id).limit(limit)).all()
    return [jobs.enqueue(session, "ingest", document_id=row.document_id, version=row.version) for row in rows]


def count_old(session: Session) -> int:
    """Return how many documents wait to be read again."""
    return session.scalar(select(func.count()).select_from(_old().subquery())) or 0


def note_failure(session: Session, document_id: str, version: int, reason: str) -> None:
    """Store why a version that serves could not be read again: it serves on as it was read before."""
    row = session.get(VersionRow, (document_id, version))
    if row is not None and row.state == "serving":
        row.reader = READER
        row.report = {**row.report, "not_read_again": reason}


def _old() -> Select[str, int]:
    serves = (DocumentRow.id == VersionRow.document_id) & (DocumentRow.serving_version == VersionRow.version)
    unfinished = select(JobRow.id).where(JobRow.document_id == VersionRow.document_id, JobRow.state.not_in(jobs.DONE))
    return (
        select(VersionRow.document_id, VersionRow.version)
        .join(DocumentRow, serves)
        .where(DocumentRow.deleted_at.is_(None), or_(VersionRow.reader.is_(None), VersionRow.reader < READER))
        .where(~unfinished.exists())
    )
