"""Background work: look, follow, cancel, retry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.auth import Operator
from api.deps import Served
from api.paging import cut
from api.reference import problems
from api.schemas.common import PageView, page_view
from api.schemas.jobs import JobQuery, JobView
from api.sse import ServerEvent, event_stream
from core.errors import NotFound, VouchError
from core.store import audit, documents, jobs
from core.store.database import Session
from core.store.jobs import Job
from core.types import Caller, Scope
from service.compose import Services

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
LOOK_S = 0.5
NEWEST = 1000
"""A list of jobs reaches back this far; it is for watching, and the audit trail remembers the rest."""


@router.get("")
def list_jobs(query: Annotated[JobQuery, Query()], services: Served, caller: Operator) -> PageView[JobView]:
    """List jobs that concern this key, newest first."""
    with services.db.read() as session:
        found = jobs.list_jobs(session, kind=query.kind, state=query.state, limit=NEWEST)
        named = {job.document_id for job in found if job.document_id is not None}
        visible = documents.visible_among(session, named, caller)
    mine = [job for job in found if _concerns(job, caller, visible)]
    page = cut(mine, [job.id for job in mine], query.limit, query.cursor)
    return page_view(page, [JobView.model_validate(job) for job in page.data])


@router.get("/{job_id}", responses=problems(404))
def get_job(job_id: str, services: Served, caller: Operator) -> JobView:
    """Return where a job stands."""
    return _look(services, caller, job_id)


@router.get(
    "/{job_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Events `job`, each with the whole job."},
        **problems(404),
    },
)
def follow(job_id: str, services: Served, caller: Operator) -> StreamingResponse:
    """Follow a job until it is done, as server-sent events; `ping` when nothing changed for 10 s."""
    return event_stream(_changes(services, caller, _look(services, caller, job_id)))


@router.post("/{job_id}:cancel", responses=problems(404, 409))
def cancel(job_id: str, services: Served, caller: Operator) -> JobView:
    """Stop a job before or while it runs."""
    return _change(services, caller, job_id, "cancel", jobs.cancel)


@router.post("/{job_id}:retry", responses=problems(404, 409))
def retry(job_id: str, services: Served, caller: Operator) -> JobView:
    """Queue a failed or cancelled job again."""
    view = _change(services, caller, job_id, "retry", jobs.retry)
    services.send([job_id], view.kind)
    return view


def _change(
    services: Services, caller: Caller, job_id: str, verb: str, change: Callable[[Session, str], Job]
) -> JobView:
    with services.db.write() as session:
        _visible(session, caller, job_id)
        job = change(session, job_id)
        audit.record(session, caller, f"job.{verb}", job_id)
    return JobView.model_validate(job)


def _look(services: Services, caller: Caller, job_id: str) -> JobView:
    with services.db.read() as session:
        return JobView.model_validate(_visible(session, caller, job_id))


def _visible(session: Session, caller: Caller, job_id: str) -> Job:
    """Return the job if it concerns this caller. Raises NotFound."""
    job = jobs.get_job(session, job_id)
    named = [job.document_id] if job.document_id is not None else []
    if not _concerns(job, caller, documents.visible_among(session, named, caller)):
        raise NotFound(f"There is no job {job_id!r}.")
    return job


def _concerns(job: Job, caller: Caller, visible: frozenset[str]) -> bool:
    """A document's job is for those who may see it; its purge outlives it and tells nothing of it."""
    scope: Scope = "review" if job.kind == "train" else "ingest"
    seen = job.document_id is None or job.kind == "purge" or caller.sees_all or job.document_id in visible
    return caller.may(scope) and seen


async def _changes(services: Services, caller: Caller, job: JobView) -> AsyncIterator[ServerEvent]:
    yield ServerEvent("job", job.model_dump(mode="json"))
    while job.state in ("queued", "running"):
        await asyncio.sleep(LOOK_S)
        try:
            now = await asyncio.to_thread(_look, services, caller, job.id)
        except VouchError as error:
            yield ServerEvent("error", {"code": error.code, "detail": str(error)})
            return
        if now != job:
            job = now
            yield ServerEvent("job", job.model_dump(mode="json"))
