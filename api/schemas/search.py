"""Searches and what they find."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.common import Body, Slug, View
from api.schemas.documents import BoxView, Metadata
from core.explanation import Explanation
from core.types import ElementKind, Filters, Json, Passage, Ranked, SearchResult

Collections = Annotated[list[Slug], Field(max_length=50)]


class SearchFilters(Body):
    """What narrows a search further; all of it must hold."""

    document_ids: list[Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,64}$")]] = Field(
        default=[], max_length=200
    )
    metadata: Metadata = Field(default={})


class SearchBody(Body):
    """A search. `explain` adds what put each passage in its place, and which words stand nowhere."""

    query: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
    collections: Collections = Field([])
    k: int | None = Field(None, ge=1, le=100, description="Default: VOUCH_SEARCH_K.")
    filters: SearchFilters = Field(default_factory=SearchFilters)
    explain: bool = False

    def as_filters(self) -> Filters:
        return Filters(frozenset(self.collections), frozenset(self.filters.document_ids), self.filters.metadata)


class MatchedView(View):
    """A word of the query as it was typed, the term that the index has for it, and how often it stands here."""

    typed: str
    term: str
    head: int
    text: int


class ExplainView(View):
    """Ranks count from 1; null means that the list did not hold the passage, or nothing read it.

    `lexical_score` is null as well for a key that documents are hidden from: it counts passages that the key may not
    see. `moved` says by how many places rereading lifted it above its `fused_rank`; negative where it sank.
    """

    dense_rank: int | None
    dense_score: float | None
    lexical_rank: int | None
    lexical_score: float | None
    fused_rank: int | None
    fused_score: float | None
    late_score: float | None
    rerank_score: float | None
    moved: int | None
    matched: list[MatchedView]


class TermView(View):
    """A word of the query, the term that it was looked up by, and whether a passage that was searched holds it."""

    typed: str
    term: str
    found: bool


class ScopeView(View):
    """What a search was narrowed to. `groups` are the key's, null for one that sees everything."""

    collections: list[str]
    document_ids: list[str]
    metadata: dict[str, str]
    groups: list[str] | None


class SearchedForView(View):
    """How a search went: its words, and those of them (`missing`) that nothing holds of what the key may see.

    `depth` hits were wanted of each list, `dense` and `lexical` came; `read` passages were read back.
    """

    terms: list[TermView]
    missing: list[str]
    scope: ScopeView
    depth: int
    dense: int
    lexical: int
    read: int


class DuplicateView(View):
    """Another place where a passage stands, word for word: one that ranked lower and is not shown by itself."""

    chunk_id: int
    document_id: str
    version: int
    title: str
    heading: list[str]
    page: int | None
    why: str | None = Field(None, description="How it compares with the passage that is shown, when explained.")


class PassageView(View):
    """A passage that was found, best first; scores compare within one search only.

    `updated_at` is when this version of its document came in. `joins` are the chunk ids, in reading order, of passages
    of this result that follow one another without a gap, its own among them; empty where no neighbour was found.
    """

    rank: int
    score: float
    chunk_id: int
    document_id: str
    version: int
    collection: str
    path: str
    title: str
    text: str
    heading: list[str]
    page: int | None
    boxes: list[BoxView]
    kind: ElementKind
    metadata: dict[str, Json]
    updated_at: datetime | None = None
    duplicates: list[DuplicateView] = Field(default=[])
    joins: list[int] = Field(default=[])
    explain: ExplainView | None = None


class SearchView(View):
    """What was found, by which index version, seconds per step, and with `explain` how the search went."""

    passages: list[PassageView]
    index_version: str
    timings: dict[str, float]
    explanation: SearchedForView | None = None


def search_view(found: SearchResult) -> SearchView:
    """Return what a search gives; explained if the search was."""
    told = found.explanation
    return SearchView(
        passages=[passage_view(rank, ranked, told) for rank, ranked in enumerate(found.passages, 1)],
        index_version=found.index_version,
        timings=dict(found.timings),
        explanation=_searched_for(told) if told else None,
    )


def passage_view(rank: int, ranked: Ranked, told: Explanation | None = None) -> PassageView:
    """Return the view of the passage at this rank; with an explanation, why it is there."""
    passage = ranked.passage
    alike = told.alike if told else {}
    return PassageView(
        rank=rank,
        score=ranked.score,
        chunk_id=passage.chunk_id,
        document_id=passage.document_id,
        version=passage.version,
        collection=passage.collection,
        path=passage.path,
        title=passage.title,
        text=passage.text,
        heading=list(passage.heading),
        page=passage.page,
        boxes=[BoxView.model_validate(box) for box in passage.boxes],
        kind=passage.kind,
        metadata=dict(passage.metadata),
        updated_at=passage.updated_at,
        duplicates=[duplicate_view(other, alike.get(other.chunk_id)) for other in ranked.duplicates],
        joins=list(ranked.joins),
        explain=_reasons(rank, ranked, told) if told else None,
    )


def duplicate_view(passage: Passage, why: str | None = None) -> DuplicateView:
    """Return where a passage stands, without its text."""
    return DuplicateView(
        chunk_id=passage.chunk_id,
        document_id=passage.document_id,
        version=passage.version,
        title=passage.title,
        heading=list(passage.heading),
        page=passage.page,
        why=why,
    )


def _reasons(rank: int, ranked: Ranked, told: Explanation) -> ExplainView:
    matched = told.matched.get(ranked.passage.chunk_id, ())
    return ExplainView(
        dense_rank=ranked.dense_rank,
        dense_score=ranked.dense_score,
        lexical_rank=ranked.lexical_rank,
        lexical_score=ranked.lexical_score if told.whole else None,
        fused_rank=ranked.fused_rank,
        fused_score=ranked.fused_score,
        late_score=ranked.late_score,
        rerank_score=ranked.rerank_score,
        moved=None if ranked.fused_rank is None else ranked.fused_rank - rank,
        matched=[MatchedView.model_validate(each) for each in matched],
    )


def _searched_for(told: Explanation) -> SearchedForView:
    filters = told.filters
    scope = ScopeView(
        collections=sorted(filters.collections),
        document_ids=sorted(filters.document_ids),
        metadata=dict(filters.metadata),
        groups=None if told.groups is None else sorted(told.groups),
    )
    return SearchedForView(
        terms=[TermView.model_validate(term) for term in told.terms],
        missing=[term.typed for term in told.terms if not term.found],
        scope=scope,
        depth=told.looked.depth,
        dense=told.looked.dense,
        lexical=told.looked.lexical,
        read=told.looked.read,
    )
