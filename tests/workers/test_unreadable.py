"""A real worker gets messages that cannot be read, from each broker; it lives on and does its jobs."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection

from core.settings import Settings, load_settings
from core.store import jobs
from core.store.database import Database
from service.compose import open_store
from tests.servers import wait_for
from workers.queue import LEARNING_QUEUE, CeleryQueue, make_celery

ROOT = Path(__file__).resolve().parents[2]
TASK = '{"task": "vouch.run_learning", "id": "x"'
PROPERTIES = '"properties": {"delivery_tag": "1", "delivery_info": {"exchange": "", "routing_key": "vouch.learning"}}'
RAW = [
    b"",
    b'{"body": "W1siYS',
    b"\x00\xff\xfe not a message",
    b"[" * 20_000,
    b"null",
    b"[]",
    b"{}",
    b'{"properties": null}',
    b'{"body": 7, "properties": {"delivery_tag": "1", "body_encoding": "base64", "delivery_info": {}}}',
    f'{{"body": "e30=", {PROPERTIES}, "headers": null}}'.encode(),
    f'{{"body": "!", {PROPERTIES}, "headers": {TASK}}}}}'.encode(),
    f'{{"body": "e30=", {PROPERTIES}, "headers": {TASK}, "eta": "never", "expires": [], "retries": {{}}}}}}'.encode(),
    f'{{"body": "e30=", {PROPERTIES}, "headers": {TASK}, "timelimit": 3, "stamps": 4}}}}'.encode(),
]
BODIES: list[tuple[bytes, dict[str, Any]]] = [
    (b"", {}),
    (b"\xff\x00", {"content_type": "application/json", "content_encoding": "utf-8"}),
    (b"x", {"content_type": "application/x-python-serialize", "content_encoding": "binary"}),
    (b"[[]", {"content_type": "application/json", "headers": {"task": "vouch.run_learning", "id": "x"}}),
    (b"{}", {"content_type": "application/json", "headers": {"task": "vouch.run_learning"}}),
    (b"[1]", {"content_type": "application/json", "headers": {"task": ["vouch"], "id": {}}}),
    (b"[[], {}, {}]", {"headers": {"task": "vouch.run_learning", "id": "x", "eta": "never", "timelimit": 3}}),
]

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(params=["filesystem", "redis", "rabbitmq"])
def environment(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, str]:
    env = {"VOUCH_HOME": str(tmp_path / "home"), "VOUCH_SWEEP_S": "1"}
    if request.param != "filesystem":
        env["VOUCH_BROKER_URL"] = request.getfixturevalue(f"{request.param}_url")
    return env


@contextmanager
def worker(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-m", "cli.main", "worker", "--queue", "learning"]
    with log.open("ab") as stream:
        env = os.environ | environment
        process = subprocess.Popen(command, cwd=ROOT, env=env, start_new_session=True, stderr=stream, stdout=stream)
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def test_the_worker_lives_on_and_does_the_jobs_that_follow(environment: dict[str, str], tmp_path: Path) -> None:
    settings, log = load_settings(environment), tmp_path / "worker.log"
    db, _ = open_store(settings)
    make_celery(settings).control.purge()
    send_damaged(settings)
    with worker(environment, log) as process:
        with db.write() as session:
            job_id = jobs.enqueue(session, "train")
        CeleryQueue(settings).send([job_id], "train")

        wait_for(lambda: ended(db, job_id), 60, f"the job to end: {log.read_text()[-3000:]}")
        send_damaged(settings)
        with db.write() as session:
            second = jobs.enqueue(session, "train")
        CeleryQueue(settings).send([second], "train")

        wait_for(lambda: ended(db, second), 60, f"the second job to end: {log.read_text()[-3000:]}")
        wait_for(lambda: waiting(settings) == 0, 60, f"the queue to be empty: {log.read_text()[-3000:]}")
        assert process.poll() is None


def waiting(settings: Settings) -> int:
    """Return how many messages wait in the worker's queue; Redis has no queue that is empty."""
    with make_celery(settings).connection_for_write() as connection:
        channel: Any = connection.default_channel
        try:
            return int(channel.queue_declare(LEARNING_QUEUE, passive=True).message_count)
        except connection.channel_errors:
            return 0


def ended(db: Database, job_id: str) -> bool:
    with db.read() as session:
        return jobs.get_job(session, job_id).done


def send_damaged(settings: Settings) -> None:
    scheme = settings.broker_url.split("://")[0]
    senders: dict[str, Callable[[Settings], None]] = {"filesystem": to_folder, "redis": to_redis}
    senders.get(scheme, publish)(settings)
    publish(settings)


def to_folder(settings: Settings) -> None:
    for number, raw in enumerate(RAW):
        (settings.home / "queue" / "messages" / f"{number}_x.vouch.learning.msg").write_bytes(raw)


def to_redis(settings: Settings) -> None:
    import redis

    client = redis.Redis.from_url(settings.broker_url)
    for raw in RAW:
        client.lpush("vouch.learning", raw)
    client.close()


def publish(settings: Settings) -> None:
    with make_celery(settings).connection_for_write() as connection:
        assert isinstance(connection, Connection)
        with connection.Producer() as producer:
            for body, options in BODIES:
                producer.publish(body, exchange="", routing_key="vouch.learning", **options)
