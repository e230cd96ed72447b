"""Fusion on plain lists: what the sums are, and what they never do."""

from __future__ import annotations

import pytest

from core.types import Hit
from retrieval.ranking.fusion import blend, fuse, scale_to_unit


def test_each_list_is_stretched_and_weighed() -> None:
    fused = fuse([Hit(1, 0.9), Hit(2, 0.7), Hit(3, 0.5)], [Hit(3, 30.0), Hit(1, 10.0)])

    scores = {hit.chunk_id: hit.score for hit in fused}
    assert scores == pytest.approx({1: 0.6 * 1.0 + 0.4 * 0.0, 2: 0.6 * 0.5, 3: 0.6 * 0.0 + 0.4 * 1.0})
    assert [hit.chunk_id for hit in fused] == [1, 3, 2]


def test_ranks_and_scores_of_both_lists_are_kept_for_explaining() -> None:
    first = fuse([Hit(7, 0.9)], [Hit(8, 5.0), Hit(7, 4.0)])[0]

    assert (first.chunk_id, first.dense_rank, first.dense_score) == (7, 1, 0.9)
    assert (first.lexical_rank, first.lexical_score) == (2, 4.0)
    assert fuse([], [Hit(8, 5.0)])[0].dense_rank is None


def test_scale_and_sign_of_an_engine_do_not_matter() -> None:
    dense = [Hit(1, 0.9), Hit(2, 0.1)]

    plain = fuse(dense, [Hit(2, 9.0), Hit(3, 1.0)])
    shifted = fuse(dense, [Hit(2, -100.0), Hit(3, -900.0)])

    assert [hit.score for hit in plain] == pytest.approx([hit.score for hit in shifted])


def test_equal_scores_keep_a_stable_order() -> None:
    assert [hit.chunk_id for hit in fuse([Hit(9, 0.5), Hit(4, 0.5)], [])] == [4, 9]


def test_nothing_fuses_to_nothing() -> None:
    assert fuse([], []) == []
    assert scale_to_unit({}) == {}


def test_a_reranker_lifts_what_it_likes_and_leaves_the_rest() -> None:
    fused = {1: 0.9, 2: 0.8, 3: 0.7, 4: 0.6}

    scores = blend(fused, {1: -20.0, 2: 0.0, 3: 20.0})

    assert scores == pytest.approx({1: 0.9, 2: 0.95, 3: 1.0, 4: 0.6})


def test_a_reranker_that_rejects_everything_changes_no_order() -> None:
    fused = {1: 0.9, 2: 0.89, 3: 0.88}

    scores = blend(fused, {1: -11.3, 2: -11.1, 3: -10.9})

    assert sorted(scores, key=lambda chunk_id: -scores[chunk_id]) == [1, 2, 3]


def test_extreme_logits_are_harmless() -> None:
    assert blend({1: 0.5, 2: 0.5}, {1: 1e6, 2: -1e6}) == pytest.approx({1: 0.8, 2: 0.5})


def test_no_logits_change_nothing() -> None:
    fused = {1: 0.9, 2: 0.8}

    assert blend(fused, {}) == fused
