"""Background work as clients see it."""

from __future__ import annotations

from datetime import datetime

from api.schemas.common import PageQuery, View
from core.types import JobKind, JobState


class JobView(View):
    """A job; `reason` says what a person can do about one that failed."""

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
    """Which jobs."""

    kind: JobKind | None = None
    state: JobState | None = None
