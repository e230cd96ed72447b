"""The gate of search: a gain beyond chance passes; what is forgotten, or worse in one collection, does not."""

from __future__ import annotations

from random import Random

import pytest

from learning.gate.search import Ranking, SearchReport, decide_search


def rankings(*pairs: tuple[int, int], times: int = 1, collection: str = "manuals") -> tuple[Ranking, ...]:
    return tuple(Ranking(collection, candidate, active) for candidate, active in pairs * times)


BETTER = rankings((1, 3), (1, 1), (2, 5), (1, 0), times=10)


def test_a_clear_gain_passes_with_its_figures() -> None:
    verdict = decide_search(SearchReport(BETTER))

    assert verdict.passed
    assert "rose from 0.472 to 0.908" in verdict.reasons[0]
    assert "75.0%, before for 25.0%" in verdict.reasons[0]


def test_no_difference_is_no_gain() -> None:
    verdict = decide_search(SearchReport(rankings((1, 1), (3, 3), times=20)))

    assert not verdict.passed
    assert "must rise" in verdict.reasons[0]


def test_a_gain_that_chance_explains_is_rejected() -> None:
    draw = Random(4)
    noise = rankings(*((draw.randint(1, 10), draw.randint(1, 10)) for _ in range(30)))
    lucky = (*noise, *(Ranking("manuals", each.active, each.candidate) for each in noise), *rankings((1, 9)))

    verdict = decide_search(SearchReport(lucky))

    assert not verdict.passed
    assert "within chance" in verdict.reasons[0]


def test_each_look_since_the_last_promotion_asks_for_more() -> None:
    close = rankings((1, 2), times=12) + rankings((2, 1), times=6) + rankings((1, 1), times=20)

    assert decide_search(SearchReport(close, looks=1)).passed
    assert not decide_search(SearchReport(close, looks=20)).passed


@pytest.mark.parametrize(("kept", "name"), [("approved", "approved answers"), ("titles", "documents by their titles")])
def test_what_was_right_must_stay_right(kept: str, name: str) -> None:
    lost = rankings((2, 1), times=5) + rankings((1, 1), times=45)

    verdict = decide_search(SearchReport(BETTER, **{kept: lost}))  # type: ignore[arg-type]

    assert verdict.reasons == (f"Of 50 {name} that were found first, 5 are not found first any more.",)


def test_two_lost_of_many_are_no_objection() -> None:
    assert decide_search(SearchReport(BETTER, approved=rankings((2, 1), times=2) + rankings((1, 1), times=8))).passed


def test_a_collection_that_falls_is_named() -> None:
    fallen = rankings((4, 1), times=20, collection="prices")

    verdict = decide_search(SearchReport((*BETTER * 3, *fallen)))

    assert not verdict.passed
    assert "In the collection prices nDCG@10 falls by 0.569 on 20 questions." in verdict.reasons


def test_too_few_questions_decide_nothing() -> None:
    verdict = decide_search(SearchReport(rankings((1, 9), times=9)))

    assert verdict.reasons == ("9 held-out questions are too few; 10 are needed.",)


def test_the_figures_are_stored() -> None:
    stored = SearchReport(BETTER, approved=rankings((2, 1), (1, 1))).as_json()

    assert stored["first"] == {"candidate": 0.75, "active": 0.25}
    assert stored["forgotten"]["approved answers"] == (1, 2)
    assert stored["slices"]["manuals"]["questions"] == 40
