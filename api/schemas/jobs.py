"""Background jobs."""

from __future__ import annotations

from datetime import datetime

from api.schemas.common import PageQuery, View
from core.types import JobKind, JobState


class JobView(View):
    """A job; `reason` says why a job failed and what to do about it."""

    id: str
    kind: JobKind
    state: JobState
    stage: str
    progress: float
    reason: str | None
    attempts: int
    document_id: str | None
    version: int | None
    created_at: datetime
    updated_at: datetime


class JobQuery(PageQuery):
    """Filters of the list of jobs."""

    kind: JobKind | None = None
    state: JobState | None = None
