"""Figures and samples from the tables, for metrics and readiness. Nothing here names a document or a person."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.store.tables import AnswerRow, ChunkRow, DocumentRow, JobRow, KeyRow, PointerRow, VersionRow

SAMPLED = (KeyRow, DocumentRow, VersionRow, ChunkRow, JobRow, PointerRow, AnswerRow)


def jobs_by_state(session: Session) -> dict[tuple[str, str], int]:
    """Return the number of jobs by (kind, state)."""
    query = select(JobRow.kind, JobRow.state, func.count()).group_by(JobRow.kind, JobRow.state)
    return {(kind, state): count for kind, state, count in session.execute(query)}


def latest_supports(session: Session, calibration_id: str, limit: int) -> list[float]:
    """Return the supports of the latest `limit` answers, refusals too, that were given under this calibration.

    Unclear questions are left out, because nothing was searched for them. So are reused answers.
    """
    code = AnswerRow.body["refusal"]["code"].as_string()
    query = (
        select(AnswerRow.body["support"].as_float())
        .where(AnswerRow.versions["calibration"].as_string() == calibration_id)
        .where(code.is_(None) | (code != "question_unclear"))
        .where(AnswerRow.body["remembered"]["kind"].as_string().is_(None))
        .order_by(AnswerRow.created_at.desc())
        .limit(limit)
    )
    return list(session.scalars(query))


def read_samples(session: Session) -> None:
    """Read the first and the last row of the tables that requests and workers need, and two indexes. Takes a few ms.

    Raises nothing itself: a damaged page on the way raises in the transaction.
    """
    for table in SAMPLED:
        columns, keys = table.__table__.columns, table.__mapper__.primary_key
        session.execute(select(*columns).order_by(*keys).limit(1)).first()
        session.execute(select(*columns).order_by(*(key.desc() for key in keys)).limit(1)).first()
    session.scalar(select(func.count()).where(JobRow.state == "queued"))
    session.scalar(select(func.max(DocumentRow.updated_at)))
