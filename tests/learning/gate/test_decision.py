"""The gate, as a table: which candidates pass, and the reasons given."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from learning.gate.decision import Rules, decide
from learning.gate.report import ModelReport

ACTIVE = ModelReport("base", (2.0, 2.1, 1.9, 2.2, 2.0, 1.8), answers=6, f1=0.30, fallback_rate=0.50, usable=2)
BETTER = ModelReport(
    "base+new", (1.5, 1.4, 1.6, 1.7, 1.4, 1.5), answers=6, f1=0.60, fallback_rate=0.20, usable=4, usable_quotes=3
)


def test_a_better_model_passes_and_the_reason_says_by_how_much() -> None:
    verdict = decide(BETTER, ACTIVE)

    assert verdict.passed
    assert verdict.reasons == (
        "The held-out loss fell from 2.000 to 1.517 on 6 examples; usable answers 2 to 4 of 6 (quotes: 3), "
        "F1 0.30 to 0.60, fallback 50% to 20%.",
    )


@pytest.mark.parametrize(
    ("candidate", "active", "reason"),
    [
        (ACTIVE, ACTIVE, "must fall by at least"),
        (ACTIVE, BETTER, "must fall by at least"),
        (replace(BETTER, losses=(1.99,) * 6), replace(ACTIVE, losses=(2.0,) * 6), "must fall by at least"),
        (replace(BETTER, losses=(0.1, 2.4, 2.2, 2.5, 2.3, 2.1)), ACTIVE, "within chance"),
        (replace(BETTER, f1=0.26), ACTIVE, "further from the approved ones"),
        (replace(BETTER, usable=1), ACTIVE, "Fewer of its answers are usable: 1 of 6, before 2."),
        (replace(BETTER, fallback_rate=0.56), ACTIVE, "not supported by their sources"),
        (replace(BETTER, losses=(1.0,) * 4), replace(ACTIVE, losses=(2.0,) * 4), "too few"),
        (replace(BETTER, losses=BETTER.losses[:5]), ACTIVE, "not tested on the same"),
        (replace(BETTER, losses=(math.nan, *BETTER.losses[1:])), ACTIVE, "not a number"),
        (replace(BETTER, losses=()), replace(ACTIVE, losses=()), "too few"),
    ],
)
def test_anything_worse_is_rejected_with_its_reason(candidate: ModelReport, active: ModelReport, reason: str) -> None:
    verdict = decide(candidate, active)

    assert not verdict.passed
    assert any(reason in sentence for sentence in verdict.reasons), verdict.reasons


def test_every_reason_against_a_candidate_is_given() -> None:
    worst = replace(ACTIVE, losses=(3.0,) * 6, f1=0.0, fallback_rate=1.0, usable=0)

    assert len(decide(worst, ACTIVE).reasons) == 4


def test_slightly_worse_answers_are_accepted() -> None:
    assert decide(replace(BETTER, f1=0.28, fallback_rate=0.54), ACTIVE).passed


def test_without_written_answers_the_loss_decides() -> None:
    assert decide(replace(BETTER, answers=0, f1=0.0, usable=0), replace(ACTIVE, answers=0)).passed


def test_the_rules_can_be_stricter() -> None:
    assert not decide(BETTER, ACTIVE, Rules(min_test=50)).passed
