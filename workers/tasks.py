"""The Celery tasks: each calls plain functions of `service` and holds no logic of its own."""

from __future__ import annotations

import threading

import structlog
from celery import Celery
from celery.signals import worker_process_init

from core.disk import database_check
from core.reloadable import Reloadable
from core.settings import Settings
from core.types import JobKind
from service import upkeep
from service.run_job import Handlers, drain, perform
from workers.context import WorkerContext
from workers.queue import INGEST_QUEUE, LEARNING_QUEUE, RUN_TASKS, SCHEDULE_TRAINING, SWEEP, UPKEEP, CeleryQueue

ENCODE_AHEAD_S = 20.0
"""Seconds that a worker encodes passages when no job waits, before it takes other tasks."""
ENCODE_AHEAD_SHARE = 0.8
"""Share of the time between two sweeps in which a worker encodes passages."""

log = structlog.get_logger()


def register(app: Celery, settings: Settings, *, warm: bool = False) -> Celery:
    """Add Vouch's tasks to the application and return it; with `warm` each process loads the models when it starts."""
    queue = CeleryQueue(settings)
    worker = Reloadable.once("worker", lambda: WorkerContext(settings), background=False)
    if warm:
        worker_process_init.connect(lambda **_: _warm_up_in_background(worker), weak=False)

    def run_jobs(context: WorkerContext, handlers: Handlers, job_id: str, kind: JobKind) -> None:
        perform(context.db, settings, handlers, job_id)
        if not drain(context.db, settings, handlers):
            queue.send([job_id], kind)

    def run_ingest_jobs(context: WorkerContext, job_id: str) -> None:
        run_jobs(context, context.ingest_handlers(), job_id, "ingest")
        upkeep.read_again(context.db, queue)

    @app.task(name=RUN_TASKS[INGEST_QUEUE], shared=False)
    def run_ingest(job_id: str) -> None:
        context = worker.get()
        parts = {
            "jobs": lambda: run_ingest_jobs(context, job_id),
            "encode_ahead": lambda: encode_ahead(context, ENCODE_AHEAD_S),
        }
        upkeep.run_parts(context.db, settings, parts)

    @app.task(name=RUN_TASKS[LEARNING_QUEUE], shared=False)
    def run_learning(job_id: str) -> None:
        context = worker.get()
        parts = {"jobs": lambda: run_jobs(context, context.learning_handlers(), job_id, "train")}
        upkeep.run_parts(context.db, settings, parts)

    @app.task(name=SWEEP, shared=False)
    def sweep() -> None:
        context = worker.get()
        parts = {
            "sweep": lambda: upkeep.sweep(context.db, settings, queue),
            "encode_ahead": lambda: encode_ahead(context, settings.sweep_s * ENCODE_AHEAD_SHARE),
        }
        upkeep.run_parts(context.db, settings, parts)

    @app.task(name=UPKEEP, shared=False)
    def run_upkeep() -> None:
        context = worker.get()
        parts = {
            "merge_index": lambda: upkeep.merge_index(context.db, context.serving, context.embedder),
            "delete_old": lambda: upkeep.delete_old(context.db, settings),
            "database_check": lambda: database_check.check_if_due(context.db, settings.home),
            "scrub": lambda: upkeep.scrub_blobs(context.db, context.blobs),
        }
        upkeep.run_parts(context.db, settings, parts)

    @app.task(name=SCHEDULE_TRAINING, shared=False)
    def schedule_training() -> None:
        context = worker.get()
        upkeep.run_parts(
            context.db, settings, {"training": lambda: upkeep.schedule_training(context.db, settings, queue)}
        )

    return app


def encode_ahead(context: WorkerContext, seconds: float) -> int:
    """Encode passages for some seconds; return how many."""
    return upkeep.encode_ahead(context.db, context.late, context.encoded, seconds)


def _warm_up_in_background(worker: Reloadable[None, WorkerContext]) -> None:
    """Load the models in a thread: Celery gives a new process four seconds to report that it is up."""

    def warm_up() -> None:
        try:
            worker.get().warm_up()
        except Exception as error:  # the first job raises the same error, and its row stores the reason
            log.warning("not_warmed_up", error=type(error).__name__)
        # The parser's process ends with the thread that started it, so this thread never ends.
        threading.Event().wait()

    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
