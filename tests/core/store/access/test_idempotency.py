"""Idempotency keys on both databases: one key, one request, one response."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.errors import Conflict
from core.store.access import idempotency
from core.store.access.idempotency import Replay
from core.store.database import Database
from core.types import OPERATOR


def test_a_repeated_request_gets_the_first_response(db: Database) -> None:
    assert idempotency.begin_request(db, OPERATOR, "k1", "a" * 64) is None
    idempotency.end_request(db, OPERATOR, "k1", Replay(202, {"location": "/v1/jobs/1"}, b"{}"))

    assert idempotency.begin_request(db, OPERATOR, "k1", "a" * 64) == Replay(202, {"location": "/v1/jobs/1"}, b"{}")


def test_an_idempotency_key_belongs_to_one_request(db: Database) -> None:
    idempotency.begin_request(db, OPERATOR, "k1", "a" * 64)
    with pytest.raises(Conflict, match="still being answered"):
        idempotency.begin_request(db, OPERATOR, "k1", "a" * 64)
    idempotency.end_request(db, OPERATOR, "k1", Replay(200, {}, b""))

    with pytest.raises(Conflict, match="another request"):
        idempotency.begin_request(db, OPERATOR, "k1", "b" * 64)


def test_a_failed_request_frees_its_key(db: Database) -> None:
    idempotency.begin_request(db, OPERATOR, "k1", "a" * 64)
    idempotency.end_request(db, OPERATOR, "k1", None)

    assert idempotency.begin_request(db, OPERATOR, "k1", "a" * 64) is None


def test_a_request_that_died_before_the_clock_was_set_back_frees_its_key(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(idempotency, "now", lambda: now() + timedelta(days=400))
        idempotency.begin_request(db, OPERATOR, "k1", "a" * 64)

    assert idempotency.begin_request(db, OPERATOR, "k1", "a" * 64) is None
