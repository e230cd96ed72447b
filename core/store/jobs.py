"""Jobs: the row is the truth, a queue message is a hint.

A worker claims a job by compare-and-set with a lease, renews it while it works, and finishes it under the
same lease. A sweep re-sends what has no live lease. Losing the lease means that all later writes are refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, or_, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, LostLease, NotFound
from core.ids import new_id
from core.store.database import Database
from core.store.tables import JobRow, VersionRow
from core.types import JobKind, JobState, Json

DONE = ("succeeded", "failed", "cancelled")


@dataclass(frozen=True, slots=True)
class Job:
    """A piece of background work as anyone may see it."""

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
    """The right to work on a job until the lease runs out."""

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
    """Write a queued job in the caller's transaction; `workers.queue.send` its id once that committed."""
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
    """List jobs, newest first."""
    query = select(JobRow).order_by(JobRow.id.desc()).limit(limit)
    query = query.where(JobRow.kind == kind) if kind else query
    query = query.where(JobRow.state == state) if state else query
    return [_job(row) for row in session.scalars(query)]


def claim(db: Database, job_id: str, *, lease_s: float, max_attempts: int) -> Claim | None:
    """Take a job that nobody works on; None when it is done, gone or held. A job out of attempts is failed here."""
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
    """Extend the lease and report progress. Raises LostLease when the job is another's, done or cancelled."""
    values: dict[str, Json] = {"lease_until": now() + timedelta(seconds=claim.lease_s), "updated_at": now()}
    if stage is not None:
        values["stage"] = stage
    if progress is not None:
        values["progress"] = progress
    with db.write() as session:
        _under_lease(session, claim, values)


def finish(session: Session, claim: Claim, state: JobState = "succeeded", reason: str | None = None) -> None:
    """End the job in the caller's transaction, so that its result and its end commit together. Raises LostLease."""
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
    """Give the job back for another attempt, with what went wrong in this one."""
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
    """Return jobs that nobody works on, oldest first; those whose hint is younger than `unsent_for_s` are left out."""
    late = now() - timedelta(seconds=unsent_for_s)
    unsent = or_(JobRow.sent_at.is_(None), JobRow.sent_at <= late)
    unheld = (JobRow.state == "queued") | ((JobRow.state == "running") & (JobRow.lease_until < now()))
    query = select(JobRow).where(JobRow.kind.in_(kinds), unheld, unsent).order_by(JobRow.id).limit(limit)
    return [_job(row) for row in session.scalars(query)]


def unfinished(session: Session, document_id: str, version: int) -> str | None:
    """Return the job that still has to build this version, or None."""
    query = select(JobRow.id).where(JobRow.document_id == document_id, JobRow.version == version)
    return session.scalar(query.where(JobRow.state.not_in(DONE)).order_by(JobRow.id.desc()).limit(1))


def mark_sent(session: Session, job_ids: Sequence[str]) -> None:
    """Note when hints for these jobs were last sent."""
    session.execute(update(JobRow).where(JobRow.id.in_(job_ids)).values(sent_at=now()))


def cancel(session: Session, job_id: str) -> Job:
    """Stop a job before or while it runs; its worker notices at the next renewal. Raises NotFound, Conflict.

    The version that it was to build has failed then, so that the same bytes can be sent again. An erasure goes on.
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
    """Cancel whatever still runs for a document."""
    session.execute(
        update(JobRow)
        .where(JobRow.document_id == document_id, JobRow.state.not_in(DONE))
        .values(state="cancelled", lease=None, updated_at=now())
    )


def retry(session: Session, job_id: str) -> Job:
    """Queue a failed or cancelled job again, with all its attempts. Raises NotFound, Conflict."""
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
    """Fail a job whose workers died on it, and the version that it was to build."""
    row.state, row.lease, row.updated_at = "failed", None, now()
    row.reason = row.reason or (
        f"The worker stopped {row.attempts} times in the stage {row.stage!r}. "
        "Retry it when the machine has enough memory, or look into the worker's log."
    )
    _fail_version(session, row.document_id, row.version, row.reason)


def _fail_version(session: Session, document_id: str | None, number: int | None, reason: str) -> None:
    version = session.get(VersionRow, (document_id, number)) if number is not None else None
    if version is not None and version.state == "queued":
        version.state, version.reason = "failed", reason
        session.flush()


def _held(row: JobRow) -> bool:
    return row.state == "running" and row.lease_until is not None and row.lease_until > now()


def _under_lease(session: Session, claim: Claim, values: Mapping[str, Json]) -> None:
    statement = update(JobRow).where(JobRow.id == claim.job.id, JobRow.lease == claim.lease).values(**values)
    result = session.execute(statement.execution_options(synchronize_session=False))
    if not isinstance(result, CursorResult) or result.rowcount != 1:
        raise LostLease(f"Job {claim.job.id} is no longer this worker's.")


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
