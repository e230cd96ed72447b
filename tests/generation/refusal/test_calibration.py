"""A threshold keeps the stated error on future questions, refuses no more than needed, and says what a set lacks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid
from generation.refusal.calibration import (
    STEP,
    Judged,
    Point,
    area,
    choose_threshold,
    curve,
    lowest_threshold,
    needed,
    refused_at,
    risk_at,
)

SUPPORTS = st.integers(0, 12).map(lambda place: place / 12).map(lambda support: round(support, 4))  # many ties
ERRORS = st.sampled_from([0.05, 0.1, 0.2, 0.3, 0.5, 0.9])


def known(*supports: float, right: bool | None = True) -> list[Judged]:
    return [Judged(support, answerable=True, right=right) for support in supports]


def unknown(*supports: float) -> list[Judged]:
    return [Judged(support, answerable=False, right=False) for support in supports]


@given(st.data(), ERRORS)
def test_over_all_ways_to_leave_one_out_the_error_is_kept(data: st.DataObject, error: float) -> None:
    """Exchangeable questions: each of n + 1 is equally likely to be the future one, so the mean over them is exact."""
    least = needed(error) + 1
    questions = data.draw(st.lists(st.tuples(SUPPORTS, st.booleans()), min_size=least, max_size=least + 15))
    errors = 0
    for place, (support, at_risk) in enumerate(questions):
        others = questions[:place] + questions[place + 1 :]
        threshold = lowest_threshold([each for each, bad in others if bad], len(others), error)
        errors += at_risk and support >= threshold
    assert errors / len(questions) <= error + 1e-12


@given(st.lists(SUPPORTS, min_size=19, max_size=60), ERRORS)
def test_a_threshold_one_step_lower_breaks_the_bound(supports: list[float], error: float) -> None:
    def bound(threshold: float) -> float:
        return (1 + sum(support >= threshold for support in supports)) / (1 + len(supports))

    threshold = lowest_threshold(supports, len(supports), error)
    assert bound(threshold) <= error + 1e-12
    assert threshold == 0 or bound(round(threshold - STEP, 4)) > error


@given(st.lists(SUPPORTS, min_size=19, max_size=60))
def test_a_larger_error_never_refuses_more(supports: list[float]) -> None:
    found = [lowest_threshold(supports, len(supports), error) for error in (0.05, 0.1, 0.2, 0.3, 0.5, 0.9)]
    assert all(first >= second for first, second in pairwise(found))


def test_the_threshold_lies_just_above_the_support_that_would_be_one_too_many() -> None:
    judged = [*known(0.9), *unknown(*(place / 100 for place in range(19)))]
    assert choose_threshold(judged, "unanswerable", 0.1) == 0.1701  # of 19 one may be answered: (1 + 1) / 20


def test_ties_are_refused_together() -> None:
    judged = [*known(0.9), *unknown(*[0.1] * 10, *[0.6] * 9)]
    assert choose_threshold(judged, "unanswerable", 0.1) == 0.6001


@pytest.mark.parametrize(("error", "questions"), [(0.1, 9), (0.05, 19), (0.2, 4), (0.5, 1), (0.3, 3), (0.01, 99)])
def test_a_small_error_needs_many_questions(error: float, questions: int) -> None:
    assert needed(error) == questions
    choose_threshold([*known(0.9), *unknown(*[0.1] * questions)], "unanswerable", error)
    if questions > 1:
        with pytest.raises(Invalid, match=f"at least {questions} questions labelled .* has {questions - 1}"):
            choose_threshold([*known(0.9), *unknown(*[0.1] * (questions - 1))], "unanswerable", error)


def test_the_risk_of_wrong_answers_includes_unanswerable_questions() -> None:
    judged = [*known(*[0.9] * 10), *known(0.8, right=False), *unknown(*[0.2] * 8)]
    assert choose_threshold(judged, "unanswerable", 0.2) == 0.2001
    assert choose_threshold(judged, "wrong", 0.1) == 0.2001  # (1 + 1) / 20
    assert choose_threshold(judged, "wrong", 0.06) == 0.8001
    assert choose_threshold(judged, "wrong", 0.9) == 0.0


def test_without_references_wrong_answers_cannot_be_counted() -> None:
    judged = [*known(*[0.9] * 20, right=None), *unknown(*[0.2] * 5)]
    with pytest.raises(Invalid, match="at least 9 labelled questions; the set has 5"):
        choose_threshold(judged, "wrong", 0.1)


@pytest.mark.parametrize("judged", [known(*[0.9] * 20), unknown(*[0.1] * 20), []])
def test_a_set_of_one_kind_is_refused(judged: list[Judged]) -> None:
    with pytest.raises(Invalid, match="cannot be calibrated"):
        choose_threshold(judged, "unanswerable", 0.1)


@pytest.mark.parametrize("error", [0.0, 1.0, -1.0, float("nan")])
def test_an_error_is_a_share(error: float) -> None:
    with pytest.raises(Invalid, match="between 0 and 1"):
        choose_threshold([*known(0.9), *unknown(*[0.1] * 20)], "unanswerable", error)


def test_a_threshold_that_refuses_everything_is_no_calibration() -> None:
    with pytest.raises(Invalid, match="no question is answered"):
        choose_threshold([*known(0.5), *unknown(*[0.7] * 9)], "unanswerable", 0.1)


def test_risk_falls_as_more_is_refused() -> None:
    points = curve([*known(0.9, 0.8), *unknown(0.5), *known(0.5, right=False), *known(0.7, right=None)])
    assert points == (Point(0.9, 0.25, 0.0), Point(0.8, 0.5, 0.0), Point(0.5, 1.0, 0.5))
    assert area(points) == 0.25
    assert (risk_at(points, 0.5), risk_at(points, 0.6), risk_at((), 0.5)) == (0.0, 0.5, None)
    assert area(()) is None


def test_the_refused_share_is_measured_where_a_share_of_the_answerable_is_answered() -> None:
    judged = [*known(*[0.9] * 5, *[0.6] * 4, 0.1), *unknown(0.95, 0.7, 0.6, 0.5)]
    assert (refused_at(judged, 0.9), refused_at(judged, 0.5), refused_at(judged, 1.0)) == (0.25, 0.75, 0.0)
    assert refused_at(known(0.5), 0.9) is refused_at(unknown(0.5), 0.9) is None
