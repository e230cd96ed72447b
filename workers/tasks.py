"""The Celery tasks: each is woken by a hint, calls one plain function, and has nothing to say of its own."""

from __future__ import annotations

import threading
from functools import cached_property

import structlog
from celery import Celery
from celery.signals import worker_process_init

from core.settings import Settings
from service import upkeep
from service.run_job import drain, perform
from workers.context import Station
from workers.queue import INGEST_QUEUE, LEARNING_QUEUE, RUN_TASKS, SCHEDULE_TRAINING, SWEEP, UPKEEP, send

READ_AHEAD_S = 20.0
"""Seconds that a worker goes on reading passages when no job waits, before other tasks have their turn."""
READ_AHEAD_SHARE = 0.8
"""Share of the time between two sweeps that is spent on passages which are not read yet."""

log = structlog.get_logger()


class _Lazy:
    """Makes the station at a task's first call, in the process that runs it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def station(self) -> Station:
        return Station(self._settings)


def register(app: Celery, settings: Settings, *, warm: bool = False) -> Celery:
    """Add Vouch's tasks to the application and return it; `warm` loads the models when a process begins."""
    lazy = _Lazy(settings)
    if warm:
        worker_process_init.connect(lambda **_: _warm_up_beside(lazy), weak=False)

    @app.task(name=RUN_TASKS[INGEST_QUEUE])
    def run_ingest(job_id: str) -> None:
        station = lazy.station
        perform(station.db, settings, station.ingest_doers(), job_id)
        if not drain(station.db, settings, station.ingest_doers()):
            send(settings, [job_id], "ingest")
        upkeep.read_ahead(station, READ_AHEAD_S)

    @app.task(name=RUN_TASKS[LEARNING_QUEUE])
    def run_learning(job_id: str) -> None:
        station = lazy.station
        perform(station.db, settings, station.learning_doers(), job_id)
        if not drain(station.db, settings, station.learning_doers()):
            send(settings, [job_id], "train")

    @app.task(name=SWEEP)
    def sweep() -> None:
        upkeep.sweep(lazy.station.db, settings)
        upkeep.read_ahead(lazy.station, settings.sweep_s * READ_AHEAD_SHARE)

    @app.task(name=UPKEEP)
    def keep_up() -> None:
        upkeep.keep_up(lazy.station)

    @app.task(name=SCHEDULE_TRAINING)
    def schedule_training() -> None:
        upkeep.schedule_training(lazy.station.db, settings)

    return app


def _warm_up_beside(lazy: _Lazy) -> None:
    """Load the models in a thread: Celery gives a new process four seconds to say that it is up."""

    def warm_up() -> None:
        try:
            lazy.station.warm_up()
        except Exception as error:  # the first job meets the same error and writes it down for people
            log.warning("not_warmed_up", error=type(error).__name__)
        # The parser's process ends with the thread that started it, so this one stays.
        threading.Event().wait()

    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
