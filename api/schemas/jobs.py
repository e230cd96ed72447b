"""Background jobs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from pydantic import Field

from api.schemas.common import PageQuery, View
from api.schemas.reports import AccountView
from core.store.jobs import Job
from core.types import JobKind, JobState, Json


class JobView(View):
    """A job; `reason` says why a job failed and what to do about it.

    For a document that was read, `warnings` and `account` say what is missing in the text, as in its version's report.
    """

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
    warnings: list[str] = Field(default=[])
    account: AccountView | None = None


def job_view(job: Job, report: Mapping[str, Json]) -> JobView:
    """Return the view of a job; `report` is that of the version that it read, empty for others."""
    told = {"warnings": report.get("warnings") or [], "account": report.get("account")}
    known = {name: getattr(job, name) for name in JobView.model_fields if name not in told}
    return JobView.model_validate(known | told)


class JobQuery(PageQuery):
    """Filters of the list of jobs."""

    kind: JobKind | None = None
    state: JobState | None = None
