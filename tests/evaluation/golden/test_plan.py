"""Which questions of a set are asked, and how."""

from __future__ import annotations

import pytest

from core.errors import Invalid
from evaluation.golden.plan import Plan
from evaluation.golden.references import Reference, labelled
from generation.refusal.calibration import Judged

MANY = [Reference(f"q{n}", "?", ("x",), None, frozenset({f"d{n}"})) for n in range(20)]


def test_a_smaller_sample_is_the_start_of_a_larger_one() -> None:
    ten, five = Plan(sample=10, seed=3).questions(MANY), Plan(sample=5, seed=3).questions(MANY[::-1])
    assert (len(set(ten)), ten[:5]) == (10, five)
    assert Plan(sample=10, seed=4).questions(MANY) != ten
    assert Plan(sample=5, seed=3).sample_report(MANY) == {"questions": 5, "of": 20, "seed": 3}
    assert Plan(sample=20).sample_report(MANY) is Plan().sample_report(MANY) is None


def test_a_question_is_asked_with_its_documents_and_without() -> None:
    unanswerable = Reference("n", "?", (), False, frozenset({"d1"}))
    asked = Plan(withhold="both").questions([MANY[0], unanswerable, Reference("u", "?", ("x",), None)])
    assert [(each.id, each.withheld) for each in asked] == [("q0", False), ("q0", True), ("n", False), ("u", False)]
    assert labelled(asked[1], 0.5, True) == Judged(0.5, answerable=False, right=False)
    assert labelled(asked[0]) == Judged(0.0, answerable=True, right=False)  # compared once it is asked
    assert [each.id for each in Plan(withhold="all").questions([*MANY[:2], unanswerable])] == ["q0", "q1"]
    with pytest.raises(Invalid, match="judged document"):
        Plan(withhold="all").questions([unanswerable])
