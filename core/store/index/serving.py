"""What serves: the pair of index and embedder that every process searches and embeds with.

It is what the settings name, until a move (`retrieval.lifecycle.migration`) has pointed elsewhere; then the pointer
decides, and moving it once more goes back. Opens nothing: URLs are text here, and may hold secrets that only settings
know to mask.
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
"""Name of the pointer; where there is no such row, the settings decide."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Where the index lies and what embeds for it, as URLs."""

    index_url: str
    embedder_url: str

    def within(self, settings: Settings) -> Settings:
        """Return the settings with this pair in them."""
        return settings.model_copy(update=asdict(self))


@dataclass(frozen=True, slots=True)
class Moved:
    """The pointer: what serves, the embedding space that it searches in, what served before, since when."""

    pair: Pair
    model: str
    before: Pair
    at: datetime


def pair_of(settings: Settings) -> Pair:
    """Return the pair that settings name."""
    return Pair(settings.index_url, settings.embedder_url)


def read_moved(session: Session) -> Moved | None:
    """Return where the pointer leads; None while the settings decide."""
    row = session.get(PointerRow, SERVING)
    if row is None or row.value is None or row.previous is None:
        return None
    value = json.loads(row.value)
    model = value.pop("model")
    return Moved(Pair(**value), model, Pair(**json.loads(row.previous)), row.updated_at)


def serving_settings(session: Session, settings: Settings) -> Settings:
    """Return the settings with the index and the embedder that serve."""
    moved = read_moved(session)
    return settings if moved is None else moved.pair.within(settings)


def require_space(session: Session, model: str) -> None:
    """Raise Unavailable unless searches run in this embedding space; settings are taken at their word.

    Only under `core.store.database.serialize_publishing` does the answer hold until the commit.
    """
    moved = read_moved(session)
    if moved is not None and moved.model != model:
        raise Unavailable(
            f"It was embedded by {model}, and {moved.model} has begun to serve since.", hint="It is tried again."
        )


def move_serving(session: Session, to: Pair, model: str, before: Pair) -> None:
    """Let `to` serve from the commit on, and remember `before`. Raises Conflict when `before` does not serve now.

    `model` is the embedding space of `to`. A move between a pair and the one before it, there and back, is the same.
    """
    moved = read_moved(session)
    if moved is not None and moved.pair != before:
        raise Conflict("Something else was made to serve meanwhile.", hint="See `vouch doctor`, then start again.")
    row = session.get(PointerRow, SERVING, with_for_update=True)
    if row is None:
        row = PointerRow(name=SERVING, value=None, previous=None, updated_at=now())
        session.add(row)
    row.value = json.dumps(asdict(to) | {"model": model})
    row.previous, row.updated_at = json.dumps(asdict(before)), now()
    session.flush()
