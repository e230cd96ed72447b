"""Merge two lists of hits, late interaction and a reranker's scores into one order.

BM25 and cosine have different scales, so each list is first scaled to 0..1 for each question; then a weighted sum
decides. Works on plain lists, so every engine's results are ordered by the same code. Knows no index.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from core.types import Hit

DENSE_WEIGHT = 0.6
"""Near the best on three sets, which disagree about which list is better: decision 0021."""
RERANK_WEIGHT = 0.3
"""Chosen on train parts: decision 0022."""
LATE_WEIGHT, DENSE_WEIGHT_WITH_LATE = 0.6, 0.45
"""The weight of late interaction in the sum, and that of the dense list in the rest: decision 0035."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of the sums: of the dense list without late interaction, of late interaction, of the dense list in
    the rest. They may be fitted to a collection (decision 0099); the defaults fit no one in particular.
    """

    dense: float = DENSE_WEIGHT
    late: float = LATE_WEIGHT
    dense_with_late: float = DENSE_WEIGHT_WITH_LATE


DEFAULT_WEIGHTS = Weights()


class Fused(NamedTuple):
    """A chunk's rank and score in each list and in the sum. Ranks count from 1; None: the list did not contain it.

    The parts are each list's scores scaled to 0..1 for the question, before weights.
    """

    chunk_id: int
    score: float
    dense_part: float
    lexical_part: float
    dense_rank: int | None
    dense_score: float | None
    lexical_rank: int | None
    lexical_score: float | None


def fuse(dense: Sequence[Hit], lexical: Sequence[Hit], weights: Weights = DEFAULT_WEIGHTS) -> list[Fused]:
    """Return the union of two lists by their weighted min-max sum, best first; ties by id, so that order is stable.

    A chunk that is missing in one list gets 0 for it, the same as the list's last hit.
    """
    dense_at = {hit.chunk_id: (rank, hit.score) for rank, hit in enumerate(dense, 1)}
    lexical_at = {hit.chunk_id: (rank, hit.score) for rank, hit in enumerate(lexical, 1)}
    by_dense = scale_to_unit({hit.chunk_id: hit.score for hit in dense})
    by_lexical = scale_to_unit({hit.chunk_id: hit.score for hit in lexical})
    fused = [
        Fused(
            chunk_id,
            weights.dense * by_dense.get(chunk_id, 0.0) + (1 - weights.dense) * by_lexical.get(chunk_id, 0.0),
            by_dense.get(chunk_id, 0.0),
            by_lexical.get(chunk_id, 0.0),
            *dense_at.get(chunk_id, (None, None)),
            *lexical_at.get(chunk_id, (None, None)),
        )
        for chunk_id in dense_at.keys() | lexical_at.keys()
    ]
    return sorted(fused, key=lambda hit: (-hit.score, hit.chunk_id))


def weigh_late(
    fused: Sequence[Fused], late: Mapping[int, float], weights: Weights = DEFAULT_WEIGHTS
) -> dict[int, float]:
    """Return the weighted sum of late interaction, scaled over these chunks, and of the two lists; 0..1.

    A chunk that is not encoded yet counts as if late interaction agreed with the lists.
    """
    scaled = scale_to_unit({hit.chunk_id: late[hit.chunk_id] for hit in fused if hit.chunk_id in late})
    dense = weights.dense_with_late
    lists = {hit.chunk_id: dense * hit.dense_part + (1 - dense) * hit.lexical_part for hit in fused}
    return {i: weights.late * scaled.get(i, lists[i]) + (1 - weights.late) * lists[i] for i in lists}


def blend(fused: Mapping[int, float], logits: Mapping[int, float]) -> dict[int, float]:
    """Add to each fused score the reranker's score: RERANK_WEIGHT times the sigmoid of its logit.

    A chunk that the reranker rejects, or has no time for, keeps its score. So a reranker that does not fit the domain
    (all logits far below 0) changes nothing; scores scaled to 0..1 would make an order out of noise.
    """
    return {i: score + RERANK_WEIGHT * _sigmoid(logits.get(i, -math.inf)) for i, score in fused.items()}


def scale_to_unit(scores: Mapping[int, float]) -> dict[int, float]:
    """Map the lowest score to 0 and the highest to 1; where all are equal, each becomes 1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {chunk_id: (score - low) / (high - low) for chunk_id, score in scores.items()}


def _sigmoid(logit: float) -> float:
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    return math.exp(logit) / (1 + math.exp(logit))
