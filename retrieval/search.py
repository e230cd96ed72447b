"""A caller's question to ranked passages: embed, look in both indexes, fuse, read back what he may see, rerank.

The indexes only suggest; `core.passages.hydrate` decides what the caller gets. What the passages say about the
question is for the answer to find out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from core.db import Database
from core.errors import Invalid, missing_extra
from core.passages import embed_text, hydrate, restricted, visible_ids
from core.ports import Embedder, Reranker
from core.settings import Settings
from core.types import Caller, Filters, Passage, Ranked, SearchResult
from retrieval.candidates import Share, find_candidates
from retrieval.embed import open_embedder
from retrieval.fusion import Fused, blend, fuse
from retrieval.rerank import open_reranker

if TYPE_CHECKING:
    from retrieval.follow import Follower, Live

DEPTH = 200
"""Hits taken from each list; what lies deeper changes the order of the first ten by less than can be measured."""
RERANK_MOST = 8
"""Passages that the reranker looks at: twelve or twenty-four changed no figure (decision 0022)."""


class Searcher:
    """A Retriever over this process's live index. Threads may search at the same time."""

    def __init__(
        self, db: Database, follower: Follower, embedder: Embedder, reranker: Reranker | None, rerank_budget_s: float
    ) -> None:
        self._db = db
        self._follower = follower
        self._embedder = embedder
        self._reranker = reranker if rerank_budget_s > 0 else None
        self._budget_s = rerank_budget_s

    @property
    def device(self) -> str:
        """The device that the dense index truly runs on."""
        return self._follower.current().vectors.device

    @property
    def devices(self) -> Mapping[str, str]:
        """The devices truly in use: index, embedder and, where there is one, reranker."""
        devices = {"index": self.device, "embedder": self._embedder.device}
        return devices | ({"reranker": self._reranker.device} if self._reranker else {})

    @property
    def index_version(self) -> str:
        """The snapshot and the journal's step that searches run on now."""
        return self._follower.current().version

    def refresh(self) -> int:
        """Catch up with the journal and return how many chunks the index holds."""
        return len(self._follower.current().vectors)

    def search(
        self, caller: Caller, query: str, *, k: int, filters: Filters | None = None, rerank: bool = True
    ) -> SearchResult:
        if not query.strip():
            raise Invalid("The query is empty.", hint="Ask for something.")
        if k < 1:
            raise Invalid(f"k must be at least 1, not {k}.")
        clock = _Clock()
        with clock.step("follow"):
            live = self._follower.current()
        ranked: Sequence[Ranked] = ()
        if len(live.vectors) or len(live.lexical):
            ranked = self._find(clock, live, caller, query, k, filters)
            if rerank and self._reranker is not None:
                with clock.step("rerank"):
                    ranked = _reranked(self._reranker, query, ranked, time.monotonic() + self._budget_s)
        return SearchResult(tuple(ranked[:k]), live.version, clock.done())

    def close(self) -> None:
        """Let go of the index's files."""
        self._follower.close()

    def _find(
        self, clock: _Clock, live: Live, caller: Caller, query: str, k: int, filters: Filters | None
    ) -> list[Ranked]:
        """Return passages in fused order: k of them or as many as the reranker may look at, if there are."""
        with clock.step("embed"):
            vector = self._embedder.embed_query(query)
        want, depth = max(k, RERANK_MOST), max(k, DEPTH)
        with self._db.read() as session:
            read = partial(hydrate, session, caller, filters=filters)
            narrow = restricted(session, caller, filters)
            share = Share(read, lambda: visible_ids(session, caller, filters)) if narrow else None
            while True:
                with clock.step("find"):
                    found = find_candidates(live.vectors, live.lexical, vector, query, depth, share)
                with clock.step("hydrate"):
                    ranked = _readable(read, fuse(found.dense, found.lexical), want)
                if len(ranked) >= k or not found.more:
                    return ranked
                depth *= 4  # the best of both lists were withdrawn a moment ago


def open_searcher(
    settings: Settings, db: Database, *, embedder: Embedder | None = None, reranker: Reranker | None = None
) -> Searcher:
    """Open the index, and the models that are not given, as the settings name them.

    Raises SettingsError, WeightsError.
    """
    try:
        from retrieval.follow import Follower
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    from retrieval.publish import index_place

    embedder = embedder or open_embedder(settings)
    reranker = reranker or open_reranker(settings)
    follower = Follower(db, index_place(settings), embedder.name, embedder.dimension)
    return Searcher(db, follower, embedder, reranker, settings.rerank_budget_ms / 1000)


def _readable(read: Callable[[list[int]], Mapping[int, Passage]], fused: Sequence[Fused], want: int) -> list[Ranked]:
    """Read back the best in order, until there are as many as are wanted; what the caller may not see is skipped."""
    ranked: list[Ranked] = []
    for start in range(0, len(fused), want):
        batch = fused[start : start + want]
        passages = read([hit.chunk_id for hit in batch])
        ranked += [_ranked(hit, passages[hit.chunk_id]) for hit in batch if hit.chunk_id in passages]
        if len(ranked) >= want:
            break
    return ranked


def _ranked(hit: Fused, passage: Passage) -> Ranked:
    return Ranked(
        passage, hit.score, hit.dense_rank, hit.dense_score, hit.lexical_rank, hit.lexical_score, fused_score=hit.score
    )


def _reranked(reranker: Reranker, question: str, ranked: Sequence[Ranked], deadline: float) -> list[Ranked]:
    """Blend the reranker's scores into the order of as many of the best as time allows."""
    head = ranked[:RERANK_MOST]
    logits = reranker.score(question, [embed_text(hit.passage.title, hit.passage) for hit in head], deadline=deadline)
    fused = {hit.passage.chunk_id: hit.score for hit in ranked}
    scored = {hit.passage.chunk_id: logit for hit, logit in zip(head, logits, strict=False)}
    scores = blend(fused, scored)
    ids = [hit.passage.chunk_id for hit in ranked]
    renewed = [replace(hit, score=scores[i], rerank_score=scored.get(i)) for i, hit in zip(ids, ranked, strict=True)]
    return sorted(renewed, key=lambda hit: (-hit.score, hit.passage.chunk_id))


class _Clock:
    """Adds up seconds per step of one search."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._spent: dict[str, float] = {}

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        try:
            yield
        finally:
            self._spent[name] = self._spent.get(name, 0.0) + time.perf_counter() - began

    def done(self) -> dict[str, float]:
        """Return seconds by step, and their total with what lies between."""
        return self._spent | {"total": time.perf_counter() - self._began}
