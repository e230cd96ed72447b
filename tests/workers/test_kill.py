"""A worker is killed with SIGKILL in every stage of its work; afterwards every document is there exactly once."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest

from core.blobs import open_blobs
from core.settings import Settings, load_settings
from core.store import jobs, passages, reading, uploads
from core.store.database import Database, migrate
from core.types import OPERATOR
from service.compose import open_store
from tests.servers import descendants, runs, wait_for
from workers.queue import CeleryQueue, make_celery

STAGES = ("parse", "redact", "chunk", "embed", "publish")
QUICK = {"VOUCH_SWEEP_S": "1", "OMP_NUM_THREADS": "1"}
ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.weights, pytest.mark.timeout(300)]


@pytest.fixture(params=["filesystem", "redis", "rabbitmq"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    """The settings of a home whose broker is one of the three, with leases short enough to wait for."""
    env = {
        "VOUCH_HOME": str(tmp_path / "home"),
        "VOUCH_LEASE_S": "1.5",
        "VOUCH_SWEEP_S": "1",
        "VOUCH_MAX_ATTEMPTS": "9",
    }
    if request.param != "filesystem":
        env["VOUCH_BROKER_URL"] = request.getfixturevalue(f"{request.param}_url")
    return env


def upload(settings: Settings, db: Database, count: int) -> list[str]:
    blobs = open_blobs(settings.blobs_url)
    job_ids = []
    for number in range(count):
        text = f"# Pump {number}\n\nThe pump number {number} is started with the green lever.\n".encode()
        given = uploads.Upload("manuals", f"pump-{number}.md", "text/markdown", len(text), blobs.put(text))
        with db.write() as session:
            job_ids.append(uploads.register_upload(session, given, OPERATOR).job_id or "")
    return job_ids


@contextmanager
def worker(environment: dict[str, str], log: Path, **extra: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a worker in its own session; kill its whole process group at the end."""
    command = [sys.executable, "-m", "tests.workers.stalling_worker"]
    with log.open("ab") as stream:
        env = os.environ | environment | extra
        process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True, stderr=stream, stdout=stream)
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def test_documents_survive_a_worker_that_is_killed_in_each_stage(environment: dict[str, str], tmp_path: Path) -> None:
    settings = load_settings(environment)
    settings.home.mkdir()
    db, log = Database(settings.database_url), tmp_path / "worker.log"
    migrate(db)
    make_celery(settings).control.purge()
    job_ids = upload(settings, db, 3)
    CeleryQueue(settings).send(job_ids, "ingest")

    for stage in STAGES:
        stalled = tmp_path / f"stalled-in-{stage}"
        with worker(environment, log, STALL_AT=stage, STALLED=str(stalled)):
            wait_for(stalled.exists, 60, f"the worker to reach {stage}: {log.read_text()[-2000:]}")
    with worker(environment, log):
        wait_for(lambda: all_done(db, job_ids), 90, f"all jobs to be done: {log.read_text()[-2000:]}")

    with db.read() as session:
        states = [jobs.get_job(session, job_id).state for job_id in job_ids]
        ids = [int(chunk_id) for chunk_id in reading.visible_ids(session, OPERATOR)]
        texts = sorted(passage.text for passage in reading.hydrate(session, OPERATOR, ids).values())
        journal = [change.added for change in passages.changes_since(session, 0, "bge-small-en-v1.5")]
    assert states == ["succeeded"] * 3
    assert len(texts) == 3
    assert all(f"pump number {number}" in text for number, text in enumerate(texts))
    assert journal == [True] * 3


def all_done(db: Database, job_ids: list[str]) -> bool:
    with db.read() as session:
        return all(jobs.get_job(session, job_id).done for job_id in job_ids)


def test_nothing_outlives_a_worker_that_is_killed(tmp_path: Path) -> None:
    environment, log = {"VOUCH_HOME": str(tmp_path / "home"), **QUICK}, tmp_path / "worker.log"
    open_store(load_settings(environment))[0].close()
    for _ in range(5):
        with worker(environment, log, STALL_AT="never") as process:
            # the scheduler, the pool and, from the pool, the parser
            wait_for(lambda: len(descendants(process.pid)) >= 3, 60, f"all to start: {log.read_text()[-2000:]}")
            started = descendants(process.pid)
            process.kill()
            process.wait()
            wait_for(partial(all_ended, started), 5, "the worker's children to end with it")


def all_ended(pids: set[int]) -> bool:
    return not any(map(runs, pids))
