"""Support rises with what the reader says, stays between 0 and 1, and is the same for the same evidence."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Ranked
from generation.evidence.reading import read_passages
from generation.refusal.support import DEFAULT_THRESHOLD, WEIGHTS, Features, features, made_with, support
from tests.generation.doubles import OverlapReader, TableReader, passage, ranked

SURE = Features(answers=9.0, part=6.0, relevance=8.0, coverage=1.0, dense=0.85)
UNSURE = Features(answers=-10.0, part=-8.0, relevance=-8.0, coverage=0.1, dense=0.45)
FIGURES = st.floats(-1e9, 1e9)


@settings(deadline=None)
@given(st.builds(Features, *[FIGURES] * 5))
def test_support_is_a_probability(found: Features) -> None:
    assert 0.0 <= support(found) <= 1.0


def test_the_default_threshold_separates_clear_evidence_from_none() -> None:
    assert support(UNSURE) < DEFAULT_THRESHOLD < support(SURE)


@pytest.mark.parametrize("field", ["answers", "part"])
def test_support_never_falls_when_the_reader_is_surer(field: str) -> None:
    for found in (UNSURE, SURE):
        assert support(replace(found, **{field: getattr(found, field) + 1})) >= support(found)


def test_every_feature_has_a_weight() -> None:
    assert set(WEIGHTS) == {"bias", *asdict(SURE)}


def test_features_come_from_the_best_passage() -> None:
    pages = ranked(passage("Wipe it."), passage("Hold the reset button for five seconds.", chunk_id=2))
    found = features("reset button", read_passages("reset button", pages, OverlapReader()))
    assert (found.answers, found.part, found.relevance, found.coverage) == (8.0, 8.0, 8.0, 1.0)
    assert found.dense == 0.8


def test_a_word_in_the_title_is_covered() -> None:
    pages = ranked(passage("Hold it for five seconds.", title="Reset button"))
    assert features("reset button", read_passages("reset button", pages, OverlapReader())).coverage == 1.0


def test_one_feature_alone_does_not_decide() -> None:
    pages = ranked(passage("Hold it for five seconds."))
    found = features("reset", read_passages("reset", pages, TableReader({"Hold": 1e6})))
    assert (found.answers, found.part) == (12.0, 12.0)


def test_passages_without_scores_have_none() -> None:
    pages = (Ranked(passage("Hold the reset button."), score=1.0),)
    assert features("button", read_passages("button", pages, OverlapReader())).dense == 0.0


def test_the_versions_name_all_that_a_support_depends_on() -> None:
    assert {"reader", "quotes", "support", "passages"} <= set(made_with({"reader": "r"}, 20))
    assert made_with({}, 20) != made_with({}, 21)
