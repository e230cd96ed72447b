"""Calibration: chooses the support below which questions are refused, so that future questions keep a stated error.

Conformal risk control (Angelopoulos et al. 2022, arXiv:2208.02814) over labelled questions; see docs/decisions/0037.
Knows figures only: `evaluation.answers` asks and judges the questions, `core.store.learned.calibrations` stores the
result.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from core.errors import Invalid
from core.store.learned.calibrations import Risk

STEP = 0.0001
"""Supports have four decimal places: the next higher support is this much higher."""
COVERAGES = (0.5, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Judged:
    """A labelled question: its support, whether the documents answer it, and whether its answer is right.

    `right` is None without a reference to compare with, and False for a question that the documents do not answer.
    """

    support: float
    answerable: bool
    right: bool | None

    def at_risk(self, risk: Risk) -> bool:
        """Return whether an answer to this question is the error that `risk` counts."""
        return not self.answerable if risk == "unanswerable" else self.right is False


@dataclass(frozen=True, slots=True)
class Point:
    """At this threshold the share `coverage` of all questions is answered, and the share `risk` of those wrongly."""

    threshold: float
    coverage: float
    risk: float


def choose_threshold(judged: Sequence[Judged], risk: Risk, error: float) -> float:
    """Return the lowest threshold with a risk of at most `error`, with the finite-sample correction.

    The risk "unanswerable" is the share of questions without an answer in the documents that are answered; "wrong" is
    the share of all questions that get a wrong answer. Raises Invalid if the set is too small for the error or lacks
    one kind of question, or if only a refusal of all questions keeps the error.
    """
    require_enough(judged, risk, error)
    pool = _pool(judged, risk)
    found = lowest_threshold([each.support for each in pool if each.at_risk(risk)], len(pool), error)
    if not any(each.answerable and each.support >= found for each in judged):
        raise Invalid(
            f"At an error of {error:g} no question is answered: questions at risk have as much support as the others.",
            hint="Choose a larger error.",
        )
    return found


def require_enough(judged: Sequence[Judged], risk: Risk, error: float) -> None:
    """Raise Invalid if `error` is no share, or if the set is too small for it or has one kind of question only."""
    if not 0 < error < 1:
        raise Invalid(f"The error must be between 0 and 1; it is {error:g}.", hint="0.1 is one in ten.")
    answerable = [each for each in judged if each.answerable]
    if not answerable or len(answerable) == len(judged):
        kind = "has an answer" if not answerable else 'is labelled "answerable": false'
        raise Invalid(
            f"No question of the set {kind}, so the threshold cannot be calibrated.",
            hint="Add questions that the documents answer and questions that they do not answer.",
        )
    if (there := len(_pool(judged, risk))) < (least := needed(error)):
        kind = "labelled questions" if risk == "wrong" else 'questions labelled "answerable": false'
        raise Invalid(
            f"An error of {error:g} needs at least {least} {kind}; the set has {there}.",
            hint=f"Add {least - there}, or choose a larger error.",
        )


def needed(error: float) -> int:
    """Return the smallest number n of questions for this error: 1 / (n + 1) must not exceed it."""
    return math.ceil(1 / _exact(error)) - 1


def lowest_threshold(at_risk: Sequence[float], questions: int, error: float) -> float:
    """Return the lowest threshold t with (1 + number of `at_risk` that are at or above t) / (1 + questions) <= error.

    `at_risk` has the supports of the questions whose answer is an error; `questions` is the number of all questions, at
    least `needed(error)`. The threshold is one STEP above a support, or 0.
    """
    allowed = math.floor(_exact(error) * (questions + 1)) - 1
    above = sorted(at_risk, reverse=True)
    return round(above[allowed] + STEP, 4) if allowed < len(above) else 0.0


def curve(judged: Sequence[Judged]) -> tuple[Point, ...]:
    """Return coverage and risk (the share of wrong answers) at each threshold that changes them, highest first."""
    known = sorted((each for each in judged if each.right is not None), key=lambda each: -each.support)
    points: list[Point] = []
    shown = wrong = 0
    for support, level in groupby(known, key=lambda each: each.support):
        here = [each.at_risk("wrong") for each in level]
        shown, wrong = shown + len(here), wrong + sum(here)
        points.append(Point(support, shown / len(known), wrong / shown))
    return tuple(points)


def area(points: Sequence[Point]) -> float | None:
    """Return the area under the risk-coverage curve: lower is better (Geifman et al. 2018, arXiv:1805.08206)."""
    before = (0.0, *(point.coverage for point in points))
    return sum((p.coverage - last) * p.risk for p, last in zip(points, before, strict=False)) if points else None


def risk_at(points: Sequence[Point], coverage: float) -> float | None:
    """Return the risk at the highest threshold that answers at least this share of the questions."""
    return next((point.risk for point in points if point.coverage >= coverage - 1e-9), None)


def refused_at(judged: Sequence[Judged], coverage: float) -> float | None:
    """Return the share of unanswerable questions that are refused when this share of the answerable ones is answered.

    None without questions of both kinds.
    """
    answerable = sorted((each.support for each in judged if each.answerable), reverse=True)
    unanswerable = [each.support for each in judged if not each.answerable]
    if not answerable or not unanswerable:
        return None
    threshold = answerable[max(1, math.ceil(_exact(coverage) * len(answerable))) - 1]
    return sum(support < threshold for support in unanswerable) / len(unanswerable)


def _pool(judged: Sequence[Judged], risk: Risk) -> list[Judged]:
    """Return the questions of which the risk is a share."""
    return [each for each in judged if (each.right is not None if risk == "wrong" else not each.answerable)]


def _exact(share: float) -> Fraction:
    """Return a share as it is written: 0.1 is exactly one tenth, the float is a little more."""
    return Fraction(repr(share))
