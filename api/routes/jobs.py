"""Routes for background jobs: list, read, follow, cancel, retry."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from api.auth import Operator
from api.deps import ServicesDep
from api.paging import cut
from api.reference import problems
from api.schemas.common import PageView, page_view
from api.schemas.jobs import JobQuery, JobView, job_view
from api.sse import ServerEvent, event_stream
from core.errors import VouchError
from core.store.jobs import Job
from core.types import Caller
from service import jobs
from service.compose import Services

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
POLL_S = 0.5


@router.get("")
def list_jobs(query: Annotated[JobQuery, Query()], services: ServicesDep, caller: Operator) -> PageView[JobView]:
    """List the jobs that concern this key, newest first."""
    found = jobs.list_jobs(services, caller, kind=query.kind, state=query.state)
    page = cut(found, [job.id for job in found], query.limit, query.cursor)
    return page_view(page, _views(services, page.data))


@router.get("/{job_id}", responses=problems(404))
def get_job(job_id: str, services: ServicesDep, caller: Operator) -> JobView:
    """Return the state and the progress of a job."""
    return _seen(services, caller, job_id)


@router.get(
    "/{job_id}/events",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {}}, "description": "Events `job`, each with the whole job."},
        **problems(404),
    },
)
def follow(job_id: str, services: ServicesDep, caller: Operator) -> StreamingResponse:
    """Follow a job until it is done, as server-sent events; `ping` when nothing changed for 10 s."""
    return event_stream(_changes(services, caller, jobs.get_job(services, caller, job_id)))


@router.post("/{job_id}:cancel", responses=problems(404, 409))
def cancel(job_id: str, services: ServicesDep, caller: Operator) -> JobView:
    """Stop a job before or while it runs."""
    return _view(services, jobs.cancel(services, caller, job_id))


@router.post("/{job_id}:retry", responses=problems(404, 409))
def retry(job_id: str, services: ServicesDep, caller: Operator) -> JobView:
    """Queue a failed or cancelled job again."""
    return _view(services, jobs.retry(services, caller, job_id))


async def _changes(services: Services, caller: Caller, job: Job) -> AsyncIterator[ServerEvent]:
    last = await asyncio.to_thread(_view, services, job)
    yield ServerEvent("job", last.model_dump(mode="json"))
    while last.state in ("queued", "running"):
        await asyncio.sleep(POLL_S)
        try:
            now = await asyncio.to_thread(_seen, services, caller, job.id)
        except VouchError as error:
            yield ServerEvent("error", {"code": error.code, "detail": str(error)})
            return
        if now != last:
            last = now
            yield ServerEvent("job", last.model_dump(mode="json"))


def _seen(services: Services, caller: Caller, job_id: str) -> JobView:
    return _view(services, jobs.get_job(services, caller, job_id))


def _view(services: Services, job: Job) -> JobView:
    (view,) = _views(services, [job])
    return view


def _views(services: Services, found: Sequence[Job]) -> list[JobView]:
    return [job_view(job, report) for job, report in zip(found, jobs.reports(services, found), strict=True)]
