"""What is done by the clock: send again what nobody works on, merge the index, let old answers go, plan training."""

from __future__ import annotations

import time

import structlog

from core.settings import Settings
from core.store import conversations, idempotency, jobs, journal
from core.store.database import Database
from core.store.learned import answer_cache
from workers.context import Station
from workers.queue import INGEST_QUEUE, QUEUES, send

INGEST_KINDS = [kind for kind, queue in QUEUES.items() if queue == INGEST_QUEUE]
MOST_HINTS = 4
"""A hint makes a worker drain the whole queue, so a few wake all that there are."""

log = structlog.get_logger()


def sweep(db: Database, settings: Settings) -> int:
    """Send hints for jobs without a live lease; return how many were sent."""
    with db.read() as session:
        waiting = jobs.waiting(session, sorted(QUEUES), unsent_for_s=settings.sweep_s, limit=MOST_HINTS)
    sent = [job.id for job in waiting if send(settings, [job.id], job.kind)]
    if sent:
        with db.write() as session:
            jobs.mark_sent(session, sent)
        log.info("swept", jobs=len(sent))
    return len(sent)


def read_ahead(station: Station, seconds: float) -> int:
    """Read published passages token by token until a job waits, all are read or the time is up; return how many.

    A passage that was not read yet is found all the same; only its rank is coarser until then.
    """
    from retrieval.models.late import read_rest

    if station.late is None:
        return 0
    done, until = 0, time.monotonic() + seconds
    for read in read_rest(station.db, station.late, station.reached):
        done += read
        with station.db.read() as session:
            if jobs.waiting(session, INGEST_KINDS) or time.monotonic() > until:
                break
    if done:
        log.info("read_ahead", passages=done)
    return done


def keep_up(station: Station) -> None:
    """Merge the index's fresh part when it has grown, and delete answers and conversations older than the retention."""
    from retrieval.lifecycle.publish import merge_if_due

    serving, embedder = station.standing
    if merge_if_due(station.db, serving, embedder.name, embedder.dimension):
        log.info("index_merged")
    with station.db.write() as session:
        forgotten = journal.delete_old_answers(session, station.settings.keep_answers_days)
        answer_cache.delete_old(session, station.settings.remember_recent_min)
        ended = conversations.delete_expired(session, station.settings.keep_conversations_days)
        idempotency.delete_expired(session)
    if ended:
        log.info("conversations_ended", conversations=ended)
    if forgotten:
        log.info("answers_forgotten", answers=forgotten)


def schedule_training(db: Database, settings: Settings) -> str | None:
    """Queue a fine-tuning when enough new feedback was approved; return its job."""
    from service.train import schedule_training as plan

    job_id = plan(db, settings)
    if job_id is not None:
        send(settings, [job_id], "train")
    return job_id
