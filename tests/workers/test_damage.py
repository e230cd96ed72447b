"""Periodic tasks over a damaged database: one line in the log for each part that fails, and the others run."""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Any

import pytest
from celery import Celery
from structlog.testing import capture_logs

from core.blobs import open_blobs
from core.disk import database_check
from core.settings import Settings
from core.store import blob_checks, conversations, jobs, uploads
from core.store.database import Database, migrate
from core.types import OPERATOR
from tests.damage import DAMAGES, blob_path, flip, overwrite_page
from workers.queue import INGEST_QUEUE, RUN_TASKS, SWEEP, UPKEEP, make_celery
from workers.tasks import register

Logs = list[MutableMapping[str, Any]]


@pytest.fixture
def db(settings: Settings) -> Database:
    """The database of the settings, with a document, jobs and an old conversation."""
    settings.home.mkdir()
    db = Database(settings.database_url)
    migrate(db)
    data = b"Turn the valve."
    upload = uploads.Upload("manuals", "a.txt", "text/plain", 5, open_blobs(settings.blobs_url).put(data))
    with db.write() as session:
        uploads.register_upload(session, upload, OPERATOR)
        for number in range(100):
            jobs.enqueue(session, "purge", document_id=f"doc_{number}")
        conversations.begin(session, OPERATOR, 30)
        session.connection().exec_driver_sql("UPDATE conversations SET updated_at = '2020-01-01 00:00:00.000000'")
    db.close()
    return db


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Logs]:
    """Return a function that runs a task here, without models, and returns what it logged."""
    monkeypatch.setattr("service.upkeep.merge_index", lambda *_: None)
    for model in ("embedder", "late"):
        monkeypatch.setattr(f"workers.context.WorkerContext.{model}", None)
    app: Celery = register(make_celery(settings), settings)

    def run(name: str, *words: str) -> Logs:
        with capture_logs() as logs:
            app.tasks[name](*words)
        return logs

    return run


def failed(logs: Logs) -> list[str]:
    return [entry["part"] for entry in logs if entry["event"] == "upkeep_failed"]


@pytest.mark.parametrize("damage", sorted(set(DAMAGES) - {"schema_version"}))
def test_a_sweep_logs_one_line_and_ends(
    db: Database, settings: Settings, run: Callable[..., Logs], damage: str
) -> None:
    DAMAGES[damage](settings.home / "vouch.db")

    logs = run(SWEEP)

    assert failed(logs) == ["sweep"]
    assert "The database is damaged" in logs[-1]["reason"]
    noted = database_check.load(settings.home)
    assert noted is not None
    assert noted.problem is not None


def test_a_hint_over_a_damaged_database_raises_nothing(
    db: Database, settings: Settings, run: Callable[..., Logs]
) -> None:
    overwrite_page(settings.home / "vouch.db", "jobs")

    assert failed(run(RUN_TASKS[INGEST_QUEUE], "job_any")) == ["jobs"]


def test_upkeep_does_the_rest_when_one_table_is_damaged(
    db: Database, settings: Settings, run: Callable[..., Logs]
) -> None:
    overwrite_page(settings.home / "vouch.db", "ix_answers_created_at")

    logs = run(UPKEEP)

    assert failed(logs) == ["answers"]
    assert database_check.load(settings.home) is not None
    with db.read() as session:
        assert not session.connection().exec_driver_sql("SELECT id FROM conversations").all()
        assert blob_checks.counts(session).total == 1


def test_upkeep_scrubs_the_stored_files(db: Database, settings: Settings, run: Callable[..., Logs]) -> None:
    with db.read() as session:
        (key,) = session.connection().exec_driver_sql("SELECT blob FROM versions").scalars()
    flip(blob_path(settings.home, key))

    logs = run(UPKEEP)

    assert [entry["blob"] for entry in logs if entry["event"] == "stored_file_damaged"] == [key]
    assert failed(logs) == []
    with db.read() as session:
        assert blob_checks.counts(session).damaged == 1
