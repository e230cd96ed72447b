"""Jobs on both databases: claimed once, held by a lease, ended once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest

from core.clock import now
from core.errors import Conflict, LostLease, NotFound
from core.store import jobs
from core.store.database import Database
from core.store.jobs import Claim


def queued(db: Database) -> str:
    with db.write() as session:
        return jobs.enqueue(session, "ingest")


def claimed(db: Database, job_id: str, lease_s: float = 30, max_attempts: int = 3) -> Claim:
    claim = jobs.claim(db, job_id, lease_s=lease_s, max_attempts=max_attempts)
    assert claim is not None
    return claim


def state(db: Database, job_id: str) -> jobs.Job:
    with db.read() as session:
        return jobs.get_job(session, job_id)


def test_only_one_of_many_workers_gets_the_job(db: Database) -> None:
    job_id = queued(db)
    claims: list[Claim | None] = []

    def work() -> None:
        claims.append(jobs.claim(db, job_id, lease_s=30, max_attempts=3))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(claim is not None for claim in claims) == 1


def test_a_job_whose_lease_expired_is_taken_over(db: Database) -> None:
    first = claimed(db, queued(db), lease_s=0.05)
    time.sleep(0.1)
    second = claimed(db, first.job.id)

    with pytest.raises(LostLease):
        jobs.renew(db, first, "embed", 0.5)
    with pytest.raises(LostLease), db.write() as session:
        jobs.finish(session, first)
    jobs.renew(db, second, "embed", 0.5)
    assert (state(db, first.job.id).stage, state(db, first.job.id).attempts) == ("embed", 2)


def test_a_job_whose_workers_die_fails_after_its_last_attempt(db: Database) -> None:
    job_id = queued(db)
    for _ in range(2):
        claimed(db, job_id, lease_s=0.01, max_attempts=2)
        time.sleep(0.02)

    assert jobs.claim(db, job_id, lease_s=1, max_attempts=2) is None
    assert state(db, job_id).state == "failed"
    assert "stopped 2 times" in (state(db, job_id).reason or "")


def test_a_finished_job_cannot_be_claimed(db: Database) -> None:
    claim = claimed(db, queued(db))
    with db.write() as session:
        jobs.finish(session, claim)

    assert (state(db, claim.job.id).state, state(db, claim.job.id).progress) == ("succeeded", 1.0)
    assert jobs.claim(db, claim.job.id, lease_s=1, max_attempts=3) is None


def test_a_released_job_is_queued_with_its_reason(db: Database) -> None:
    claim = claimed(db, queued(db))

    jobs.release(db, claim, "The broker was down.")

    assert (state(db, claim.job.id).state, state(db, claim.job.id).reason) == ("queued", "The broker was down.")


def test_cancelling_ends_the_lease(db: Database) -> None:
    claim = claimed(db, queued(db))
    with db.write() as session:
        jobs.cancel(session, claim.job.id)

    with pytest.raises(LostLease):
        jobs.renew(db, claim)
    with db.write() as session, pytest.raises(Conflict):
        jobs.cancel(session, claim.job.id)


def test_retrying_a_cancelled_job_resets_its_attempts(db: Database) -> None:
    claim = claimed(db, queued(db))
    with db.write() as session:
        jobs.cancel(session, claim.job.id)
        assert jobs.retry(session, claim.job.id).attempts == 0

    assert claimed(db, claim.job.id).job.attempts == 1


def test_a_running_job_cannot_be_retried(db: Database) -> None:
    claim = claimed(db, queued(db))

    with db.write() as session, pytest.raises(Conflict, match="is running"):
        jobs.retry(session, claim.job.id)


def test_waiting_jobs_are_queued_or_abandoned(db: Database) -> None:
    abandoned, fresh, held = (queued(db) for _ in range(3))
    claimed(db, abandoned, lease_s=0.01)
    claimed(db, held)
    time.sleep(0.02)

    with db.read() as session:
        assert [job.id for job in jobs.waiting(session, ["ingest"], limit=9)] == [abandoned, fresh]
        assert jobs.waiting(session, ["train"], limit=9) == []


def test_a_hint_that_was_just_sent_is_not_sent_again(db: Database) -> None:
    job_id = queued(db)
    with db.write() as session:
        jobs.mark_sent(session, [job_id])

    with db.read() as session:
        assert jobs.waiting(session, ["ingest"], unsent_for_s=60) == []
        assert len(jobs.waiting(session, ["ingest"], unsent_for_s=0)) == 1


def test_an_unknown_job_is_not_found(db: Database) -> None:
    with db.read() as session, pytest.raises(NotFound):
        jobs.get_job(session, "job_nobody")


@pytest.fixture
def set_back(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Return a function that sets the clock of the jobs."""

    def set_clock(ahead: timedelta) -> None:
        monkeypatch.setattr(jobs, "now", lambda: now() + ahead)

    return set_clock


def test_a_lease_from_before_the_clock_was_set_back_has_expired(
    db: Database, set_back: Callable[[timedelta], None]
) -> None:
    job_id = queued(db)
    set_back(timedelta(days=400))
    first = claimed(db, job_id)
    set_back(timedelta())

    with db.read() as session:
        assert [job.id for job in jobs.waiting(session, ["ingest"])] == [job_id]
    second = claimed(db, job_id)
    with pytest.raises(LostLease):
        jobs.renew(db, first)
    jobs.renew(db, second)


def test_a_live_worker_renews_its_lease_by_the_clock_that_was_set_back(
    db: Database, set_back: Callable[[timedelta], None]
) -> None:
    job_id = queued(db)
    set_back(timedelta(days=400))
    claim = claimed(db, job_id)
    set_back(timedelta())

    jobs.renew(db, claim)

    assert jobs.claim(db, job_id, lease_s=30, max_attempts=3) is None


def test_a_worker_whose_clock_is_a_minute_ahead_keeps_its_lease(
    db: Database, set_back: Callable[[timedelta], None]
) -> None:
    job_id = queued(db)
    set_back(timedelta(minutes=1))
    claimed(db, job_id)
    set_back(timedelta())

    assert jobs.claim(db, job_id, lease_s=30, max_attempts=3) is None


def test_a_hint_that_was_sent_in_the_future_is_sent_again(db: Database, set_back: Callable[[timedelta], None]) -> None:
    job_id = queued(db)
    set_back(timedelta(days=400))
    with db.write() as session:
        jobs.mark_sent(session, [job_id])
    set_back(timedelta())

    with db.read() as session:
        assert [job.id for job in jobs.waiting(session, ["ingest"], unsent_for_s=10)] == [job_id]
