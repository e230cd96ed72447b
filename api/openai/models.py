"""Models for OpenAI's clients: `vouch` searches all that the caller may see; each collection is a model too."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter

from api.auth import Reader
from api.deps import ServicesDep
from api.openai.errors import NAME, ModelNotFound
from api.reference import problems
from api.schemas.common import View
from core.store import documents
from core.store.database import Session
from core.types import Caller

router = APIRouter(prefix="/v1/models", tags=["openai"])
EVERYTHING = "vouch"


class ModelView(View):
    """A model. `created` is always 0, because collections have no creation time."""

    id: str
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: str = "vouch"


class ModelsView(View):
    """All models on one page, as OpenAI's clients expect."""

    object: Literal["list"] = "list"
    data: list[ModelView]


@router.get("")
def list_models(services: ServicesDep, caller: Reader) -> ModelsView:
    """List `vouch` and the collections in which this key may see something, by name."""
    with services.db.read() as session:
        found = [name for name, _ in documents.list_collections(session, caller) if name != EVERYTHING]
    return ModelsView(data=[ModelView(id=name) for name in (EVERYTHING, *found)])


@router.get("/{model:path}", responses=problems(404))
def get_model(model: str, services: ServicesDep, caller: Reader) -> ModelView:
    """Return one model, if this key may see something in it."""
    with services.db.read() as session:
        collections_of(session, caller, model)
    return ModelView(id=model)


def collections_of(session: Session, caller: Caller, model: str) -> list[str]:
    """Return the collections that a model searches; an empty list means all. Raises ModelNotFound."""
    if model == EVERYTHING:
        return []
    if not NAME.fullmatch(model) or not documents.sees_collection(session, model, caller):
        raise ModelNotFound(model)
    return [model]
