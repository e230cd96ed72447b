"""Ranking metrics as trec_eval and BEIR count them: per question, then averaged.

Gains are the judgements themselves (linear), the discount is log2(rank + 1). Knows only ids.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

Judged = Mapping[str, int]
"""Grades by document id; 0 and below is not relevant."""


def ndcg(ranked: Sequence[str], judged: Judged, k: int) -> float:
    """Return the normalised discounted cumulative gain of the first k (Järvelin & Kekäläinen 2002); 0..1."""
    gains = [max(judged.get(item, 0), 0) for item in ranked[:k]]
    ideal = sorted((grade for grade in judged.values() if grade > 0), reverse=True)[:k]
    return _discounted(gains) / _discounted(ideal) if ideal else 0.0


def recall(ranked: Sequence[str], judged: Judged, k: int) -> float:
    """Return the share of the relevant documents that are among the first k."""
    relevant = {item for item, grade in judged.items() if grade > 0}
    return len(relevant.intersection(ranked[:k])) / len(relevant) if relevant else 0.0


def reciprocal_rank(ranked: Sequence[str], judged: Judged, k: int) -> float:
    """Return 1/rank of the first relevant document among the first k, else 0."""
    ranks = (rank for rank, item in enumerate(ranked[:k], 1) if judged.get(item, 0) > 0)
    return 1 / next(ranks, math.inf)


def evaluate(runs: Mapping[str, Sequence[str]], judgements: Mapping[str, Judged]) -> dict[str, float]:
    """Return nDCG@10, recall@10, recall@100 and MRR@10, averaged over the questions with a relevant document."""
    asked = {q: judged for q, judged in judgements.items() if any(grade > 0 for grade in judged.values())}
    pairs = [(runs.get(question, ()), judged) for question, judged in asked.items()]
    return {
        "ndcg@10": _mean([ndcg(ranked, judged, 10) for ranked, judged in pairs]),
        "recall@10": _mean([recall(ranked, judged, 10) for ranked, judged in pairs]),
        "recall@100": _mean([recall(ranked, judged, 100) for ranked, judged in pairs]),
        "mrr@10": _mean([reciprocal_rank(ranked, judged, 10) for ranked, judged in pairs]),
    }


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _discounted(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))
