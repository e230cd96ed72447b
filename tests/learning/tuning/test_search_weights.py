"""Fitting the weights: the sums are those of a search, a clear winner is found, and noise moves nothing."""

from __future__ import annotations

import math
from random import Random

import numpy as np
import pytest

from core.types import Hit
from learning.tuning.search_weights import Lists, fit, gains, make_lists, ranks
from retrieval.ranking.fusion import DEFAULT_WEIGHTS, Weights, fuse, weigh_late


def lists(dense: list[int], lexical: list[int], late: dict[int, float], right: int) -> Lists:
    """Return a question's lists; ids are given best first, scores fall evenly."""
    hits = fuse(
        [Hit(chunk, 1.0 - 0.01 * place) for place, chunk in enumerate(dense)],
        [Hit(chunk, 9.0 - place) for place, chunk in enumerate(lexical)],
    )
    return make_lists(hits, late, {right}, set())


@pytest.mark.parametrize("seed", range(5))
def test_ranks_are_those_of_fusion_and_late_interaction(seed: int) -> None:
    draw = Random(seed)
    dense = [Hit(each, draw.random()) for each in draw.sample(range(60), 40)]
    lexical = [Hit(each, 20 * draw.random()) for each in draw.sample(range(60), 40)]
    tried = [DEFAULT_WEIGHTS, Weights(0.3, 0.2, 0.9), Weights(0.9, 0.9, 0.1), Weights(0.3, 0.0, 0.5)]
    late = {each: draw.random() for each in range(0, 60, 2)}
    expected = []
    for weights in tried:
        fused = fuse(dense, lexical, weights)
        scores = {hit.chunk_id: (1 - weights.late) * hit.score for hit in fused}
        scores |= weigh_late(
            fused[:30], {hit.chunk_id: late[hit.chunk_id] for hit in fused[:30] if hit.chunk_id in late}, weights
        )
        order = sorted(scores, key=lambda each: (-scores[each], each))
        expected.append([order.index(right) + 1 if right in scores else 0 for right in range(60)])

    found = [ranks(make_lists(fuse(dense, lexical), late, {right}, set()), tried).tolist() for right in range(60)]

    assert np.array(found).T.tolist() == expected


def test_a_passage_that_nobody_judged_outranks_nothing() -> None:
    hits = fuse([Hit(1, 0.9), Hit(2, 0.8), Hit(3, 0.1)], [])

    assert ranks(make_lists(hits, {}, {2}, set()), [DEFAULT_WEIGHTS]).tolist() == [2]
    assert ranks(make_lists(hits, {}, {2}, {1}), [DEFAULT_WEIGHTS]).tolist() == [1]


def test_a_right_passage_that_was_not_found_gains_nothing() -> None:
    found = ranks(make_lists(fuse([Hit(1, 0.9)], []), {}, {7}, set()), [DEFAULT_WEIGHTS])

    assert gains(found).tolist() == [0.0]
    assert gains(np.array([1, 2, 10, 11])).tolist() == pytest.approx([1.0, 1 / math.log2(3), 1 / math.log2(11), 0.0])


def test_where_words_decide_the_lexical_list_wins() -> None:
    every = [lists([1, 2, 3, 4], [4, 3, 2, 1], {1: 0.9, 2: 0.5, 3: 0.5, 4: 0.1}, right=4) for _ in range(20)]

    fitted = fit(every)

    assert fitted.after == 1.0
    assert fitted.before < 0.7
    assert (fitted.weights.late, fitted.weights.dense_with_late) < (DEFAULT_WEIGHTS.late, 0.5)


@pytest.mark.parametrize("seed", range(5))
def test_what_chance_explains_moves_nothing(seed: int) -> None:
    draw = Random(seed)
    every = []
    for _ in range(40):
        order = draw.sample(range(1, 9), 8)
        late = {each: draw.random() for each in order}
        every.append(lists(order, draw.sample(order, 8), late, right=draw.randint(1, 8)))

    fitted = fit(every)

    assert fitted.best != DEFAULT_WEIGHTS
    assert fitted.weights == DEFAULT_WEIGHTS
