"""Searches and their results."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.blocks import BlockView, block_views
from api.schemas.boxes import BoxView
from api.schemas.common import JSON_NUMBER, Body, Flag, Slug, View
from api.schemas.documents import Metadata
from core.types import ElementKind, Explanation, Filters, Json, Passage, Ranked, SearchResult

Collections = Annotated[list[Slug], Field(max_length=50)]


class SearchFilters(Body):
    """Further filters of a search; a passage must match all of them."""

    document_ids: list[Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,64}$")]] = Field(
        default=[], max_length=200
    )
    metadata: Metadata = Field(default={})


class SearchBody(Body):
    """A search. `explain` adds why each passage has its rank, and which words were not found."""

    query: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
    collections: Collections = Field([])
    k: Annotated[int, Field(ge=1, le=100), JSON_NUMBER] | None = Field(None, description="Default: VOUCH_SEARCH_K.")
    filters: SearchFilters = Field(default_factory=SearchFilters)
    explain: Flag = False

    def as_filters(self) -> Filters:
        return Filters(frozenset(self.collections), frozenset(self.filters.document_ids), self.filters.metadata)


class MatchedView(View):
    """A word of the query as typed, its term in the index, and how often the passage's head and text hold it."""

    typed: str
    term: str
    head: int
    text: int


class ExplainView(View):
    """Why a passage has its rank. Ranks count from 1; null means that the passage was not in that list or not scored.

    `lexical_score` is also null for a key that may not see all documents, because the score counts passages that are
    hidden from the key. `moved` is how many places reranking moved it up from its `fused_rank`; negative means down.
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
    """A word of the query, its term in the index, and whether any searched passage holds it."""

    typed: str
    term: str
    found: bool


class ScopeView(View):
    """The filters of a search. `groups` are the key's groups, null for a key that sees everything."""

    collections: list[str]
    document_ids: list[str]
    metadata: dict[str, str]
    groups: list[str] | None


class SearchExplanationView(View):
    """How a search was done: its words, and the words (`missing`) that no passage visible to the key holds.

    `depth` hits were requested from each list; `dense` and `lexical` hits were returned; `read` passages were read.
    """

    terms: list[TermView]
    missing: list[str]
    scope: ScopeView
    depth: int
    dense: int
    lexical: int
    read: int


class DuplicateView(View):
    """Another passage with the same words, which ranked lower and is not shown separately."""

    chunk_id: int
    document_id: str
    version: int
    title: str
    heading: list[str]
    page: int | None
    why: str | None = Field(None, description="With `explain`: how it compares with the passage that is shown.")


class PassageView(View):
    """A passage that was found; scores can be compared only within one search.

    `updated_at` is when this version of its document was uploaded. `joins` are the chunk ids, in reading order, of
    passages in this result that follow each other without a gap, including this one; empty if no neighbour was found.
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
    blocks: list[BlockView] = Field(default=[], description="The parts of `text`: its lists, tables, steps.")
    metadata: dict[str, Json]
    updated_at: datetime | None = None
    duplicates: list[DuplicateView] = Field(default=[])
    joins: list[int] = Field(default=[])
    explain: ExplainView | None = None


class SearchView(View):
    """The passages, best first, the index version, seconds per step, and with `explain` the explanation."""

    passages: list[PassageView]
    index_version: str
    timings: dict[str, float]
    explanation: SearchExplanationView | None = None


def search_view(found: SearchResult) -> SearchView:
    """Return the view of a search's result, with the explanation if it has one."""
    explanation = found.explanation
    return SearchView(
        passages=[passage_view(rank, ranked, explanation) for rank, ranked in enumerate(found.passages, 1)],
        index_version=found.index_version,
        timings=dict(found.timings),
        explanation=_explanation_view(explanation) if explanation else None,
    )


def passage_view(rank: int, ranked: Ranked, explanation: Explanation | None = None) -> PassageView:
    """Return the view of the passage at this rank; with an explanation, also why it has this rank."""
    passage = ranked.passage
    alike = explanation.alike if explanation else {}
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
        blocks=block_views(passage.blocks),
        metadata=dict(passage.metadata),
        updated_at=passage.updated_at,
        duplicates=[duplicate_view(other, alike.get(other.chunk_id)) for other in ranked.duplicates],
        joins=list(ranked.joins),
        explain=_explain_view(rank, ranked, explanation) if explanation else None,
    )


def duplicate_view(passage: Passage, why: str | None = None) -> DuplicateView:
    """Return a reference to a passage, without its text."""
    return DuplicateView(
        chunk_id=passage.chunk_id,
        document_id=passage.document_id,
        version=passage.version,
        title=passage.title,
        heading=list(passage.heading),
        page=passage.page,
        why=why,
    )


def _explain_view(rank: int, ranked: Ranked, explanation: Explanation) -> ExplainView:
    matched = explanation.matched.get(ranked.passage.chunk_id, ())
    return ExplainView(
        dense_rank=ranked.dense_rank,
        dense_score=ranked.dense_score,
        lexical_rank=ranked.lexical_rank,
        lexical_score=ranked.lexical_score if explanation.whole else None,
        fused_rank=ranked.fused_rank,
        fused_score=ranked.fused_score,
        late_score=ranked.late_score,
        rerank_score=ranked.rerank_score,
        moved=None if ranked.fused_rank is None else ranked.fused_rank - rank,
        matched=[MatchedView.model_validate(each) for each in matched],
    )


def _explanation_view(explanation: Explanation) -> SearchExplanationView:
    filters = explanation.filters
    scope = ScopeView(
        collections=sorted(filters.collections),
        document_ids=sorted(filters.document_ids),
        metadata=dict(filters.metadata),
        groups=None if explanation.groups is None else sorted(explanation.groups),
    )
    return SearchExplanationView(
        terms=[TermView.model_validate(term) for term in explanation.terms],
        missing=[term.typed for term in explanation.terms if not term.found],
        scope=scope,
        depth=explanation.looked.depth,
        dense=explanation.looked.dense,
        lexical=explanation.looked.lexical,
        read=explanation.looked.read,
    )
