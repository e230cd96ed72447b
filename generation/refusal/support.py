"""Support: the probability (0..1) that the quotes answer the question, and the threshold below which Vouch refuses.

A logistic model on a few features of retrieval and the cross-encoder. Knows no text beyond shared words. The
coefficients come from `bench/fit_support.py`, which names its training sets; change them only by running it.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import median
from types import MappingProxyType

from core.types import Ranked
from generation.english.words import content
from generation.evidence import quotes
from generation.evidence.quotes import Scored
from generation.question.product_names import without_names

DEFAULT_THRESHOLD = 0.40
"""At this threshold one of ten answerable questions with a right quote is refused; see docs/decisions/0032.

`vouch eval answers --calibrate` replaces it with a threshold for the documents of this installation."""
NO_LEAD = (0.06, 1.5)
"""dense_lead and rerank_lead if there are too few documents to compare: typical values, which change little."""

Scores = Mapping[tuple[str, int], float]
"""The scores of one list by document id and chunk id."""


@dataclass(frozen=True, slots=True)
class Features:
    """The inputs of the model. Without a value, `logit` is None, a lead is NO_LEAD, and the others are 0.

    `logit`: of the best span, -12..12. `coverage`: the share of the question's content words, without names from the
    title, in the best span's passage and headings. `lists_agree`: dense and lexical search put the same document first.
    `dense`: the best cosine. `dense_lead`: the best cosine minus the median of other documents' passages.
    `rerank_lead`: the best passage's logit minus the best one of another document, 0..6. Documents are compared and not
    passages, because a long document says in several places what it is about.
    """

    logit: float | None
    coverage: float
    lists_agree: float
    dense: float
    dense_lead: float
    rerank_lead: float


WITH_RERANKER: Mapping[str, float] = MappingProxyType(
    {"bias": -2.694, "logit": 0.181, "coverage": 1.921, "lists_agree": 0.865, "dense_lead": 3.901, "rerank_lead": 0.206}
)
WITHOUT_RERANKER: Mapping[str, float] = MappingProxyType(
    {"bias": -5.897, "coverage": 3.449, "lists_agree": 1.181, "dense": 3.273, "dense_lead": 9.282}
)

_COEFFICIENTS = json.dumps([*WITH_RERANKER.items(), *WITHOUT_RERANKER.items()])
VERSION = "support-" + hashlib.sha256(_COEFFICIENTS.encode()).hexdigest()[:8]
"""Version of the formula: a threshold that was calibrated with other coefficients is not valid for these."""


def features(question: str, passages: Sequence[Ranked], spans: Sequence[Scored]) -> Features:
    """Return the features of an answer from its passages and spans, both best first and not empty."""
    best, reranked = spans[0], _scores(passages, "rerank_score")
    dense, lexical = _scores(passages, "dense_score"), _scores(passages, "lexical_score")
    other_dense, other_reranked = _others(dense), _others(reranked)
    return Features(
        logit=_logit(best, spans),
        coverage=_coverage(without_names(question, best.passage), best),
        lists_agree=float(bool(dense) and bool(lexical) and _first(dense) == _first(lexical)),
        dense=max(dense.values(), default=0.0),
        dense_lead=max(dense.values()) - median(other_dense) if len(other_dense) > 1 else NO_LEAD[0],
        rerank_lead=_bounded(max(reranked.values()) - max(other_reranked), 0, 6) if other_reranked else NO_LEAD[1],
    )


def support(found: Features) -> float:
    """Return the probability that the quotes answer the question."""
    weights = WITHOUT_RERANKER if found.logit is None else WITH_RERANKER
    values = {"bias": 1.0} | {name: value or 0.0 for name, value in asdict(found).items()}
    return 1 / (1 + math.exp(-_bounded(sum(weight * values[name] for name, weight in weights.items()), -30, 30)))


def made_with(models: Mapping[str, str], search_k: int) -> dict[str, str]:
    """Return the versions of all that a support depends on except the documents; `models` are those of the search."""
    return {**models, "quotes": quotes.VERSION, "support": VERSION, "passages": str(search_k)}


def _logit(best: Scored, spans: Sequence[Scored]) -> float | None:
    """Return the logit of the best span, or of an older mail under it that answers better and only stands behind it."""
    if best.logit is None:
        return None
    older = (s.logit for s in spans if s.is_quoted and s.logit is not None and s.passage == best.passage)
    return _bounded(max((best.logit, *older)), -12, 12)


def _scores(passages: Sequence[Ranked], name: str) -> Scores:
    """Return the scores of one list for the passages that it contains."""
    scores = {(ranked.passage.document_id, ranked.passage.chunk_id): getattr(ranked, name) for ranked in passages}
    return {place: float(score) for place, score in scores.items() if score is not None}


def _first(scores: Scores) -> str:
    """Return the document of the best passage."""
    return max(scores, key=lambda place: scores[place])[0]


def _others(scores: Scores) -> list[float]:
    """Return the scores of passages from other documents than the best one."""
    first = _first(scores) if scores else None
    return [score for (document_id, _), score in scores.items() if document_id != first]


def _coverage(question: str, best: Scored) -> float:
    """Return the share of the question's content words in the best span's passage and headings."""
    asked = set(content(question))
    near = set(content(" ".join((best.passage.title, *best.passage.heading, best.passage.text))))
    return len(asked & near) / len(asked) if asked else 0.0


def _bounded(value: float, low: float, high: float) -> float:
    """Return the value within limits, so that one feature alone does not decide."""
    return max(low, min(high, value))
