"""Search for passages."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Asker
from api.deps import Served
from api.schemas.search import SearchBody, SearchView, search_view

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
def search(asked: SearchBody, services: Served, caller: Asker) -> SearchView:
    """Find the passages that this key may see, best first."""
    k = asked.k or services.settings.search_k
    found = services.searcher.search(caller, asked.query, k=k, filters=asked.as_filters(), explain=asked.explain)
    return search_view(found)
