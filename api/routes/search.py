"""The route for search."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import Asker
from api.deps import ServicesDep
from api.schemas.search import SearchBody, SearchView, search_view

router = APIRouter(prefix="/v1", tags=["search"])


@router.post("/search")
def search(body: SearchBody, services: ServicesDep, caller: Asker) -> SearchView:
    """Find passages among those that this key may see, best first."""
    k = body.k or services.settings.search_k
    found = services.searcher.search(caller, body.query, k=k, filters=body.as_filters(), explain=body.explain)
    return search_view(found)
