"""Support rises with the evidence, stays between 0 and 1, and needs no reranker."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.quotes import score_spans
from generation.support import DEFAULT_THRESHOLD, Features, features, support
from tests.generation.doubles import OverlapReranker, passage, ranked

SURE = Features(logit=9.0, passage_logit=9.0, dense=0.85, coverage=1.0, agreement=1.0)
UNSURE = Features(logit=-10.0, passage_logit=-10.0, dense=0.45, coverage=0.1, agreement=0.2)
FIGURES = st.floats(-1e9, 1e9)


@given(st.builds(Features, FIGURES | st.none(), FIGURES, FIGURES, FIGURES, FIGURES))
def test_support_is_a_probability(found: Features) -> None:
    assert 0.0 <= support(found) <= 1.0


def test_the_default_threshold_parts_clear_evidence_from_none() -> None:
    assert support(UNSURE) < DEFAULT_THRESHOLD < support(SURE)
    assert support(replace(UNSURE, logit=None)) < DEFAULT_THRESHOLD < support(replace(SURE, logit=None))


@pytest.mark.parametrize("field", ["logit", "dense", "coverage"])
def test_support_never_falls_when_evidence_rises(field: str) -> None:
    assert support(replace(UNSURE, **{field: getattr(SURE, field)})) >= support(UNSURE)


def test_features_are_read_off_passages_and_spans() -> None:
    passages = ranked(passage("Hold the reset button for five seconds."))
    found = features("reset button", passages, score_spans("reset button", passages, OverlapReranker()))
    assert found == Features(logit=8.0, passage_logit=3.0, dense=0.8, coverage=1.0, agreement=1.0)
