"""A calibration is one row that running processes read, and is used only with the models it was made with."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import Conflict
from core.store import journal
from core.store.counts import latest_supports
from core.store.database import Database
from core.store.learned import calibrations
from core.store.learned.calibrations import (
    ActiveCalibration,
    Calibration,
    load_calibration,
    reset_calibration,
    store_calibration,
)
from core.types import Caller, Json

MODELS = {"embedder": "small", "reranker": "none"}
MADE = Calibration(0.4123, "unanswerable", 0.1, "golden", "ab" * 32, MODELS, (0.5, 0.9), (0.1,))


def test_a_stored_calibration_is_loaded_unchanged(db: Database) -> None:
    with db.write() as session:
        store_calibration(session, MADE)
    with db.read() as session:
        assert load_calibration(session) == MADE


def test_a_running_process_uses_a_new_calibration_at_once(db: Database) -> None:
    active = ActiveCalibration(db, lambda: MODELS)
    assert active() is None
    with db.write() as session:
        store_calibration(session, MADE)
    assert active() == MADE
    with db.write() as session:
        store_calibration(session, replace(MADE, threshold=0.6))
    assert active() == replace(MADE, threshold=0.6)
    with db.write() as session:
        assert reset_calibration(session).threshold == 0.6
    assert active() is None


def test_a_calibration_is_not_used_with_other_models(db: Database) -> None:
    models = dict(MODELS)
    active = ActiveCalibration(db, lambda: models)
    with db.write() as session:
        store_calibration(session, MADE)
    models["embedder"] = "large"
    assert active() is None
    models["embedder"] = "small"
    assert active() == MADE


def test_a_calibration_of_another_format_is_not_used(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with db.write() as session:
        store_calibration(session, MADE)
    monkeypatch.setattr(calibrations, "FORMAT", calibrations.FORMAT + 1)
    with db.read() as session:
        assert load_calibration(session) is None
    assert ActiveCalibration(db, lambda: MODELS)() is None


def test_resetting_without_a_calibration_is_a_conflict(db: Database) -> None:
    with db.write() as session:
        store_calibration(session, MADE)
        reset_calibration(session)
        with pytest.raises(Conflict, match="default threshold"):
            reset_calibration(session)


def test_only_answers_under_this_calibration_are_compared(db: Database) -> None:
    with db.write() as session:
        _answer(session, "a1", 0.25, MADE.id)
        _answer(session, "a2", 0.75, "default")
        _answer(session, "a3", 0.0, MADE.id, {"code": "question_unclear", "message": "?"})
        _answer(session, "a4", 0.0, MADE.id, {"code": "nothing_found", "message": "."})
        _answer(session, "a5", 1, MADE.id)
    with db.read() as session:
        assert sorted(latest_supports(session, MADE.id, 10)) == [0.0, 0.25, 1.0]
        assert latest_supports(session, MADE.id, 1) == [1.0]


def _answer(session: Json, answer_id: str, support: float, calibration: str, refusal: Json = None) -> None:
    journal.record_answer(
        session,
        answer_id,
        Caller("key", frozenset({"ask"})),
        question="q",
        mode="quotes",
        body={"status": "answered", "support": support, "refusal": refusal},
        passages=(),
        versions={"calibration": calibration},
    )
