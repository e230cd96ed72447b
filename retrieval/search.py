"""Turn a caller's question into ranked passages: embed, search both indexes, fuse, read what they may see, rerank.

The indexes only suggest; `core.store.reading.hydrate` decides what the caller gets. Whether the passages answer the
question is decided in `generation`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from core.errors import Invalid
from core.ports import Embedder, LateEncoder, Reranker
from core.settings import Settings
from core.store.database import Database
from core.store.passages import latest_seq
from core.store.reading import around, hydrate, restricted, visible_among, visible_ids, with_blocks
from core.types import OPERATOR, Caller, Filters, Passage, Ranked, SearchCounts, SearchResult
from retrieval.lifecycle.serving import Embedders, FixedServing, Serving, open_index
from retrieval.models.embedder import open_embedder
from retrieval.models.late import late_scores, open_late
from retrieval.models.reranker import open_reranker
from retrieval.ranking.candidates import Visible, find_candidates
from retrieval.ranking.collapse import collapse
from retrieval.ranking.fusion import Fused, Weights, fuse
from retrieval.ranking.neighbours import join_neighbours
from retrieval.ranking.profile import DEFAULT_PROFILE, SearchProfile
from retrieval.ranking.refine import LATE_DEPTH, Refiner

if TYPE_CHECKING:
    from retrieval.lifecycle.live_index import IndexState

DEPTH = 200
"""Hits taken from each list; deeper hits do not measurably change the order of the first ten."""
DEEPEST_FOR_COPIES = 4 * DEPTH
"""How deep a search looks past copies of one passage for others; beyond this it returns fewer."""
Profiles = Callable[[], SearchProfile]
"""Returns the profile that searches use now; called once for each search, so that it can change between two."""
ATTEMPTS = 3
"""Times that a search is repeated when documents are replaced while it runs; the last result is then good enough."""


class Searcher:
    """A Retriever over this process's live index. Threads may search at the same time."""

    def __init__(
        self,
        db: Database,
        serving: Serving | FixedServing,
        refiner: Refiner,
        profiles: Profiles = lambda: DEFAULT_PROFILE,
    ) -> None:
        self._db = db
        self._serving = serving
        self._refiner = refiner
        self._profiles = profiles

    @property
    def device(self) -> str:
        """The device that the dense index actually runs on."""
        return self.devices["index"]

    @property
    def devices(self) -> Mapping[str, str]:
        """The devices actually in use, by part: index, embedder, and late encoder and reranker if there are any."""
        serving = self._serving.current()
        devices = {"index": serving.index.current().vectors.device, "embedder": serving.embedder.device}
        late, reranker = self._refiner.late, self._refiner.reranker
        devices |= {"late": late.device} if late else {}
        return devices | ({"reranker": reranker.device} if reranker else {})

    @property
    def embedder(self) -> Embedder:
        """The embedder that serves now; a migration changes it."""
        return self._serving.current().embedder

    @property
    def models(self) -> Mapping[str, str]:
        """The names of the models that find and order passages now; "none" where there is none."""
        late, reranker = self._refiner.late, self._refiner.reranker
        return {
            "embedder": self._serving.current().embedder.name,
            "late": late.name if late else "none",
            "reranker": reranker.name if reranker else "none",
        }

    @property
    def profile(self) -> SearchProfile:
        """What was learned of the order, as searches use it now."""
        return self._profiles()

    @property
    def index_version(self) -> str:
        """The snapshot and the step of the journal that searches use now."""
        serving = self._serving.current()
        return serving.index.current().version

    def refresh(self) -> int:
        """Catch up with the journal and return how many vectors the index holds."""
        serving = self._serving.current()
        return len(serving.index.current().vectors)

    def problem(self) -> str | None:
        """Return why searches find less than they should and what to do; None if they do not."""
        return self._serving.problem()

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
            raise Invalid("The query is empty.", hint="Enter a question.")
        if k < 1:
            raise Invalid(f"k must be at least 1, not {k}.")
        clock, profile = _Clock(), self._profiles()
        want = max(k, self._refiner.depth) if rerank else k
        for _ in range(ATTEMPTS):
            with clock.step("follow"):
                serving = self._serving.current()
                live = serving.index.current()
            ranked, fused, overtaken = self._find(clock, serving.embedder, live, caller, query, want, filters, profile)
            if not overtaken:
                break
        if rerank:
            weights = profile.weights_for(filters)
            ranked = self._refiner.refine(self._db, query, ranked, fused, clock.step, weights)
        best, explanation = self._whole(clock, join_neighbours(ranked[:k])), None
        if explain:
            from retrieval.ranking.explain import explain_search  # loads tantivy

            with clock.step("explain"):
                explanation = explain_search(self._db, live.lexical, caller, query, filters, best, clock.looked)
        return SearchResult(best, live.version, clock.done(), explanation)

    def lists(
        self, query: str, profile: SearchProfile, heads: Sequence[Weights], filters: Filters | None = None
    ) -> tuple[list[Fused], dict[int, float]]:
        """Return what the operator finds before any weights: hits with their parts, and scores of late interaction.

        Late interaction is computed for what comes first under any of `heads`. Weights are fitted on these lists.
        """
        serving = self._serving.current()
        live, vector = serving.index.current(), profile.embed_query(serving.embedder, query)
        with self._db.read() as session:
            allowed = visible_ids(session, OPERATOR, filters) if filters is not None else None
            near, matching = live.vectors.search(vector, DEPTH, allowed), live.lexical.search(query, DEPTH, allowed)
            here = visible_among(session, OPERATOR, sorted({hit.chunk_id for hit in (*near, *matching)}))
        dense, lexical = ([hit for hit in hits if hit.chunk_id in here] for hits in (near, matching))
        first: dict[int, None] = {}
        for weights in heads:
            first |= dict.fromkeys(hit.chunk_id for hit in fuse(dense, lexical, weights)[:LATE_DEPTH])
        late = self._refiner.late
        return fuse(dense, lexical), late_scores(self._db, late, query, list(first)) if late is not None else {}

    def around(self, caller: Caller, passage: Passage, before: int, after: int) -> tuple[Passage, ...]:
        with self._db.read() as session:
            return tuple(around(session, caller, passage, before, after))

    def close(self) -> None:
        """Close the index."""
        self._serving.close()

    def _whole(self, clock: _Clock, found: Sequence[Ranked]) -> tuple[Ranked, ...]:
        """Return the passages that are shown with their blocks, which are not read for every candidate."""
        with clock.step("blocks"), self._db.read() as session:
            whole = with_blocks(session, [each.passage for each in found])
        return tuple(replace(each, passage=passage) for each, passage in zip(found, whole, strict=True))

    def _find(
        self,
        clock: _Clock,
        embedder: Embedder,
        live: IndexState,
        caller: Caller,
        query: str,
        want: int,
        filters: Filters | None,
        profile: SearchProfile,
    ) -> tuple[list[Ranked], dict[int, Fused], bool]:
        """Return up to `want` passages in fused order, all hits by chunk, and whether the result is out of date.

        It is out of date when some hits were withdrawn meanwhile and the journal has newer steps, which may have
        brought other passages.
        """
        if not (len(live.lexical) or len(live.vectors)):
            return [], {}, False
        with clock.step("embed"):
            vector = profile.embed_query(embedder, query)
        depth = max(want, DEPTH)
        with self._db.read() as session:
            read = partial(hydrate, session, caller, filters=filters)
            narrow = restricted(session, caller, filters)
            readable = partial(visible_among, session, caller, filters=filters)
            share = Visible(readable, lambda: visible_ids(session, caller, filters)) if narrow else None
            while True:
                with clock.step("find"):
                    found = find_candidates(live.vectors, live.lexical, vector, query, depth, share)
                with clock.step("hydrate"):
                    fused = fuse(found.dense, found.lexical, profile.weights_for(filters))
                    ranked, looked_at, gone = _readable(read, fused, want, filters)
                full = len(ranked) >= want or (looked_at >= want and depth >= DEEPEST_FOR_COPIES)
                if full or not found.more:
                    clock.looked = SearchCounts(depth, len(found.dense), len(found.lexical), looked_at)
                    overtaken = gone and latest_seq(session) > live.seq
                    return ranked, {hit.chunk_id: hit for hit in fused}, overtaken
                depth *= 4  # the best of both lists were just withdrawn, or repeat each other


