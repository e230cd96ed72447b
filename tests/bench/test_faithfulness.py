"""The recipe of the judge: pairs that are certain, figures that must stand, and the threshold."""

from __future__ import annotations

import math
from random import Random

import pytest

from bench.faithfulness.train import area, certain, choose, figures_stand
from evaluation.faithfulness import Pair

SOURCES = ("Do not open it for 5 minutes. Use 20 ml of oil.", "Ziehen Sie den Stecker nicht. Warten Sie 3 Tage.")


def pair(source: str, sentence: str, faithful: bool = True) -> Pair:
    return Pair("", source, sentence, faithful)


def test_what_is_made_without_a_judge_is_certain() -> None:
    made = [each for seed in range(20) for each in certain([pair(source, "") for source in SOURCES], Random(seed))]
    assert {each.change for each in made} == {"none", "other source", "negation", "values"}
    assert all((each.sentence in each.source) == each.faithful for each in made)
    assert {each.sentence for each in made if each.change == "negation"} == {"Do open it for 5 minutes."}


@pytest.mark.parametrize(
    ("sentence", "stand"),
    [
        ("After 5 minutes the X20 takes 20 ml.", True),
        ("It takes 20 ml after 5 minutes.", False),
        ("Wait 50 minutes.", False),
        ("Wait for the X30.", False),
        ("Wait.", True),
    ],
)
def test_figures_and_names_with_digits_stand_in_the_order_of_the_source(sentence: str, stand: bool) -> None:
    assert figures_stand(pair("Wait 5 minutes, then give the X20 20 ml.", sentence)) == stand


def test_the_threshold_lets_one_in_two_hundred_unfaithful_sentences_pass() -> None:
    pairs = [pair("a", "b", faithful=False) for _ in range(400)]
    scores = [float(number) for number in range(400)]
    assert sum(score > choose(pairs, scores) for score in scores) == 2
    assert choose([pair("a", "b")], [1.0]) == -math.inf


def test_area_is_how_often_the_faithful_one_is_above() -> None:
    pairs = [pair("a", "b"), pair("a", "c"), pair("a", "d", faithful=False)]
    assert area(pairs, [2.0, 0.0, 1.0]) == 0.5
