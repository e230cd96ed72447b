"""Search for passages."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Asker
from api.deps import Served
from api.schemas.search import SearchBody, SearchView, passage_view

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
def search(asked: SearchBody, services: Served, caller: Asker) -> SearchView:
    """Find the passages that this key may see, best first."""
    k = asked.k or services.settings.search_k
    found = services.searcher.search(caller, asked.query, k=k, filters=asked.as_filters())
    views = [passage_view(rank, ranked, explain=asked.explain) for rank, ranked in enumerate(found.passages, 1)]
    return SearchView(passages=views, index_version=found.index_version, timings=dict(found.timings))