def open_searcher(
    settings: Settings,
    db: Database,
    *,
    embedder: Embedder | None = None,
    reranker: Reranker | None = None,
    late: LateEncoder | None = None,
    embedders: Embedders = open_embedder,
    profiles: Profiles = lambda: DEFAULT_PROFILE,
) -> Searcher:
    """Open the index and the embedder that serve, and the other models that the settings name.

    Models that are passed in are used instead; a given embedder stays even if a migration makes another one serve.
    Raises SettingsError, WeightsError.
    """
    reranker = (reranker or open_reranker(settings)) if settings.rerank_budget_ms else None
    refiner = Refiner(late or open_late(settings), reranker, settings.rerank_budget_ms / 1000)
    serving: Serving | FixedServing
    if embedder is None:
        serving = Serving(db, settings, embedders)
    else:
        serving = FixedServing(embedder, open_index(settings, db, embedder))
    return Searcher(db, serving, refiner, profiles)


def _readable(
    read: Callable[[list[int]], Mapping[int, Passage]], fused: Sequence[Fused], want: int, filters: Filters | None
) -> tuple[list[Ranked], int, bool]:
    """Read the best hits in order until `want` passages with different texts are found.

    Returns these passages, how many were read, and whether some could not be read: hidden passages are skipped. Each
    step reads twice as many, so that a thousand copies take few steps.
    """
    ranked: list[Ranked] = []
    distinct: list[Ranked] = []
    start, size, gone = 0, want, False
    while start < len(fused) and len(distinct) < want:
        batch = fused[start : start + size]
        passages = read([hit.chunk_id for hit in batch])
        gone |= len(passages) < len(batch)
        ranked += [_ranked(hit, passages[hit.chunk_id]) for hit in batch if hit.chunk_id in passages]
        # with certain documents requested, each of them keeps its passages
        distinct = collapse(ranked, across_documents=filters is None or not filters.document_ids)
        start, size = start + size, 2 * size
    return [replace(hit, fused_rank=rank) for rank, hit in enumerate(distinct, 1)], len(ranked), gone


def _ranked(hit: Fused, passage: Passage) -> Ranked:
    return Ranked(
        passage, hit.score, hit.dense_rank, hit.dense_score, hit.lexical_rank, hit.lexical_score, fused_score=hit.score
    )


class _Clock:
    """Adds up seconds per step of one search, and holds how deep it looked."""

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
        """Return the seconds by step, and the total of the whole search."""
        return self._spent | {"total": time.perf_counter() - self._began}
