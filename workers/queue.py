"""The queue: Celery's configuration, the names of queues and tasks, and how a hint is sent after a commit.

A hint says that there is work; which work, and whether it is done, is in the job rows. So a lost hint costs the wait
for the next sweep, and a repeated one costs nothing. The API imports only this module of `workers`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

import structlog
from celery import Celery
from kombu import Queue
from kombu.exceptions import KombuError

from core.errors import unknown_scheme
from core.reloadable import Reloadable
from core.settings import Settings
from core.types import JobKind
from service.run_job import INGEST_KINDS, LEARNING_KINDS

INGEST_QUEUE, LEARNING_QUEUE = "vouch.ingest", "vouch.learning"
QUEUES: dict[JobKind, str] = dict.fromkeys(INGEST_KINDS, INGEST_QUEUE) | dict.fromkeys(LEARNING_KINDS, LEARNING_QUEUE)
RUN_TASKS = {INGEST_QUEUE: "vouch.run_ingest", LEARNING_QUEUE: "vouch.run_learning"}
SWEEP, UPKEEP, SCHEDULE_TRAINING = "vouch.sweep", "vouch.upkeep", "vouch.schedule_training"

log = structlog.get_logger()


def make_celery(settings: Settings) -> Celery:
    """Make the Celery application for `settings.broker_url`. Raises SettingsError for an unknown scheme."""
    url, options = _transport(settings.broker_url)
    careful = {"filesystem": "workers.file_broker:Transport", "redis": "workers.redis_broker:Transport"}
    app = Celery("vouch", broker=url, set_as_current=False)
    app.conf.update(
        broker_transport=careful.get(urlsplit(url).scheme.replace("rediss", "redis")),
        broker_transport_options=options,
        worker_consumer="workers.unreadable:CarefulConsumer",
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=3,
        task_ignore_result=True,
        task_serializer="json",
        accept_content=["json"],
        task_default_queue=INGEST_QUEUE,
        task_queues=[Queue(INGEST_QUEUE), Queue(LEARNING_QUEUE)],
        task_acks_late=False,  # the job row survives the worker; the message need not
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_send_task_events=False,
        worker_max_memory_per_child=3_000_000,
        beat_schedule=_schedule(settings),
    )
    return app


class CeleryQueue:
    """Sends hints for committed jobs through Celery to the broker of the settings. Implements `core.ports.JobQueue`."""

    def __init__(self, settings: Settings) -> None:
        self._celery = Reloadable.once("queue", lambda: make_celery(settings), background=False)

    def send(self, job_ids: Sequence[str], kind: JobKind) -> bool:
        """Send a hint for each job; return False when the broker is down: the next sweep sends them."""
        app = self._celery.get()
        try:
            for job_id in job_ids:
                app.send_task(RUN_TASKS[QUEUES[kind]], args=[job_id], queue=QUEUES[kind], retry=False)
        except (KombuError, OSError, ConnectionError) as error:
            log.warning("hint_not_sent", jobs=len(job_ids), reason=type(error).__name__)
            return False
        return True

    def problem(self) -> str | None:
        """Return None when the broker answers, else the error."""
        try:
            with self._celery.get().connection_for_write(connect_timeout=2) as connection:
                connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=3)
        except (KombuError, OSError, ConnectionError) as error:
            return f"{type(error).__name__}: {error}"
        return None


def _transport(url: str) -> tuple[str, dict[str, object]]:
    parts = urlsplit(url)
    if parts.scheme == "filesystem":
        return "filesystem://localhost//", _folders(Path(parts.netloc + parts.path))
    if parts.scheme in ("redis", "rediss"):
        timeouts = {"socket_connect_timeout": 3, "socket_timeout": 30, "health_check_interval": 25}
        return url, {"visibility_timeout": 86_400, **timeouts}
    if parts.scheme in ("amqp", "amqps"):
        return url, {"max_retries": 1, "interval_start": 0, "interval_step": 0.2}
    raise unknown_scheme("VOUCH_BROKER_URL", url, ("filesystem", "redis", "rediss", "amqp", "amqps"))


def _folders(root: Path) -> dict[str, object]:
    for name in ("messages", "control"):
        (root / name).mkdir(parents=True, exist_ok=True)
    messages = str(root / "messages")
    return {
        "data_folder_in": messages,
        "data_folder_out": messages,
        "control_folder": str(root / "control"),
        "polling_interval": 0.2,
    }


def _schedule(settings: Settings) -> dict[str, dict[str, object]]:
    def every(task: str, seconds: float, queue: str) -> dict[str, object]:
        return {"task": task, "schedule": seconds, "options": {"queue": queue, "expires": seconds}}

    schedule = {
        "sweep": every(SWEEP, settings.sweep_s, INGEST_QUEUE),
        "upkeep": every(UPKEEP, 60.0, INGEST_QUEUE),
    }
    if settings.train_every_h > 0:
        schedule["training"] = every(SCHEDULE_TRAINING, settings.train_every_h * 3600, LEARNING_QUEUE)
    return schedule
