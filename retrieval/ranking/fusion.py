"""Puts two lists of hits, and perhaps a reranker's scores, into one order.

BM25 and cosine share no scale, so each list is first stretched to 0..1 for the question at hand; then a weighted sum
decides. Works on plain lists, so every engine's results are ordered by the same code. Knows no index.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from core.types import Hit

DENSE_WEIGHT = 0.6
"""Near the best on three sets that disagree about which list is the better one: decision 0021."""
RERANK_WEIGHT = 0.3
"""Chosen on train parts: decision 0022."""
LATE_WEIGHT, DENSE_BESIDE_LATE = 0.6, 0.45
"""What late interaction counts in the whole, and the dense list in the rest: decision 0035."""


class Fused(NamedTuple):
    """A chunk's place in each list and in the sum. Ranks count from 1; None means the list did not hold it.

    The parts are each list's score stretched to 0..1 for the question, before weights.
    """

    chunk_id: int
    score: float
    dense_part: float
    lexical_part: float
    dense_rank: int | None
    dense_score: float | None
    lexical_rank: int | None
    lexical_score: float | None


def fuse(dense: Sequence[Hit], lexical: Sequence[Hit]) -> list[Fused]:
    """Order the union of two lists by their weighted min-max sum, best first; ties by id, so that order is stable.

    A chunk that one list does not hold gets that list's 0, the same as its last hit.
    """
    dense_at = {hit.chunk_id: (rank, hit.score) for rank, hit in enumerate(dense, 1)}
    lexical_at = {hit.chunk_id: (rank, hit.score) for rank, hit in enumerate(lexical, 1)}
    by_dense = stretch({hit.chunk_id: hit.score for hit in dense})
    by_lexical = stretch({hit.chunk_id: hit.score for hit in lexical})
    fused = [
        Fused(
            chunk_id,
            DENSE_WEIGHT * by_dense.get(chunk_id, 0.0) + (1 - DENSE_WEIGHT) * by_lexical.get(chunk_id, 0.0),
            by_dense.get(chunk_id, 0.0),
            by_lexical.get(chunk_id, 0.0),
            *dense_at.get(chunk_id, (None, None)),
            *lexical_at.get(chunk_id, (None, None)),
        )
        for chunk_id in dense_at.keys() | lexical_at.keys()
    ]
    return sorted(fused, key=lambda hit: (-hit.score, hit.chunk_id))


def weigh_late(fused: Sequence[Fused], late: Mapping[int, float]) -> dict[int, float]:
    """Return the weighted sum of late interaction, stretched over these chunks, and the two lists; 0..1.

    A chunk that was not read ahead yet counts as if late interaction agreed with the lists.
    """
    stretched = stretch({hit.chunk_id: late[hit.chunk_id] for hit in fused if hit.chunk_id in late})
    dense = DENSE_BESIDE_LATE
    lists = {hit.chunk_id: dense * hit.dense_part + (1 - dense) * hit.lexical_part for hit in fused}
    return {i: LATE_WEIGHT * stretched.get(i, lists[i]) + (1 - LATE_WEIGHT) * lists[i] for i in lists}


def blend(fused: Mapping[int, float], logits: Mapping[int, float]) -> dict[int, float]:
    """Add to each fused score what a reranker thinks of the chunk: RERANK_WEIGHT times its logit's sigmoid.

    A chunk that it rejects, or had no time for, keeps its score, so that a reranker that is lost in a domain (all
    logits far below 0) changes nothing, where a stretched score would make an order out of noise.
    """
    return {i: score + RERANK_WEIGHT * _sigmoid(logits.get(i, -math.inf)) for i, score in fused.items()}


def stretch(scores: Mapping[int, float]) -> dict[int, float]:
    """Map the lowest score to 0 and the highest to 1; where all are equal, all are 1."""
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
