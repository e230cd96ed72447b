"""Start a Celery worker in this process: what `vouch worker` calls."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from pathlib import Path

from celery.exceptions import SecurityWarning
from celery.signals import beat_embedded_init

from core.disk.home import open_home
from core.log import configure
from core.processes import end_with_parent
from core.settings import Settings
from workers.queue import INGEST_QUEUE, LEARNING_QUEUE, make_celery
from workers.tasks import register

NAMES = {"ingest": INGEST_QUEUE, "learning": LEARNING_QUEUE}


def run_worker(settings: Settings, queues: Sequence[str], *, concurrency: int = 1, beat: bool = False) -> None:
    """Run the jobs of the named queues until the process is stopped; with `beat` also send the periodic tasks."""
    configure(settings.log_level)
    open_home(settings.home)
    # Celery warns a worker that runs as root about pickled messages. Ours are JSON, and nothing else is accepted.
    warnings.filterwarnings("ignore", category=SecurityWarning)
    app = register(make_celery(settings), settings, warm="ingest" in queues)
    names = ",".join(NAMES[queue] for queue in queues)
    argv = ["worker", "--pool=prefork", f"--concurrency={concurrency}", f"--queues={names}", "--loglevel=WARNING"]
    argv += [f"--hostname={'-'.join(queues)}@%h", "--without-gossip", "--without-mingle"]
    if beat:
        worker = os.getpid()
        beat_embedded_init.connect(lambda **_: end_with_parent(worker), weak=False)
        argv += ["--beat", f"--schedule={_schedule_file(settings.home)}"]
    app.worker_main(["--quiet", *argv])


def _schedule_file(home: Path) -> Path:
    return home / "schedule"
