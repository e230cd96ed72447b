"""The metrics against values worked out by hand."""

from __future__ import annotations

import pytest

from evaluation.ranking_metrics import evaluate, ndcg, recall, reciprocal_rank


def test_ndcg_discounts_by_the_log_of_the_rank() -> None:
    # gains 0, 2, 1 at ranks 1, 2, 3; ideal 2, 1
    expected = (2 / 1.5849625007 + 1 / 2) / (2 / 1 + 1 / 1.5849625007)

    assert ndcg(["x", "a", "b"], {"a": 2, "b": 1}, 10) == pytest.approx(expected)
    assert ndcg(["a", "b"], {"a": 2, "b": 1}, 10) == pytest.approx(1.0)


def test_ndcg_looks_at_the_first_k_only() -> None:
    assert ndcg(["x", "a"], {"a": 1}, 1) == 0.0
    assert ndcg(["a"], {"a": 1, "b": 1}, 1) == pytest.approx(1.0)


def test_grades_of_zero_and_below_gain_nothing() -> None:
    assert ndcg(["bad", "a"], {"a": 1, "bad": -1, "nil": 0}, 10) == pytest.approx(1 / 1.5849625007)
    assert recall(["nil"], {"a": 1, "nil": 0}, 10) == 0.0


def test_recall_is_the_share_of_the_relevant() -> None:
    assert recall(["a", "x", "b"], {"a": 1, "b": 1, "c": 1, "d": 1}, 10) == 0.5
    assert recall(["x", "a"], {"a": 1}, 1) == 0.0


def test_reciprocal_rank_counts_the_first_relevant() -> None:
    assert reciprocal_rank(["x", "y", "a", "b"], {"a": 1, "b": 1}, 10) == pytest.approx(1 / 3)
    assert reciprocal_rank(["x", "y", "a"], {"a": 1}, 2) == 0.0


def test_figures_are_means_over_questions_with_a_relevant_document() -> None:
    figures = evaluate({"q1": ["a"], "q2": ["x"]}, {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 0}})

    assert figures == {"ndcg@10": 0.5, "recall@10": 0.5, "recall@100": 0.5, "mrr@10": 0.5}


def test_no_questions_give_zeros() -> None:
    assert set(evaluate({}, {}).values()) == {0.0}
