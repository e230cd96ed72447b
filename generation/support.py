"""How surely the chosen quotes answer the question: 0..1, calibrated, and the threshold below which Vouch refuses.

A logistic model on a few features of what retrieval and the cross-encoder said. Knows no text beyond shared words.
The coefficients come from `bench/fit_support.py`, which says on which training parts; change them only by running it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from core.types import Ranked
from generation.quotes import Scored
from generation.words import content

DEFAULT_THRESHOLD = 0.35


@dataclass(frozen=True, slots=True)
class Features:
    """What the estimate is made from. `logit` is the best span's, None where no cross-encoder spoke."""

    logit: float | None
    passage_logit: float
    dense: float
    coverage: float
    agreement: float


WITH_RERANKER: Mapping[str, float] = MappingProxyType(
    {"bias": -1.0, "logit": 0.3, "passage_logit": 0.15, "dense": 2.0, "coverage": 1.0, "agreement": 0.3}
)
WITHOUT_RERANKER: Mapping[str, float] = MappingProxyType(
    {"bias": -6.0, "dense": 8.0, "coverage": 2.0, "agreement": 0.3}
)


def features(question: str, passages: Sequence[Ranked], spans: Sequence[Scored]) -> Features:
    """Read the features of an answer off its passages and spans, both best first and not empty."""
    best = spans[0]
    logits = [span.logit for span in spans if span.logit is not None]
    reranked = [ranked.rerank_score for ranked in passages if ranked.rerank_score is not None]
    dense = [ranked.dense_score for ranked in passages if ranked.dense_score is not None]
    return Features(
        logit=max(logits) if logits else None,
        passage_logit=max(reranked, default=max(logits, default=0.0)),
        dense=max(dense, default=0.0),
        coverage=_coverage(question, best),
        agreement=1.0 / (1 + best.rank),
    )


def support(found: Features) -> float:
    """Return the probability that the quotes answer the question."""
    weights = WITHOUT_RERANKER if found.logit is None else WITH_RERANKER
    values = {"bias": 1.0, "logit": _bounded(found.logit or 0.0), "passage_logit": _bounded(found.passage_logit),
              "dense": found.dense, "coverage": found.coverage, "agreement": found.agreement}
    return _logistic(sum(weight * values[name] for name, weight in weights.items()))


def _coverage(question: str, best: Scored) -> float:
    """Return the share of the question's content words in the best span's passage and headings."""
    asked = set(content(question))
    near = set(content(" ".join((best.passage.title, *best.passage.heading, best.passage.text))))
    return len(asked & near) / len(asked) if asked else 0.0


def _bounded(logit: float) -> float:
    """Keep a logit of another cross-encoder from carrying the estimate alone."""
    return max(-12.0, min(12.0, logit))


def _logistic(value: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, value))))
