"""A caller's question to ranked passages: embed, look in both indexes, fuse, read back what he may see, rerank.

The indexes only suggest; `core.store.reading.hydrate` decides what the caller gets. What the passages say about the
question is for the answer to find out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from core.errors import Invalid
from core.explanation import SearchCounts
from core.ports import Embedder, LateEncoder, Reranker
from core.settings import Settings
from core.store.database import Database
from core.store.passages import latest_seq
from core.store.reading import hydrate, restricted, visible_among, visible_ids
from core.types import Caller, Filters, Passage, Ranked, SearchResult
from retrieval.lifecycle.serving import Embedders, Fixed, Serving, open_follower
from retrieval.models.embedder import open_embedder
from retrieval.models.late import open_late
from retrieval.models.reranker import open_reranker
from retrieval.ranking.candidates import Share, find_candidates
from retrieval.ranking.collapse import collapse
from retrieval.ranking.fusion import Fused, fuse
from retrieval.ranking.neighbours import join
from retrieval.ranking.refine import Refiner

if TYPE_CHECKING:
    from retrieval.lifecycle.live_index import Live

DEPTH = 200
"""Hits taken from each list; what lies deeper changes the order of the first ten by less than can be measured."""
DEEPEST_FOR_COPIES = 4 * DEPTH
"""How far a search looks past copies of one passage for others; past this it returns fewer."""
ATTEMPTS = 3
"""Times that a search begins anew when documents were replaced while it looked: then what is left is good enough."""


class Searcher:
    """A Retriever over this process's live index. Threads may search at the same time."""

    def __init__(self, db: Database, serving: Serving | Fixed, refiner: Refiner) -> None:
        self._db = db
        self._serving = serving
        self._refiner = refiner

    @property
    def device(self) -> str:
        """The device that the dense index truly runs on."""
        return self.devices["index"]

    @property
    def devices(self) -> Mapping[str, str]:
        """The devices truly in use: index, embedder and, where there is one, reranker."""
        standing = self._serving.current()
        devices = {"index": standing.follower.current().vectors.device, "embedder": standing.embedder.device}
        late, reranker = self._refiner.late, self._refiner.reranker
        devices |= {"late": late.device} if late else {}
        return devices | ({"reranker": reranker.device} if reranker else {})

    @property
    def embedder(self) -> Embedder:
        """The embedder that serves now: another after a move."""
        return self._serving.current().embedder

    @property
    def models(self) -> Mapping[str, str]:
        """The names of what finds and orders passages now; "none" where there is none."""
        late, reranker = self._refiner.late, self._refiner.reranker
        return {
            "embedder": self._serving.current().embedder.name,
            "late": late.name if late else "none",
            "reranker": reranker.name if reranker else "none",
        }

    @property
    def index_version(self) -> str:
        """The snapshot and the journal's step that searches run on now."""
        standing = self._serving.current()
        return standing.follower.current().version

    def refresh(self) -> int:
        """Catch up with the journal and return how many chunks the index holds."""
        standing = self._serving.current()
        return len(standing.follower.current().vectors)

    def trouble(self) -> str | None:
        """Return what makes searches find less than they should, and what to do; None when nothing does."""
        return self._serving.trouble()

    def search(
        self,
        caller: Caller,
        query: str,
        *,
        k: int,
        filters: Filters | None = None,
        rerank: bool = True,
        explain: bool = False,
    ) -> SearchResult:
        if not query.strip():
            raise Invalid("The query is empty.", hint="Ask for something.")
        if k < 1:
            raise Invalid(f"k must be at least 1, not {k}.")
        clock = _Clock()
        want = max(k, self._refiner.depth) if rerank else k
        for _ in range(ATTEMPTS):
            with clock.step("follow"):
                standing = self._serving.current()
                live = standing.follower.current()
            ranked, fused, overtaken = self._find(clock, standing.embedder, live, caller, query, want, filters)
            if not overtaken:
                break
        if rerank:
            ranked = self._refiner.refine(self._db, query, ranked, fused, clock.step)
        best, told = tuple(join(ranked[:k])), None
        if explain:
            from retrieval.ranking.explain import explained  # it cuts texts into terms with the lexical index's library

            with clock.step("explain"):
                told = explained(self._db, live.lexical, caller, query, filters, best, clock.looked)
        return SearchResult(best, live.version, clock.done(), told)

    def close(self) -> None:
        """Let go of the index's files."""
        self._serving.close()

    def _find(
        self,
        clock: _Clock,
        embedder: Embedder,
        live: Live,
        caller: Caller,
        query: str,
        want: int,
        filters: Filters | None,
    ) -> tuple[list[Ranked], dict[int, Fused], bool]:
        """Return as many passages as are wanted, if there are, in fused order, and all hits by chunk.

        The last is whether what was found is out of date: it names passages that were withdrawn meanwhile, in whose
        place others may have come.
        """
        if not (len(live.lexical) or len(live.vectors)):
            return [], {}, False
        with clock.step("embed"):
            vector = embedder.embed_query(query)
        depth = max(want, DEPTH)
        with self._db.read() as session:
            read = partial(hydrate, session, caller, filters=filters)
            narrow = restricted(session, caller, filters)
            seen = partial(visible_among, session, caller, filters=filters)
            share = Share(seen, lambda: visible_ids(session, caller, filters)) if narrow else None
            while True:
                with clock.step("find"):
                    found = find_candidates(live.vectors, live.lexical, vector, query, depth, share)
                with clock.step("hydrate"):
                    fused = fuse(found.dense, found.lexical)
                    ranked, looked_at, gone = _readable(read, fused, want, filters)
                full = len(ranked) >= want or (looked_at >= want and depth >= DEEPEST_FOR_COPIES)
                if full or not found.more:
                    clock.looked = SearchCounts(depth, len(found.dense), len(found.lexical), looked_at)
                    overtaken = gone and latest_seq(session) > live.seq
                    return ranked, {hit.chunk_id: hit for hit in fused}, overtaken
                depth *= 4  # the best of both lists were withdrawn a moment ago, or say the same


