"""Counts over the tables for those who watch the service; nothing here names a document or a person."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.tables import JobRow


def jobs_by_state(session: Session) -> dict[tuple[str, str], int]:
    """Return how many jobs there are by (kind, state)."""
    query = select(JobRow.kind, JobRow.state, func.count()).group_by(JobRow.kind, JobRow.state)
    return {(kind, state): count for kind, state, count in session.execute(query)}
