"""Jobs. The row decides; a message in the queue is only a hint that there is work.

A worker claims a job by compare-and-set with a lease, renews the lease while it works, and finishes the job under the
same lease. A sweep sends hints again for jobs without a live lease. A worker that lost its lease cannot write any more.
A lease that was renewed in the future has expired too: the clock was set back since, and its end may be years away.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from core.clock import CLOCKS_DIFFER, now
from core.errors import Conflict, LostLease, NotFound
from core.ids import new_id
from core.store.database import Database
from core.store.tables import JobRow, VersionRow
from core.types import JobKind, JobState, Json

DONE = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Job:
    """A unit of background work, without its lease."""

    id: str
    kind: JobKind
    state: JobState
    stage: str
    progress: float
    reason: str | None
    attempts: int
    payload: Mapping[str, Json]
    document_id: str | None
    version: int | None
    created_at: datetime
    updated_at: datetime

    @property
    def done(self) -> bool:
        return self.state in DONE


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a job until the lease expires."""

    job: Job
    lease: str
    lease_s: float


def enqueue(
    session: Session,
    kind: JobKind,
    *,
    payload: Mapping[str, Json] | None = None,
    document_id: str | None = None,
    version: int | None = None,
) -> str:
    """Store a queued job in the caller's transaction; return its id, for `workers.queue.send` after the commit."""
    row = JobRow(
        id=new_id("job"),
        kind=kind,
        state="queued",
        stage="queued",
        progress=0.0,
        attempts=0,
        payload=dict(payload or {}),
        document_id=document_id,
        version=version,
        created_at=now(),
        updated_at=now(),
    )
    session.add(row)
    session.flush()
    return row.id


def get_job(session: Session, job_id: str) -> Job:
    """Return the job. Raises NotFound."""
    row = session.get(JobRow, job_id)
    if row is None:
        raise NotFound(f"There is no job {job_id!r}.")
    return _job(row)


def list_jobs(session: Session, *, kind: JobKind | None = None, state: str | None = None, limit: int = 50) -> list[Job]:
    """Return the newest `limit` jobs, newest first."""
    query = select(JobRow).order_by(JobRow.id.desc()).limit(limit)
    query = query.where(JobRow.kind == kind) if kind else query
    query = query.where(JobRow.state == state) if state else query
    return [_job(row) for row in session.scalars(query)]


def claim(db: Database, job_id: str, *, lease_s: float, max_attempts: int) -> Claim | None:
    """Take a job that nobody works on; None if it is done, deleted or held. Fails a job without attempts left."""
    lease = new_id("lease")
    with db.write() as session:
        row = session.get(JobRow, job_id, with_for_update=True)
        if row is None or row.state in DONE or _held(row):
            return None
        if row.attempts >= max_attempts:
            _give_up(session, row)
            return None
        row.state, row.lease, row.lease_until = "running", lease, now() + timedelta(seconds=lease_s)
        row.attempts += 1
        row.updated_at = now()
        return Claim(_job(row), lease, lease_s)


def renew(db: Database, claim: Claim, stage: str | None = None, progress: float | None = None) -> None:
    """Extend the lease and store the progress. Raises LostLease if another worker has the job, or it has ended."""
    values: dict[str, Json] = {"lease_until": now() + timedelta(seconds=claim.lease_s), "updated_at": now()}
    if stage is not None:
        values["stage"] = stage
    if progress is not None:
        values["progress"] = progress
    with db.write() as session:
        _under_lease(session, claim, values)


def finish(session: Session, claim: Claim, state: JobState = "succeeded", reason: str | None = None) -> None:
    """End the job in the caller's transaction, so that it commits together with its result. Raises LostLease."""
    values: dict[str, Json] = {
        "state": state,
        "reason": reason,
        "lease": None,
        "lease_until": None,
        "updated_at": now(),
    }
    if state == "succeeded":
        values |= {"stage": "done", "progress": 1.0}
    _under_lease(session, claim, values)


def release(db: Database, claim: Claim, reason: str) -> None:
    """Queue the job again for another attempt, with the reason why this one failed. Raises LostLease."""
    with db.write() as session:
        _under_lease(
            session,
            claim,
            {
                "state": "queued",
                "reason": reason,
                "lease": None,
                "lease_until": None,
                "sent_at": now(),
                "updated_at": now(),
            },
        )