def open_searcher(
    settings: Settings,
    db: Database,
    *,
    embedder: Embedder | None = None,
    reranker: Reranker | None = None,
    late: LateEncoder | None = None,
    embedders: Embedders = open_embedder,
) -> Searcher:
    """Open the index and the embedder that serve, and of the others what the settings name and was not given.

    An embedder that is given stays, whatever is made to serve. Raises SettingsError, WeightsError.
    """
    reranker = (reranker or open_reranker(settings)) if settings.rerank_budget_ms else None
    refiner = Refiner(late or open_late(settings), reranker, settings.rerank_budget_ms / 1000)
    serving: Serving | Fixed
    if embedder is None:
        serving = Serving(db, settings, embedders)
    else:
        serving = Fixed(embedder, open_follower(settings, db, embedder))
    return Searcher(db, serving, refiner)


def _readable(
    read: Callable[[list[int]], Mapping[int, Passage]], fused: Sequence[Fused], want: int, filters: Filters | None
) -> tuple[list[Ranked], int, bool]:
    """Read back the best in order, until as many as are wanted say different things.

    Returns them, how many it took, and whether some could not be read: what the caller may not see is skipped. Each
    time twice as many are read, so that a thousand copies take few steps.
    """
    ranked: list[Ranked] = []
    distinct: list[Ranked] = []
    start, size, gone = 0, want, False
    while start < len(fused) and len(distinct) < want:
        batch = fused[start : start + size]
        passages = read([hit.chunk_id for hit in batch])
        gone |= len(passages) < len(batch)
        ranked += [_ranked(hit, passages[hit.chunk_id]) for hit in batch if hit.chunk_id in passages]
        # who asked for certain documents gets passages of each
        distinct = collapse(ranked, across_documents=filters is None or not filters.document_ids)
        start, size = start + size, 2 * size
    return [replace(hit, fused_rank=rank) for rank, hit in enumerate(distinct, 1)], len(ranked), gone


def _ranked(hit: Fused, passage: Passage) -> Ranked:
    return Ranked(
        passage, hit.score, hit.dense_rank, hit.dense_score, hit.lexical_rank, hit.lexical_score, fused_score=hit.score
    )


class _Clock:
    """Adds up seconds per step of one search, and keeps how far it looked."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._spent: dict[str, float] = {}
        self.looked = SearchCounts()

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
