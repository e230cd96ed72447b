"""A calibration is stored, follows its set, and is compared with the questions that come after it."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings import load_settings
from core.store import journal
from core.store.database import Database, migrate
from core.store.learned.calibrations import Calibration, load_calibration, store_calibration
from core.types import OPERATOR, Json
from evaluation.answers import calibrate
from service import doctor


def test_doctor_warns_when_questions_are_no_longer_like_the_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_changed", lambda *_: [])
    settings = load_settings({}, home=tmp_path)
    db = Database(settings.database_url)
    migrate(db)
    known, unknown = [0.6 + n / 100 for n in range(40)], [n / 100 for n in range(40)]
    made = Calibration(0.5, "unanswerable", 0.1, "golden", "0" * 64, {}, tuple(known), tuple(unknown))
    assert "not calibrated" in doctor._refusals(settings).detail
    with db.write() as session:
        store_calibration(session, made)
    _answer(db, made.id, known)
    _answer(db, made.id, unknown)
    assert doctor._refusals(settings).state == "good"

    _answer(db, made.id, [0.5] * 200)
    late = doctor._refusals(settings)
    db.close()
    assert late.state == "note"
    assert "14% of the latest 280 questions are below it, 50% of the calibration set" in late.detail
    assert "have drifted from the set" in late.detail
    fixed = doctor._refusals(settings.model_copy(update={"support_threshold": 0.4}))
    assert (fixed.state, "the calibration on golden is not used" in fixed.detail) == ("note", True)


def test_the_digest_changes_with_every_file_of_the_set(tmp_path: Path) -> None:
    (tmp_path / "answers.jsonl").write_text("{}\n")
    before = calibrate.digest(tmp_path)
    (tmp_path / "answers.jsonl").write_text("{}\n\n")
    assert calibrate.digest(tmp_path) != before


def test_an_activated_calibration_is_stored(tmp_path: Path) -> None:
    settings = load_settings({}, home=tmp_path)
    assert calibrate.serving_calibration(settings) == (settings, None)
    made = Calibration(0.5, "wrong", 0.1, "golden", "0" * 64, {}, (0.9,), (0.1,))
    calibrate.activate(settings, made)
    assert calibrate.serving_calibration(settings)[1] == made
    db = Database(settings.database_url)
    with db.read() as session:
        assert load_calibration(session) == made
    db.close()


def _answer(db: Database, calibration: str, supports: list[float]) -> None:
    with db.write() as session:
        for support in supports:
            body: Json = {"status": "answered", "support": support, "refusal": None}
            versions = {"calibration": calibration}
            journal.record_answer(
                session, journal.new_answer_id(), OPERATOR,
                question="q", mode="quotes", body=body, passages=(), versions=versions,
            )  # fmt: skip
