"""The Celery tasks: each is woken by a hint, calls one plain function, and has nothing to say of its own."""

from __future__ import annotations

from functools import cached_property

from celery import Celery

from core.settings import Settings
from workers import upkeep
from workers.perform import drain, perform
from workers.queue import INGEST_QUEUE, LEARNING_QUEUE, RUN_TASKS, SCHEDULE_TRAINING, SWEEP, UPKEEP, send
from workers.station import Station


class _Lazy:
    """Makes the station at a task's first call, in the process that runs it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def station(self) -> Station:
        return Station(self._settings)


def register(app: Celery, settings: Settings) -> Celery:
    """Add Vouch's tasks to the application and return it."""
    lazy = _Lazy(settings)

    @app.task(name=RUN_TASKS[INGEST_QUEUE])
    def run_ingest(job_id: str) -> None:
        station = lazy.station
        perform(station.db, settings, station.ingest_doers(), job_id)
        if not drain(station.db, settings, station.ingest_doers()):
            send(settings, [job_id], "ingest")

    @app.task(name=RUN_TASKS[LEARNING_QUEUE])
    def run_learning(job_id: str) -> None:
        station = lazy.station
        perform(station.db, settings, station.learning_doers(), job_id)
        if not drain(station.db, settings, station.learning_doers()):
            send(settings, [job_id], "train")

    @app.task(name=SWEEP)
    def sweep() -> None:
        upkeep.sweep(lazy.station.db, settings)

    @app.task(name=UPKEEP)
    def keep_up() -> None:
        upkeep.keep_up(lazy.station)

    @app.task(name=SCHEDULE_TRAINING)
    def schedule_training() -> None:
        upkeep.schedule_training(lazy.station.db, settings)

    return app
