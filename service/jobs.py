"""Background jobs as people see them: list the jobs that concern a caller, cancel, retry.

`service.run_job` runs them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from core.errors import NotFound
from core.store import documents, jobs
from core.store.access import audit
from core.store.database import Session
from core.store.jobs import Job
from core.types import Caller, JobKind, JobState, Json, Scope
from service.compose import Services

NEWEST = 1000
"""The most jobs in a list: it shows current work. Older actions are in the audit trail."""


def list_jobs(
    services: Services, caller: Caller, *, kind: JobKind | None = None, state: JobState | None = None
) -> list[Job]:
    """Return the jobs that concern this caller, newest first."""
    with services.db.read() as session:
        found = jobs.list_jobs(session, kind=kind, state=state, limit=NEWEST)
        visible = _visible_versions(session, found, caller)
    return [job for job in found if _concerns(job, caller, visible)]


def get_job(services: Services, caller: Caller, job_id: str) -> Job:
    """Return the job. Raises NotFound, also for a job that does not concern this caller."""
    with services.db.read() as session:
        return _visible(session, caller, job_id)


def reports(services: Services, found: Sequence[Job]) -> list[Mapping[str, Json]]:
    """Return for each job the report of the version that it read; empty if it read none or has not ended well."""
    read = [_version_of(job) if job.kind == "ingest" and job.state == "succeeded" else None for job in found]
    with services.db.read() as session:
        known = documents.reports(session, {version for version in read if version is not None})
    return [known.get(version, {}) if version is not None else {} for version in read]


def cancel(services: Services, caller: Caller, job_id: str) -> Job:
    """Stop a job before or while it runs. Raises NotFound, Conflict for one that has ended."""
    return _change(services, caller, job_id, "cancel", jobs.cancel)


def retry(services: Services, caller: Caller, job_id: str) -> Job:
    """Queue a failed or cancelled job again. Raises NotFound, Conflict."""
    job = _change(services, caller, job_id, "retry", jobs.retry)
    services.queue.send([job_id], job.kind)
    return job


def _change(services: Services, caller: Caller, job_id: str, verb: str, change: Callable[[Session, str], Job]) -> Job:
    with services.db.write() as session:
        _visible(session, caller, job_id)
        job = change(session, job_id)
        audit.record(session, caller, f"job.{verb}", job_id)
    return job


def _visible(session: Session, caller: Caller, job_id: str) -> Job:
    job = jobs.get_job(session, job_id)
    if not _concerns(job, caller, _visible_versions(session, [job], caller)):
        raise NotFound(f"There is no job {job_id!r}.")
    return job


def _visible_versions(session: Session, found: Sequence[Job], caller: Caller) -> frozenset[tuple[str, int]]:
    return documents.visible_versions(session, {version for job in found if (version := _version_of(job))}, caller)


def _version_of(job: Job) -> tuple[str, int] | None:
    return (job.document_id, job.version) if job.document_id is not None and job.version is not None else None


def _concerns(job: Job, caller: Caller, visible: frozenset[tuple[str, int]]) -> bool:
    """Return whether the caller may see the job.

    A document's job needs the right to see the document. Its purge does not: the document is gone by then, and the job
    reveals nothing about it.
    """
    scope: Scope = "review" if job.kind == "train" else "ingest"
    seen = job.document_id is None or job.kind == "purge" or caller.sees_all or _version_of(job) in visible
    return caller.may(scope) and seen
