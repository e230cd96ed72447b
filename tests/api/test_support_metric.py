"""`vouch_support_drift` is above 1 when questions are no longer like those of the calibration."""

from __future__ import annotations

from api.metrics import Metrics
from core.store import journal
from core.store.counts import latest_supports
from core.store.database import Database
from core.store.learned.calibrations import Calibration, store_calibration
from core.types import OPERATOR, Json

KNOWN, UNKNOWN = [0.6 + n / 100 for n in range(40)], [n / 100 for n in range(40)]
MADE = Calibration(0.5, "unanswerable", 0.1, "golden", "0" * 64, {}, tuple(KNOWN), tuple(UNKNOWN))


def test_drift_is_reported_when_there_are_enough_answers(db: Database) -> None:
    metrics = Metrics()
    metrics.watch_support(db)
    assert _drift(metrics) is None
    with db.write() as session:
        store_calibration(session, MADE)
    assert _drift(metrics) is None
    _asked(db, KNOWN + UNKNOWN)
    alike = _drift(metrics)
    assert alike is not None
    assert alike < 1
    _asked(db, [0.5] * 200)
    unlike = _drift(metrics)
    assert unlike is not None
    assert unlike > 1


def test_a_database_that_is_down_hides_no_other_metric() -> None:
    db = Database("postgresql://vouch:vouch@127.0.0.1:1/vouch")
    metrics = Metrics()
    metrics.watch_support(db)
    metrics.answer("refused", phrased=False, seconds=1.0)
    assert b"vouch_answers_total" in metrics.text()
    db.close()


def _drift(metrics: Metrics) -> float | None:
    return metrics.registry.get_sample_value("vouch_support_drift")


def test_a_reused_answer_is_counted_once(db: Database) -> None:
    _asked(db, [0.7])
    _asked(db, [0.7] * 3, remembered={"kind": "approved"})
    with db.read() as session:
        assert latest_supports(session, MADE.id, 10) == [0.7]


def _asked(db: Database, supports: list[float], remembered: Json = None) -> None:
    with db.write() as session:
        for support in supports:
            journal.record_answer(
                session,
                journal.new_answer_id(),
                OPERATOR,
                question="q",
                mode="quotes",
                body={"status": "answered", "support": support, "refusal": None, "remembered": remembered},
                passages=(),
                versions={"calibration": MADE.id},
            )
