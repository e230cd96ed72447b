"""Puts two lists of hits, and perhaps a reranker's scores, into one order.

BM25 and cosine share no scale, so each list is first stretched to 0..1 for the question at hand; then a weighted sum
decides. Works on plain lists, so every engine's results are ordered by the same code. Knows no index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.types import Hit

DENSE_WEIGHT = 0.6
"""Best or within .003 of it on the train parts of two sets that disagree about which list is better: decision 0021."""
RERANK_WEIGHT = 0.3


@dataclass(frozen=True, slots=True)
class Fused:
    """A chunk's place in each list and in the sum. Ranks count from 1; None means the list did not hold it."""

    chunk_id: int
    score: float
    dense_rank: int | None
    dense_score: float | None
    lexical_rank: int | None
    lexical_score: float | None


def fuse(dense: Sequence[Hit], lexical: Sequence[Hit], dense_weight: float = DENSE_WEIGHT) -> list[Fused]:
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
            dense_weight * by_dense.get(chunk_id, 0.0) + (1 - dense_weight) * by_lexical.get(chunk_id, 0.0),
            *dense_at.get(chunk_id, (None, None)), *lexical_at.get(chunk_id, (None, None)),
        )
        for chunk_id in dense_at.keys() | lexical_at.keys()
    ]
    return sorted(fused, key=lambda hit: (-hit.score, hit.chunk_id))


def blend(fused: Mapping[int, float], reranked: Mapping[int, float], weight: float = RERANK_WEIGHT) -> dict[int, float]:
    """Return new scores for the chunks that a reranker scored; the others keep their fused score, below them.

    `reranked` must hold the best of `fused`. The reranker's logits are stretched to the range that the fused scores
    of the same chunks span, so that it reorders those chunks and cannot push one below what it never saw.
    """
    if not reranked:
        return dict(fused)
    low = min(fused[chunk_id] for chunk_id in reranked)
    span = max(fused[chunk_id] for chunk_id in reranked) - low
    logits = stretch(reranked)
    return dict(fused) | {
        chunk_id: (1 - weight) * fused[chunk_id] + weight * (low + span * logits[chunk_id]) for chunk_id in reranked
    }


def stretch(scores: Mapping[int, float]) -> dict[int, float]:
    """Map the lowest score to 0 and the highest to 1; where all are equal, all are 1."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high <= low:
        return dict.fromkeys(scores, 1.0)
    return {chunk_id: (score - low) / (high - low) for chunk_id, score in scores.items()}
