"""Support rises with the evidence, stays between 0 and 1, and needs no reranker."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Ranked
from generation.evidence.quotes import score_spans
from generation.refusal.support import (
    DEFAULT_THRESHOLD,
    NO_LEAD,
    WITH_RERANKER,
    WITHOUT_RERANKER,
    Features,
    features,
    support,
)
from tests.generation.doubles import OverlapReranker, passage, ranked

SURE = Features(logit=9.0, coverage=1.0, lists_agree=1.0, dense=0.85, dense_lead=0.15, rerank_lead=4.0)
UNSURE = Features(logit=-10.0, coverage=0.1, lists_agree=0.0, dense=0.45, dense_lead=0.02, rerank_lead=0.1)
FIGURES = st.floats(-1e9, 1e9)


@given(st.builds(Features, FIGURES | st.none(), *[FIGURES] * 5))
def test_support_is_a_probability(found: Features) -> None:
    assert 0.0 <= support(found) <= 1.0


def test_the_default_threshold_separates_clear_evidence_from_none() -> None:
    assert support(UNSURE) < DEFAULT_THRESHOLD < support(SURE)
    assert support(replace(UNSURE, logit=None)) < DEFAULT_THRESHOLD < support(replace(SURE, logit=None))


@pytest.mark.parametrize("field", list(WITH_RERANKER)[1:])
def test_support_never_falls_when_evidence_rises(field: str) -> None:
    assert support(replace(UNSURE, **{field: getattr(SURE, field)})) >= support(UNSURE)


def test_support_never_falls_when_evidence_rises_without_a_reranker() -> None:
    unread = replace(UNSURE, logit=None)
    for field in list(WITHOUT_RERANKER)[1:]:
        assert support(replace(unread, **{field: getattr(SURE, field)})) >= support(unread)


def test_features_come_from_passages_and_spans() -> None:
    passages = ranked(passage("Hold the reset button for five seconds."), passage("Wipe it.", chunk_id=2))
    found = features("reset button", passages, score_spans("reset button", passages, OverlapReranker()))
    assert (found.logit, found.coverage, found.lists_agree) == (8.0, 1.0, 1.0)
    assert (found.dense, found.rerank_lead) == (0.8, 1.0)
    assert found.dense_lead == NO_LEAD[0]


def test_a_lead_is_measured_against_other_documents() -> None:
    passages = ranked(*(passage(f"Text {number}.", chunk_id=number) for number in range(3)))
    found = features("text", passages, score_spans("text", passages, OverlapReranker()))
    assert found.dense_lead == pytest.approx(0.075)
    assert found.rerank_lead == 1.0


def test_lists_without_scores_do_not_agree() -> None:
    passages = (Ranked(passage("Hold the reset button."), score=1.0),)
    found = features("reset button", passages, score_spans("reset button", passages, None))
    assert found == Features(None, 1.0, 0.0, 0.0, *NO_LEAD)


def test_a_lead_counts_other_documents_only() -> None:
    """The passages of a long paper are alike: the best one is not compared with the others of the same paper."""
    one, two, three, four = ranked(*(passage(f"Text {number}.", chunk_id=number) for number in range(4)))
    paper = replace(two.passage, document_id=one.passage.document_id)
    passages = (replace(one, lexical_score=1.0), replace(two, passage=paper, lexical_score=9.0), three, four)
    found = features("text", passages, score_spans("text", passages, OverlapReranker()))
    assert found.lists_agree == 1.0
    assert found.dense_lead == pytest.approx(0.125)
    assert found.rerank_lead == 2.0
    apart = (passages[0], replace(passages[1], passage=two.passage), three, four)
    assert features("text", apart, score_spans("text", apart, OverlapReranker())).lists_agree == 0.0
