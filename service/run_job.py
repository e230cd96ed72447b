"""Claim a job, renew its lease, run it, and store how it ended: the boundary around all background work.

`handlers` are the functions that do the jobs of each kind; they are in `service.build_document`, `service.forget` and
`service.train`.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import structlog

from core.errors import Cancelled, LostLease, Unavailable, VouchError
from core.log import where
from core.ports import Progress
from core.settings import Settings
from core.store import documents, jobs, reread
from core.store.database import Database
from core.store.jobs import Claim
from core.types import JobKind

Handlers = Mapping[JobKind, Callable[[Claim], None]]
MAX_IN_ONE_TASK = 50
REPORT_EVERY_S = 0.3
INGEST_KINDS: tuple[JobKind, ...] = ("ingest", "purge")
LEARNING_KINDS: tuple[JobKind, ...] = ("train",)

log = structlog.get_logger()


def perform(db: Database, settings: Settings, handlers: Handlers, job_id: str) -> None:
    """Run a job unless another worker has it. Its result, good or bad, is stored in its row; nothing is raised."""
    claim = jobs.claim(db, job_id, lease_s=settings.lease_s, max_attempts=settings.max_attempts)
    if claim is None:
        return
    log.info("job_started", job=job_id, kind=claim.job.kind, attempt=claim.job.attempts)
    try:
        with _heartbeat(db, claim):
            handlers[claim.job.kind](claim)
    except LostLease:
        log.warning("job_lost", job=job_id)
    except Exception as error:
        _store_failure(db, settings, claim, error)
    else:
        log.info("job_done", job=job_id, kind=claim.job.kind)


def drain(db: Database, settings: Settings, handlers: Handlers) -> bool:
    """Run the waiting jobs, oldest first, until there are none; return False when more may be left.

    A job that was just released is left for the next sweep: what was down may be up again by then.
    """
    for _ in range(MAX_IN_ONE_TASK):
        with db.read() as session:
            waiting = jobs.waiting(session, sorted(handlers), unsent_for_s=settings.sweep_s)
        if not waiting:
            return True
        perform(db, settings, handlers, waiting[0].id)
    return False


def report_to(db: Database, claim: Claim) -> Progress:
    """Return a Progress that renews the lease; it raises LostLease when the lease is lost.

    Each renewal is a write to the database, so a report less than REPORT_EVERY_S seconds after the last is dropped.
    """
    last = -math.inf

    def progress(stage: str, share: float) -> None:
        nonlocal last
        if time.monotonic() - last >= REPORT_EVERY_S:
            jobs.renew(db, claim, stage, share)
            last = time.monotonic()

    return progress


def _store_failure(db: Database, settings: Settings, claim: Claim, error: Exception) -> None:
    frames = where(error) if _is_defect(error) else None
    log.warning("job_failed", job=claim.job.id, kind=claim.job.kind, error=type(error).__name__, frames=frames)
    try:
        if _is_retryable(error) and claim.job.attempts < settings.max_attempts:
            jobs.release(db, claim, _reason(error))
            return
        with db.write() as session:
            jobs.finish(session, claim, "cancelled" if isinstance(error, Cancelled) else "failed", _reason(error))
            if claim.job.kind == "ingest" and claim.job.document_id and claim.job.version:
                documents.fail_version(session, claim.job.document_id, claim.job.version, _reason(error))
                reread.note_failure(session, claim.job.document_id, claim.job.version, _reason(error))
    except VouchError as second:  # the database itself is down, or the lease is lost: the sweep finds the job again
        log.warning("job_end_not_stored", job=claim.job.id, error=second.code)


def _is_retryable(error: Exception) -> bool:
    return isinstance(error, Unavailable) or _is_defect(error)


def _is_defect(error: Exception) -> bool:
    return not isinstance(error, VouchError)


def _reason(error: Exception) -> str:
    if isinstance(error, VouchError):
        return str(error)
    return f"An unexpected {type(error).__name__} stopped this job; the worker's log shows where."


@contextmanager
def _heartbeat(db: Database, claim: Claim) -> Iterator[None]:
    """Renew the lease from a thread while the block runs, so that a long step does not lose it."""
    done = threading.Event()

    def beat() -> None:
        while not done.wait(claim.lease_s / 3):
            try:
                jobs.renew(db, claim)
            except LostLease:
                return  # the working thread notices at its next report
            except VouchError as error:
                log.warning("lease_not_renewed", job=claim.job.id, error=error.code)

    thread = threading.Thread(target=beat, name=f"lease-{claim.job.id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join(timeout=5)
