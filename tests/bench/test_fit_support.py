"""Fitting support: rows without a label are only counted, and what separates the rows gets the weight."""

from __future__ import annotations

from dataclasses import asdict
from random import Random

import pytest

from bench.fit_support import NAMES, Row, _answering, report
from bench.reader import written
from generation.refusal.support import WEIGHTS, Features


def rows() -> list[Row]:
    """Return rows in which `answers` separates the answerable from the withheld, and nothing else does."""
    draw = Random(1)
    made = []
    for number in range(200):
        answerable = number % 2
        features = Features((3.0 if answerable else -3.0) + draw.gauss(0, 1), draw.gauss(0, 1), 0.0, 0.5, 0.7)
        made.append(Row("set", "answerable" if answerable else "withheld", answerable, asdict(features)))
    return [*made, Row("set", "unanswerable, name absent", None, made[0].features)]


def test_the_weights_are_those_of_the_features_that_separate() -> None:
    found = report(rows())
    weights = found["WEIGHTS"]
    assert isinstance(weights, dict)
    assert weights.keys() == WEIGHTS.keys()
    assert weights["answers"] > 1 > abs(weights["part"])
    assert found["refused_where_0.9_are_answered"] == {"set": 1.0}
    assert found["refused"] == {"set answerable": pytest.approx(0.1, abs=0.011), "set withheld": 1.0}


def test_rows_without_a_label_are_counted_and_not_learned_from() -> None:
    found = report(rows())
    assert found["rows"] == {"set answerable": 100, "set withheld": 100, "set unanswerable, name absent": 1}
    assert report(rows()[:-1])["WEIGHTS"] == found["WEIGHTS"]


def test_features_that_are_left_out_get_no_weight() -> None:
    weights = report(rows(), ["answers"])["WEIGHTS"]
    assert isinstance(weights, dict)
    assert [name for name in NAMES if weights[name]] == ["answers"]


def test_the_passages_that_answer_are_those_with_a_part_on_the_lines_named() -> None:
    (document,) = (each for each in written.documents() if each.name == "safe-vettabs")
    question = next(each for each in written.questions(document.name) if each["at"])
    (found, *_) = _answering(document, question)
    line = (
        (written.MATERIAL / "safe-vettabs.md").read_text().splitlines()[next(written.line_numbers(question["at"])) - 1]
    )
    assert found[0] == "safe-vettabs.md"
    assert any(word in found[1] for word in line.split() if len(word) > 5)