def waiting(session: Session, kinds: Sequence[JobKind], *, unsent_for_s: float = 0.0, limit: int = 1) -> list[Job]:
    """Return jobs that nobody works on, oldest first, except those whose hint was sent in the last `unsent_for_s`."""
    late = now() - timedelta(seconds=unsent_for_s)
    future = now() + CLOCKS_DIFFER
    unsent = or_(JobRow.sent_at.is_(None), JobRow.sent_at <= late, JobRow.sent_at > future)
    expired = or_(JobRow.lease_until < now(), JobRow.updated_at > future)
    unheld = (JobRow.state == "queued") | ((JobRow.state == "running") & expired)
    query = select(JobRow).where(JobRow.kind.in_(kinds), unheld, unsent).order_by(JobRow.id).limit(limit)
    return [_job(row) for row in session.scalars(query)]


def unfinished(session: Session, document_id: str, version: int) -> str | None:
    """Return the id of the unfinished job that builds this version; None if there is none."""
    query = select(JobRow.id).where(JobRow.document_id == document_id, JobRow.version == version)
    return session.scalar(query.where(JobRow.state.not_in(DONE)).order_by(JobRow.id.desc()).limit(1))


def mark_sent(session: Session, job_ids: Sequence[str]) -> None:
    """Store that hints for these jobs were sent now."""
    session.execute(update(JobRow).where(JobRow.id.in_(job_ids)).values(sent_at=now()))


def cancel(session: Session, job_id: str) -> Job:
    """Cancel a job that has not ended; its worker notices at the next renewal. Raises NotFound, Conflict.

    The version that it builds is marked as failed, so that the same bytes can be uploaded again. A purge cannot be
    cancelled.
    """
    job = get_job(session, job_id)
    if job.kind == "purge":
        raise Conflict(f"Job {job_id} erases a document and cannot be cancelled.")
    if job.done:
        raise Conflict(f"Job {job_id} has {job.state} already.")
    session.execute(update(JobRow).where(JobRow.id == job_id).values(state="cancelled", lease=None, updated_at=now()))
    _fail_version(session, job.document_id, job.version, "The job was cancelled.")
    session.expire_all()
    return get_job(session, job_id)


def cancel_for_document(session: Session, document_id: str) -> None:
    """Cancel all jobs of a document that have not ended."""
    session.execute(
        update(JobRow)
        .where(JobRow.document_id == document_id, JobRow.state.not_in(DONE))
        .values(state="cancelled", lease=None, updated_at=now())
    )


def retry(session: Session, job_id: str) -> Job:
    """Queue a failed or cancelled job again, with its attempts reset. Raises NotFound, Conflict."""
    job = get_job(session, job_id)
    if job.state not in ("failed", "cancelled"):
        raise Conflict(f"Job {job_id} is {job.state}; only a failed or cancelled one can be retried.")
    session.execute(
        update(JobRow)
        .where(JobRow.id == job_id)
        .values(
            state="queued",
            stage="queued",
            progress=0.0,
            attempts=0,
            reason=None,
            sent_at=None,
            updated_at=now(),
        )
    )
    version = session.get(VersionRow, (job.document_id, job.version)) if job.version is not None else None
    if version is not None and version.state == "failed":
        version.state, version.reason = "queued", None
        session.flush()
    session.expire_all()
    return get_job(session, job_id)


def _give_up(session: Session, row: JobRow) -> None:
    """Fail a job that has no attempts left, and the version that it builds."""
    row.state, row.lease, row.updated_at = "failed", None, now()
    row.reason = row.reason or (
        f"The worker stopped {row.attempts} times in the stage {row.stage!r}. "
        "See the worker's log, or retry when the machine has more free memory."
    )
    _fail_version(session, row.document_id, row.version, row.reason)


def _fail_version(session: Session, document_id: str | None, number: int | None, reason: str) -> None:
    version = session.get(VersionRow, (document_id, number)) if number is not None else None
    if version is not None and version.state == "queued":
        version.state, version.reason = "failed", reason
        session.flush()


def _held(row: JobRow) -> bool:
    live = row.lease_until is not None and row.lease_until > now() and row.updated_at <= now() + CLOCKS_DIFFER
    return row.state == "running" and live


def _under_lease(session: Session, claim: Claim, values: Mapping[str, Json]) -> None:
    statement = update(JobRow).where(JobRow.id == claim.job.id, JobRow.lease == claim.lease).values(**values)
    result = session.execute(statement.execution_options(synchronize_session=False))
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise LostLease(f"This worker no longer has the lease of job {claim.job.id}.")


def _job(row: JobRow) -> Job:
    return Job(
        row.id,
        row.kind,
        row.state,
        row.stage,
        row.progress,
        row.reason,
        row.attempts,
        row.payload,
        row.document_id,
        row.version,
        row.created_at,
        row.updated_at,
    )
