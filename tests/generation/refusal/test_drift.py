"""There is drift when no mix of the golden set's questions explains the recent ones, and seldom otherwise."""

from __future__ import annotations

from random import Random

import pytest

from core.store.learned.calibrations import Calibration, Risk
from generation.refusal.drift import LEAST, LEVEL, drift


def made(known: list[float], unknown: list[float], risk: Risk = "unanswerable") -> Calibration:
    return Calibration(0.4, risk, 0.1, "set", "0" * 64, {}, tuple(known), tuple(unknown))


def answerable(chance: Random, count: int) -> list[float]:
    return [round(chance.betavariate(6, 2), 4) for _ in range(count)]


def unanswerable(chance: Random, count: int) -> list[float]:
    return [round(chance.betavariate(2, 6), 4) for _ in range(count)]


def test_the_same_kind_of_questions_seldom_alarms() -> None:
    alarms = 0
    for seed in range(60):
        chance = Random(seed)
        calibration = made(answerable(chance, 60), unanswerable(chance, 40), "wrong")
        found = drift(calibration, [*answerable(chance, 60), *unanswerable(chance, 40)])
        assert found is not None
        alarms += found.drifted
    assert alarms <= 3, f"{alarms} of 60 at a level of {LEVEL}"


@pytest.mark.parametrize(("risk", "drifted"), [("unanswerable", False), ("wrong", True)])
def test_another_mix_is_drift_only_for_the_risk_of_wrong_answers(risk: Risk, drifted: bool) -> None:
    chance = Random(7)
    calibration = made(answerable(chance, 100), unanswerable(chance, 100), risk)
    found = drift(calibration, [*answerable(chance, 190), *unanswerable(chance, 10)])
    assert found is not None
    assert found.drifted is drifted


@pytest.mark.parametrize("risk", ["unanswerable", "wrong"])
def test_questions_unlike_any_of_the_set_are_drift(risk: Risk) -> None:
    chance = Random(7)
    calibration = made(answerable(chance, 100), unanswerable(chance, 100), risk)
    found = drift(calibration, [round(0.45 + chance.random() / 10, 4) for _ in range(200)])
    assert found is not None
    assert found.drifted


def test_the_shares_are_right() -> None:
    found = drift(made([0.5, 0.7], [0.1, 0.3]), [0.2] * (LEAST - 10) + [0.6] * 10)
    assert found is not None
    assert (found.refused, found.refused_then, found.support_then) == (0.8, 0.5, 0.4)
    assert found.support == pytest.approx(0.28)


def test_too_few_answers_give_no_result() -> None:
    assert drift(made([0.5], [0.1]), [0.2] * (LEAST - 1)) is None
