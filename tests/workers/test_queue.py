"""Hints over each broker, and without a broker."""

from __future__ import annotations

import json

import pytest

from core.errors import SettingsError
from core.settings import Settings, load_settings
from core.store import jobs
from core.store.database import Database
from service import upkeep
from workers import file_broker, queue


@pytest.fixture(params=["filesystem", "redis", "rabbitmq"])
def reachable(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    if request.param == "filesystem":
        return settings
    return load_settings({}, home=settings.home, broker_url=request.getfixturevalue(f"{request.param}_url"))


def waiting_messages(settings: Settings) -> int:
    return int(queue.make_celery(settings).control.purge() or 0)


def test_a_hint_waits_in_the_queue(reachable: Settings) -> None:
    waiting_messages(reachable)

    assert queue.CeleryQueue(reachable).send(["job_1", "job_2"], "ingest")
    assert waiting_messages(reachable) == 2


def test_a_broker_that_answers_has_no_problem(reachable: Settings) -> None:
    assert queue.CeleryQueue(reachable).problem() is None


@pytest.mark.parametrize("url", ["redis://127.0.0.1:1/0", "amqp://guest:guest@127.0.0.1:1//"])
def test_without_a_broker_send_returns_false_and_raises_nothing(settings: Settings, url: str) -> None:
    down = settings.model_copy(update={"broker_url": url})

    assert queue.CeleryQueue(down).send(["job_1"], "ingest") is False
    assert queue.CeleryQueue(down).problem() is not None


def test_an_unknown_broker_is_an_error_of_the_settings(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="VOUCH_BROKER_URL"):
        queue.make_celery(settings.model_copy(update={"broker_url": "kafka://host"}))


def test_the_sweep_sends_hints_that_were_never_sent_a_few_at_a_time(settings: Settings, db: Database) -> None:
    with db.write() as session:
        for _ in range(9):
            jobs.enqueue(session, "ingest")

    sent = [upkeep.sweep(db, settings, queue.CeleryQueue(settings)) for _ in range(4)]

    assert sent == [4, 4, 1, 0]


def test_a_damaged_table_of_the_queue_folder_is_written_again(settings: Settings) -> None:
    app = queue.make_celery(settings)
    table = settings.home / "queue" / "control" / "vouch.ingest.exchange"
    table.write_bytes(b'[["vouch.ing')

    with app.connection_for_write() as connection:
        channel = connection.default_channel
        assert isinstance(channel, file_broker.Channel)
        channel._queue_bind("vouch.ingest", "vouch.ingest", None, "vouch.ingest")

    assert json.loads(table.read_text()) == [["vouch.ingest", "", "vouch.ingest"]]
