"""Searches and what they find."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.common import Body, Slug, View
from api.schemas.documents import BoxView, Metadata
from core.types import ElementKind, Filters, Json, Ranked

Collections = Annotated[list[Slug], Field(max_length=50)]


class SearchFilters(Body):
    """What narrows a search further; all of it must hold."""

    document_ids: list[Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,64}$")]] = Field(
        default=[], max_length=200
    )
    metadata: Metadata = Field(default={})


class SearchBody(Body):
    """A search. `explain` adds what put each passage in its place."""

    query: Annotated[str, StringConstraints(min_length=1, max_length=4000, pattern=r"^[^\x00]*$")]
    collections: Collections = Field([])
    k: int | None = Field(None, ge=1, le=100, description="Default: VOUCH_SEARCH_K.")
    filters: SearchFilters = Field(default_factory=SearchFilters)
    explain: bool = False

    def as_filters(self) -> Filters:
        return Filters(frozenset(self.collections), frozenset(self.filters.document_ids), self.filters.metadata)


class ExplainView(View):
    """Ranks count from 1; null means that the list did not hold the passage."""

    dense_rank: int | None
    dense_score: float | None
    lexical_rank: int | None
    lexical_score: float | None
    fused_score: float | None
    rerank_score: float | None


class PassageView(View):
    """A passage that was found, best first; scores compare within one search only."""

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
    explain: ExplainView | None = None


class SearchView(View):
    """What was found, by which index version, and seconds per step."""

    passages: list[PassageView]
    index_version: str
    timings: dict[str, float]


def passage_view(rank: int, ranked: Ranked, *, explain: bool = False) -> PassageView:
    """Return the view of the passage at this rank."""
    passage = ranked.passage
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
        explain=ExplainView.model_validate(ranked) if explain else None,
    )
