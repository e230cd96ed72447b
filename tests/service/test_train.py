"""Starting a training run: its entry in the audit trail, and its hint."""

from __future__ import annotations

import pytest

from core.errors import NotFound
from core.store import jobs
from core.store.access import audit
from core.types import Caller
from service.compose import Services
from service.train import queue_training, start_training
from tests.api.doubles import RecordedQueue

REVIEWER = Caller("key_reviewer", frozenset({"review"}))


def test_the_start_of_a_training_is_recorded_and_its_hint_sent(services: Services, queue: RecordedQueue) -> None:
    job = start_training(services, REVIEWER, {"promote": "manual"})

    with services.db.read() as session:
        (entry,) = audit.list_audit(session).data
    assert (entry.key_id, entry.action, entry.target) == ("key_reviewer", "training.start", job.id)
    assert entry.detail == {"dataset": None}
    assert queue.sent == [(job.id, "train")]


def test_a_training_that_this_process_runs_is_recorded_without_a_hint(services: Services, queue: RecordedQueue) -> None:
    job = queue_training(services.db, REVIEWER, {})

    with services.db.read() as session:
        (entry,) = audit.list_audit(session).data
    assert (entry.action, entry.target, queue.sent) == ("training.start", job.id, [])


def test_a_training_on_an_unknown_dataset_is_neither_queued_nor_recorded(services: Services) -> None:
    with pytest.raises(NotFound):
        start_training(services, REVIEWER, {"dataset_id": "ds_none"})

    with services.db.read() as session:
        assert audit.list_audit(session).data == ()
        assert jobs.list_jobs(session, kind="train", limit=1) == []
