"""Periodic work: send hints again, merge the index, delete old rows, scrub what is stored, schedule training.

Knows no Celery: `workers.tasks` calls each function on its schedule.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import structlog

from core.disk import database_check
from core.disk.scrub import scrub
from core.errors import VouchError
from core.log import where
from core.ports import Blobs, Embedder, JobQueue, LateEncoder
from core.settings import Settings
from core.store import conversations, jobs, journal, reread
from core.store.access import idempotency, sessions
from core.store.database import Database, Session
from core.store.learned import answer_cache
from service.run_job import INGEST_KINDS, LEARNING_KINDS
from service.train import queue_training_if_due

if TYPE_CHECKING:
    from retrieval.models.late import EncodeCursor

MAX_HINTS = 4
"""A hint makes a worker run all waiting jobs, so a few hints wake every worker."""

MAX_REREADS = 4
"""Documents that are queued at once to be read again."""

SCRUB_S = 5.0
"""Seconds of each minute in which stored files are read and compared, while any are due."""

log = structlog.get_logger()


def run_parts(db: Database, settings: Settings, parts: Mapping[str, Callable[[], object]]) -> None:
    """Run each part; one that fails costs one line in the log, and the others still run.

    If a part met a damaged database, that is stored for `/readyz` and the metrics.
    """
    for name, part in parts.items():
        try:
            part()
        except VouchError as error:
            log.warning("upkeep_failed", part=name, code=error.code, reason=error.message)
        except Exception as error:  # a part's boundary: a defect, and the next run tries again
            log.error("upkeep_failed", part=name, error=type(error).__name__, at=where(error))
        database_check.note_damage(db, settings.home)


def sweep(db: Database, settings: Settings, queue: JobQueue) -> int:
    """Send hints for jobs without a live lease, or begin to read old documents again; return how many were sent."""
    with db.read() as session:
        kinds = sorted((*INGEST_KINDS, *LEARNING_KINDS))
        waiting = jobs.waiting(session, kinds, unsent_for_s=settings.sweep_s, limit=MAX_HINTS)
    sent = [job.id for job in waiting if queue.send([job.id], job.kind)]
    if sent:
        with db.write() as session:
            jobs.mark_sent(session, sent)
        log.info("swept", jobs=len(sent))
    read_again(db, queue)
    return len(sent)


def encode_ahead(db: Database, late: LateEncoder | None, encoded: EncodeCursor, seconds: float) -> int:
    """Encode published passages token by token until a job waits, all are done or the time is up; return how many.

    A passage that is not encoded yet is found all the same, but its rank is coarser until then.
    """
    from retrieval.models.late import encode_rest

    if late is None:
        return 0
    done, until = 0, time.monotonic() + seconds
    for count in encode_rest(db, late, encoded):
        done += count
        with db.read() as session:
            if jobs.waiting(session, sorted(INGEST_KINDS)) or time.monotonic() > until:
                break
    if done:
        log.info("encoded_ahead", passages=done)
    return done


def merge_index(db: Database, serving: Settings, embedder: Embedder) -> None:
    """Merge the recent changes into the index that `serving` names, if there are enough of them."""
    from retrieval.lifecycle.publish import merge_if_due

    if merge_if_due(db, serving, embedder.name, embedder.dimension):
        log.info("index_merged")


def read_again(db: Database, queue: JobQueue) -> int:
    """Queue some documents that an older reader read, if no job waits; return how many.

    Each round of jobs ends with a call, so all are read in turn, and new uploads never wait for more than one round.
    """
    with db.write() as session:
        if jobs.waiting(session, sorted(INGEST_KINDS)):
            return 0
        queued = reread.queue_rereads(session, MAX_REREADS)
    if queued:
        queue.send(queued, "ingest")
        log.info("read_again", jobs=len(queued))
    return len(queued)


def delete_old(db: Database, settings: Settings) -> None:
    """Delete answers, conversations and replies to repeated requests that are older than the settings say.

    Each in a transaction of its own: a failure is logged and does not stop the others.
    """

    def deleting(name: str, delete: Callable[[Session], object]) -> Callable[[], None]:
        def run() -> None:
            with db.write() as session:
                count = delete(session)
            if count:
                log.info(name, count=count)

        return run

    run_parts(
        db,
        settings,
        {
            "answers": deleting(
                "answers_forgotten", lambda session: journal.delete_old_answers(session, settings.keep_answers_days)
            ),
            "cached_answers": deleting(
                "cached_answers_deleted",
                lambda session: answer_cache.delete_old(session, settings.remember_recent_min),
            ),
            "conversations": deleting(
                "conversations_ended",
                lambda session: conversations.delete_expired(session, settings.keep_conversations_days),
            ),
            "replies": deleting("replies_deleted", idempotency.delete_expired),
            "sessions": deleting("sessions_ended", sessions.delete_ended),
            "journal": db.empty_journal,
        },
    )


def scrub_blobs(db: Database, blobs: Blobs) -> None:
    """Compare the stored files that are due with their keys, for some seconds."""
    scrub(db, blobs, SCRUB_S)


def schedule_training(db: Database, settings: Settings, queue: JobQueue) -> str | None:
    """Queue a fine-tuning if one is due and send its hint; return the job's id, None if none is due."""
    job_id = queue_training_if_due(db, settings)
    if job_id is not None:
        queue.send([job_id], "train")
    return job_id
