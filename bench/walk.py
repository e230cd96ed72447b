"""Shows which files a request runs through: python -m bench.walk [--lines 2]

Opens the service on an empty home with the default models, uploads a short manual over HTTP, lets a worker build it,
asks a question and approves a thumb for its answer. For each of these it prints the product's files in the order in
which the request first ran them, with how many of their lines it ran: what `docs/architecture.md` says is checked
against this. Answers are quotes: a phrased one also runs `generation/phrasing` and `generation/models`.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

from celery import Celery
from starlette.testclient import TestClient

from api.app import create_app
from core.settings import TREE, Settings, load_settings
from service.compose import Services, open_services
from service.keys import first_run_key
from workers.queue import INGEST_QUEUE, RUN_TASKS, CeleryQueue, make_celery
from workers.tasks import register

PACKAGES = ("core", "ingest", "retrieval", "generation", "learning", "service", "workers", "api")
MANUAL = b"""# Router

## Reset

To reset the router, hold the button for ten seconds. The lamp turns red.

## Lamps

A green lamp means that the line is ready.
"""
OTHER = b"# Kettle\n\nThe kettle holds two litres.\n"
WORKERS: list[Celery] = []
"""Kept until the process ends, and with it the parser's process of each."""


@dataclass(slots=True)
class Walk:
    """What ran: the lines of each file, and the files in the order in which they were entered, again and again."""

    lines: dict[str, set[int]] = field(default_factory=dict)
    entered: list[str] = field(default_factory=list)

    def passes(self, files: Iterable[str]) -> str | None:
        """Return the first of these files that did not run after those before it; None when all did, in this order."""
        rest = iter(self.entered)
        return next((file for file in files if file not in rest), None)


class Recorder:
    """Notes the lines of the product that run in any thread while it is switched on."""

    def __init__(self) -> None:
        self._walk: Walk | None = None
        self._prefixes = tuple(f"{TREE / package}/" for package in PACKAGES)

    @contextmanager
    def walk(self) -> Iterator[Walk]:
        """Record what runs in the block."""
        walk = self._walk = Walk()
        sys.settrace(self.trace)
        threading.settrace(self.trace)
        try:
            yield walk
        finally:
            self._walk = None

    def trace(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any] | None:
        """Be the trace function of a thread (`sys.settrace`)."""
        file = frame.f_code.co_filename
        return self._line if file.startswith(self._prefixes) else None

    def _line(self, frame: FrameType, event: str, _: Any) -> Callable[..., Any]:
        if self._walk is not None and event == "line":
            file = str(Path(frame.f_code.co_filename).relative_to(TREE))
            self._walk.lines.setdefault(file, set()).add(frame.f_lineno)
            if self._walk.entered[-1:] != [file]:
                self._walk.entered.append(file)
        return self._line


def record_walks(settings: Settings) -> dict[str, Walk]:
    """Return the walks of an upload, a question and a thumb through the service that the settings describe."""
    recorder = Recorder()
    threading.settrace(recorder.trace)
    sys.settrace(recorder.trace)
    try:
        services = open_services(settings, CeleryQueue(settings))
        key = first_run_key(services.db, settings.home)
        assert key is not None
        headers = {"Authorization": f"Bearer {key.read_text().strip()}"}
        with TestClient(create_app(services=services), headers=headers) as client:
            return _walks(recorder, settings, services, client)
    finally:
        sys.settrace(None)
        threading.settrace(None)


def _walks(recorder: Recorder, settings: Settings, services: Services, client: TestClient) -> dict[str, Walk]:
    services.redactor.get(120)
    services.engine.get(120)
    worker = register(make_celery(settings), settings)
    WORKERS.append(worker)
    run_ingest = worker.tasks[RUN_TASKS[INGEST_QUEUE]]

    def put(name: str, data: bytes) -> None:
        run_ingest(client.post("/v1/documents", files={"file": (name, data)}).json()["job_id"])

    put("kettle.md", OTHER)  # the first one loads the worker's models
    with recorder.walk() as upload:
        put("router.md", MANUAL)
    client.post("/v1/answers", json={"question": "What does a green lamp mean?"})  # the first one loads what is left
    with recorder.walk() as question:
        answer = client.post("/v1/answers", json={"question": "How do I reset the router?"}).json()
    with recorder.walk() as thumb:
        feedback = client.post(f"/v1/answers/{answer['id']}/feedback", json={"rating": "up"}).json()
        client.post(f"/v1/feedback/{feedback['id']}:approve")
    services.close()
    return {"upload": upload, "question": question, "thumb": thumb}


def main() -> None:
    """Print the walks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lines", type=int, default=2, help="Show files of which at least this many lines ran.")
    args = parser.parse_args()
    with TemporaryDirectory() as home:
        for name, walk in record_walks(load_settings(home=Path(home))).items():
            shown = {file: len(lines) for file, lines in walk.lines.items() if len(lines) >= args.lines}
            print(f"{name}: {len(shown)} files")
            for file, count in shown.items():
                print(f"{count:6} {file}")


if __name__ == "__main__":
    main()
