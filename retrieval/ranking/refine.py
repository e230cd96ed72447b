"""Improve the order of the best passages: first by late interaction, then by a cross-encoder.

Late interaction is cheap, since passages are encoded in advance, and decides most; the cross-encoder reads a few pairs
within its time budget and only raises scores. Both see only passages that the caller may see. Weights are in
`retrieval.ranking.fusion`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

from core.ports import LateEncoder, Reranker
from core.store.database import Database
from core.store.passages import embed_text
from core.types import Ranked
from retrieval.models.late import late_scores
from retrieval.ranking.fusion import DEFAULT_WEIGHTS, Fused, Weights, blend, weigh_late

LATE_DEPTH = 30
"""Passages whose tokens are compared: a hundred changed no figure by .003 (decision 0035)."""
RERANK_DEPTH = 2
"""Pairs that the cross-encoder reads, 40 to 80 ms each; four or eight gained .002 more (decision 0022)."""

Timed = Callable[[str], AbstractContextManager[None]]


@dataclass(frozen=True, slots=True)
class Refiner:
    """The models that reorder passages for a question; either may be None."""

    late: LateEncoder | None
    reranker: Reranker | None
    budget_s: float

    @property
    def depth(self) -> int:
        """How many passages the models look at."""
        return max(LATE_DEPTH if self.late else 0, RERANK_DEPTH if self.reranker else 0)

    def refine(
        self,
        db: Database,
        question: str,
        ranked: Sequence[Ranked],
        fused: Mapping[int, Fused],
        timed: Timed,
        weights: Weights = DEFAULT_WEIGHTS,
    ) -> list[Ranked]:
        """Return the same passages in a better order."""
        if self.late is not None and ranked:
            with timed("late"):
                ranked = _by_late(db, self.late, question, ranked, fused, weights)
        if self.reranker is not None and ranked:
            with timed("rerank"):
                ranked = _reranked(self.reranker, question, ranked, time.monotonic() + self.budget_s)
        return list(ranked)


def _by_late(
    db: Database,
    late: LateEncoder,
    question: str,
    ranked: Sequence[Ranked],
    fused: Mapping[int, Fused],
    weights: Weights,
) -> list[Ranked]:
    """Order the first LATE_DEPTH passages by late interaction; those after them stay in their order."""
    head = [hit.passage.chunk_id for hit in ranked[:LATE_DEPTH]]
    compared = late_scores(db, late, question, head)
    if not compared:
        return list(ranked)
    scores = weigh_late([fused[chunk_id] for chunk_id in head], compared, weights)
    first = [replace(hit, score=scores[i], late_score=compared.get(i)) for i, hit in zip(head, ranked, strict=False)]
    # the rest was not compared: it gets the lowest score of late interaction
    rest = [replace(hit, score=(1 - weights.late) * hit.score) for hit in ranked[LATE_DEPTH:]]
    return _sorted([*first, *rest])


def _reranked(reranker: Reranker, question: str, ranked: Sequence[Ranked], deadline: float) -> list[Ranked]:
    """Blend the reranker's scores into the order, for as many of the best passages as time allows."""
    head = ranked[:RERANK_DEPTH]
    logits = reranker.score(question, [embed_text(hit.passage.title, hit.passage) for hit in head], deadline=deadline)
    before = {hit.passage.chunk_id: hit.score for hit in ranked}
    scored = {hit.passage.chunk_id: logit for hit, logit in zip(head, logits, strict=False)}
    scores = blend(before, scored)
    ids = [hit.passage.chunk_id for hit in ranked]
    return _sorted(
        replace(hit, score=scores[i], rerank_score=scored.get(i)) for i, hit in zip(ids, ranked, strict=True)
    )


def _sorted(ranked: Iterable[Ranked]) -> list[Ranked]:
    return sorted(ranked, key=lambda hit: (-hit.score, hit.passage.chunk_id))
