"""The boundary around background work: how each result is stored, and what is retried."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from core.errors import Cancelled, DocumentRejected, LostLease, Unavailable
from core.settings import Settings
from core.store import documents, jobs
from core.store.database import Database
from core.store.jobs import Claim, Job
from core.types import OPERATOR
from service.run_job import Handlers, drain, perform
from tests.core.conftest import Library


def raising(error: Exception) -> Handlers:
    def do(claim: Claim) -> None:
        raise error

    return {"ingest": do}


def finishing(db: Database) -> Handlers:
    def do(claim: Claim) -> None:
        with db.write() as session:
            jobs.finish(session, claim)

    return {"ingest": do}


@pytest.fixture
def run(db: Database, settings: Settings) -> Callable[[str, Handlers], Job]:
    def run(job_id: str, handlers: Handlers) -> Job:
        perform(db, settings, handlers, job_id)
        with db.read() as session:
            return jobs.get_job(session, job_id)

    return run


Run = Callable[[str, Handlers], Job]


def test_a_finished_job_has_succeeded(db: Database, run: Run) -> None:
    job_id = Library(db).upload("a.txt").job_id or ""

    assert run(job_id, finishing(db)).state == "succeeded"


def test_a_rejected_document_fails_at_once_with_the_reason(db: Database, run: Run) -> None:
    uploaded = Library(db).upload("a.txt")

    job = run(uploaded.job_id or "", raising(DocumentRejected("It is encrypted.", hint="Remove the password.")))

    assert (job.state, job.reason, job.attempts) == ("failed", "It is encrypted. Remove the password.", 1)
    with db.read() as session:
        document = documents.get_document(session, uploaded.document_id, OPERATOR)
    assert (document.state, document.reason) == ("failed", job.reason)


def test_a_job_is_retried_while_a_dependency_is_down_until_no_attempt_is_left(
    db: Database, run: Run, settings: Settings
) -> None:
    job_id = Library(db).upload("a.txt").job_id or ""

    states = [run(job_id, raising(Unavailable("The store is down."))).state for _ in range(settings.max_attempts)]

    assert states == ["queued"] * (settings.max_attempts - 1) + ["failed"]


def test_a_defect_reports_its_type_and_no_document_text(
    db: Database, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    job_id = Library(db).upload("a.txt").job_id or ""

    job = run(job_id, raising(ValueError("secret words of a document")))

    reported = (job.reason or "") + "".join(capsys.readouterr())
    assert "ValueError" in reported
    assert "secret words" not in reported


def test_a_cancelled_job_stays_cancelled(db: Database, run: Run) -> None:
    job_id = Library(db).upload("a.txt").job_id or ""

    assert run(job_id, raising(Cancelled("Withdrawn."))).state == "cancelled"


def test_a_worker_that_lost_its_lease_stores_nothing(db: Database, run: Run) -> None:
    job_id = Library(db).upload("a.txt").job_id or ""

    assert run(job_id, raising(LostLease("gone"))).state == "running"


def test_a_long_step_keeps_its_lease(db: Database, settings: Settings) -> None:
    job_id = Library(db).upload("a.txt").job_id or ""
    short = settings.model_copy(update={"lease_s": 0.3})
    stolen: list[Claim | None] = []

    def long_step(claim: Claim) -> None:
        threading.Event().wait(0.9)
        stolen.append(jobs.claim(db, job_id, lease_s=1, max_attempts=9))
        with db.write() as session:
            jobs.finish(session, claim)

    perform(db, short, {"ingest": long_step}, job_id)

    assert stolen == [None]


def test_drain_runs_every_waiting_job_oldest_first(db: Database, settings: Settings) -> None:
    library, done = Library(db), list[str]()
    expected = [library.upload(f"{number}.txt").job_id for number in range(3)]

    def do(claim: Claim) -> None:
        done.append(claim.job.id)
        with db.write() as session:
            jobs.finish(session, claim)

    assert drain(db, settings, {"ingest": do})
    assert done == expected
