"""Move a live corpus to another index, another embedder or both, side by side: embed, build, try, point.

The old pair serves until the last step, which moves one row. Going back is the same move the other way. Knows no
engine's files; processes that search notice the pointer in `retrieval.lifecycle.serving`, workers in `workers.context`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from core.errors import Conflict, IndexCorrupt, Invalid, Unavailable
from core.ports import Embedder, Progress
from core.settings import Settings
from core.store import audit
from core.store.database import Database, Session, serialize_publishing
from core.store.index.positions import positions, set_state
from core.store.index.pruning import missed_changes
from core.store.index.serving import ServingPair, configured_pair, load_pointer, set_serving
from core.store.index.spaces import unembedded_texts
from core.types import OPERATOR
from retrieval.lifecycle.probe import NOTHING_CHANGED, Outcome, probe_index
from retrieval.lifecycle.publish import best_snapshot, build_snapshot, index_place
from retrieval.lifecycle.serving import Embedders, open_follower
from retrieval.lifecycle.vectors import embed_rest

ROUNDS = 20
"""Times that what was published meanwhile is embedded before giving up: each round has only the last one's arrivals."""
NO_SNAPSHOT = "none"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Move:
    """What was done. `outcome` is None, and nothing moved, when the target served already."""

    before: ServingPair
    after: ServingPair
    model: str
    outcome: Outcome | None
    seconds: float


def standing_pair(db: Database, settings: Settings) -> ServingPair:
    """Return the pair that serves now."""
    with db.read() as session:
        moved = load_pointer(session)
    return configured_pair(settings) if moved is None else moved.pair


def move_to(
    db: Database,
    settings: Settings,
    index_url: str,
    embedder_url: str | None,
    *,
    embedders: Embedders,
    progress: Progress,
) -> Move:
    """Make another index serve, and another embedder where one is named. The old pair is kept to go back to.

    Raises Invalid for a place that is not the target's own, IndexCorrupt when the new index fails its trial, Conflict
    when somebody else builds or moves, Unavailable when documents come faster than they are embedded: each time what
    served goes on serving, and what was embedded stays.
    """
    began, before = time.perf_counter(), standing_pair(db, settings)
    after = ServingPair(_whole(index_url), embedder_url or before.embedder_url)
    embedder = embedders(after.applied_to(settings))
    if after == before:
        return Move(before, after, embedder.name, None, time.perf_counter() - began)
    build = _place(after.index_url) != _place(before.index_url)
    if not build and embedders(before.applied_to(settings)).name != embedder.name:
        raise Invalid(
            "The old index must stand while the new one is built.", hint="Give the new model's index another place."
        )
    outcome = _move(db, settings, before, after, embedder, progress, build=build)
    return Move(before, after, embedder.name, outcome, time.perf_counter() - began)


def move_back(db: Database, settings: Settings, *, embedders: Embedders, progress: Progress) -> Move:
    """Make the pair before this one serve again, with everything that came since. Raises as `move_to` does."""
    began = time.perf_counter()
    with db.read() as session:
        moved = load_pointer(session)
    if moved is None:
        raise Conflict("Nothing was moved yet, so there is nothing to go back to.")
    embedder = embedders(moved.previous.applied_to(settings))
    build = not _stands(db, moved.previous.applied_to(settings), embedder)
    outcome = _move(db, settings, moved.pair, moved.previous, embedder, progress, build=build)
    return Move(moved.pair, moved.previous, embedder.name, outcome, time.perf_counter() - began)


def _move(
    db: Database,
    settings: Settings,
    before: ServingPair,
    after: ServingPair,
    embedder: Embedder,
    progress: Progress,
    *,
    build: bool,
) -> Outcome:
    target = after.applied_to(settings)
    done = embed_rest(db, embedder, progress)
    if build:
        _build(db, target, embedder, progress)
    try:
        outcome = _tried(db, target, embedder, progress)
    except IndexCorrupt as error:
        if build:
            raise
        log.warning("index_built_anew", reason=error.message)  # it stood for long: another is cheap, a wrong one dear
        _build(db, target, embedder, progress)
        outcome = _tried(db, target, embedder, progress)
    _point(db, target, before, after, embedder, lambda: embed_rest(db, embedder, progress, done))
    return outcome


def _build(db: Database, target: Settings, embedder: Embedder, progress: Progress) -> None:
    progress("build", 0.0)
    if build_snapshot(db, target, embedder.name, embedder.dimension) is None:
        raise Conflict("Another process builds an index in that place.", hint="Run it again when that one is done.")
    progress("build", 1.0)


def _tried(db: Database, target: Settings, embedder: Embedder, progress: Progress) -> Outcome:
    progress("try", 0.0)
    follower = open_follower(target, db, embedder)
    try:
        if follower.current().snapshot == NO_SNAPSHOT:
            raise IndexCorrupt("The index is not there, or the journal no longer reaches it.", hint=NOTHING_CHANGED)
        outcome = probe_index(db, follower, embedder)
    finally:
        follower.close()
    progress("try", 1.0)
    return outcome


def _point(
    db: Database,
    target: Settings,
    before: ServingPair,
    after: ServingPair,
    embedder: Embedder,
    embed: Callable[[], int],
) -> None:
    """Move the pointer in a moment in which every serving chunk has its vector: nobody publishes meanwhile."""
    shown = {name: target.masked()[name] for name in ("index_url", "embedder_url")}
    for _ in range(ROUNDS):
        done = embed()
        with db.write() as session:
            serialize_publishing(session)
            if not unembedded_texts(session, embedder.name, done, limit=1)[0]:
                set_serving(session, after, embedder.name, before)
                _let_others_rest(session, target)
                audit.record(session, OPERATOR, "index.move", embedder.name, **shown)
                return
    raise Unavailable(
        "Documents are published faster than they can be embedded; nothing was changed.",
        hint="Run it again when fewer arrive: what is embedded stays.",
    )


def _let_others_rest(session: Session, target: Settings) -> None:
    """Let shared engines that serve no more hold no step of the journal back; going back fills them anew."""
    milvus = index_place(target).milvus
    for engine, position in positions(session).items():
        if position.state == "serving" and not (milvus and engine.startswith(f"{milvus.address}/")):
            set_state(session, engine, "previous")


def _stands(db: Database, target: Settings, embedder: Embedder) -> bool:
    """Return whether the target's folder holds a whole index of this embedder that the journal still reaches."""
    place = index_place(target)
    manifest = best_snapshot(place.folder, embedder.name) if place.dense else None
    with db.read() as session:
        return manifest is not None and not missed_changes(session, manifest.seq)


def _whole(index_url: str) -> str:
    """Return an index's URL as every process must read it: a folder is written from the root."""
    parts = urlsplit(index_url)
    if parts.scheme != "faiss":
        return index_url
    folder = Path(f"{parts.netloc}{parts.path}").expanduser().absolute()
    return f"faiss://{folder}" + (f"?{parts.query}" if parts.query else "")


def _place(index_url: str) -> str:
    """Return where an index lies, whatever runs it there."""
    return index_url.split("?", 1)[0].rstrip("/")
