"""The serving pair: the index and the embedder that every process uses.

The settings decide until a migration (`retrieval.lifecycle.migration`) sets the pointer; from then on the pointer
decides, and setting it again goes back. Opens nothing: URLs are text here. They may hold secrets that only
`core.settings` masks.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Unavailable
from core.settings import Settings
from core.store.tables import PointerRow

SERVING = "serving"
"""Name of the pointer; without such a row the settings decide."""


@dataclass(frozen=True, slots=True)
class ServingPair:
    """The URLs of an index and of the embedder for it."""

    index_url: str
    embedder_url: str

    def applied_to(self, settings: Settings) -> Settings:
        """Return the settings with this pair in them."""
        return settings.model_copy(update=asdict(self))


@dataclass(frozen=True, slots=True)
class ServingPointer:
    """What serves, the embedding space that it searches in, what served before, and since when."""

    pair: ServingPair
    model: str
    previous: ServingPair
    at: datetime


def configured_pair(settings: Settings) -> ServingPair:
    """Return the pair that the settings name."""
    return ServingPair(settings.index_url, settings.embedder_url)


def load_pointer(session: Session) -> ServingPointer | None:
    """Return the pointer; None while the settings decide."""
    row = session.get(PointerRow, SERVING)
    if row is None or row.value is None or row.previous is None:
        return None
    value = json.loads(row.value)
    model = value.pop("model")
    return ServingPointer(ServingPair(**value), model, ServingPair(**json.loads(row.previous)), row.updated_at)


def serving_settings(session: Session, settings: Settings) -> Settings:
    """Return the settings with the index and the embedder that serve."""
    pointer = load_pointer(session)
    return settings if pointer is None else pointer.pair.applied_to(settings)


def require_space(session: Session, model: str) -> None:
    """Raise Unavailable if the pointer names another embedding space than `model`; without a pointer do nothing.

    The result holds until the commit only under `core.store.database.serialize_publishing`.
    """
    pointer = load_pointer(session)
    if pointer is not None and pointer.model != model:
        raise Unavailable(
            f"The document was embedded by {model}, but {pointer.model} serves now.", hint="The job is tried again."
        )


def set_serving(session: Session, to: ServingPair, model: str, before: ServingPair) -> None:
    """Make `to` the serving pair from the commit on, and store `before` as the previous one.

    `model` is the embedding space of `to`. Going back is the same call with both pairs exchanged. Raises Conflict when
    `before` does not serve now.
    """
    pointer = load_pointer(session)
    if pointer is not None and pointer.pair != before:
        raise Conflict("Another migration finished in the meantime.", hint="See `vouch doctor`, then start again.")
    row = session.get(PointerRow, SERVING, with_for_update=True)
    if row is None:
        row = PointerRow(name=SERVING, value=None, previous=None, updated_at=now())
        session.add(row)
    row.value = json.dumps(asdict(to) | {"model": model})
    row.previous, row.updated_at = json.dumps(asdict(before)), now()
    session.flush()
