"""Migrate a live corpus to another index, another embedder or both: embed, build, probe, then change the pointer.

The old pair serves until the last step, which changes one row. Going back is the same migration the other way. Knows no
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
from core.store.access import audit
from core.store.database import Database, Session, serialize_publishing
from core.store.index.positions import positions, set_state
from core.store.index.pruning import missed_changes
from core.store.index.serving import ServingPair, configured_pair, load_pointer, set_serving
from core.store.index.spaces import unembedded_texts
from core.types import OPERATOR
from retrieval.lifecycle.probe import NOTHING_CHANGED, ProbeResult, probe_index
from retrieval.lifecycle.publish import best_snapshot, build_snapshot, index_location
from retrieval.lifecycle.serving import Embedders, open_index
from retrieval.lifecycle.vectors import embed_rest

ROUNDS = 20
"""Rounds of embedding what was published meanwhile, before giving up; each round has only the new arrivals."""
NO_SNAPSHOT = "none"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Migration:
    """What was done. `outcome` is None, and nothing was changed, when the target served already."""

    before: ServingPair
    after: ServingPair
    model: str
    outcome: ProbeResult | None
    seconds: float


def current_pair(db: Database, settings: Settings) -> ServingPair:
    """Return the index and the embedder that serve now."""
    with db.read() as session:
        moved = load_pointer(session)
    return configured_pair(settings) if moved is None else moved.pair


def migrate_to(
    db: Database,
    settings: Settings,
    index_url: str,
    embedder_url: str | None,
    *,
    embedders: Embedders,
    progress: Progress,
) -> Migration:
    """Make another index serve, and another embedder if one is named. The old pair stays, to go back to.

    Raises Invalid for a location that the old index uses, IndexCorrupt when the new index fails its probe, Conflict
    when another process builds or migrates, Unavailable when documents come faster than they are embedded. In each case
    the old pair goes on serving, and what was embedded stays.
    """
    began, before = time.perf_counter(), current_pair(db, settings)
    after = ServingPair(_absolute(index_url), embedder_url or before.embedder_url)
    embedder = embedders(after.applied_to(settings))
    if after == before:
        return Migration(before, after, embedder.name, None, time.perf_counter() - began)
    build = _location(after.index_url) != _location(before.index_url)
    if not build and embedders(before.applied_to(settings)).name != embedder.name:
        raise Invalid(
            "The old index serves while the new one is built, so both need a location of their own.",
            hint="Give the index of the new model another location.",
        )
    outcome = _move(db, settings, before, after, embedder, progress, build=build)
    return Migration(before, after, embedder.name, outcome, time.perf_counter() - began)


def migrate_back(db: Database, settings: Settings, *, embedders: Embedders, progress: Progress) -> Migration:
    """Make the pair before this one serve again, with all changes since. Raises as `migrate_to` does."""
    began = time.perf_counter()
    with db.read() as session:
        moved = load_pointer(session)
    if moved is None:
        raise Conflict("Nothing was moved yet, so there is nothing to go back to.")
    embedder = embedders(moved.previous.applied_to(settings))
    build = not _is_usable(db, moved.previous.applied_to(settings), embedder)
    outcome = _move(db, settings, moved.pair, moved.previous, embedder, progress, build=build)
    return Migration(moved.pair, moved.previous, embedder.name, outcome, time.perf_counter() - began)


def _move(
    db: Database,
    settings: Settings,
    before: ServingPair,
    after: ServingPair,
    embedder: Embedder,
    progress: Progress,
    *,
    build: bool,
) -> ProbeResult:
    target = after.applied_to(settings)
    done = embed_rest(db, embedder, progress)
    if build:
        _build(db, target, embedder, progress)
    try:
        outcome = _probe(db, target, embedder, progress)
    except IndexCorrupt as error:
        if build:
            raise
        log.warning("index_rebuilt", reason=error.message)  # it is old: a new one costs little, a wrong one much
        _build(db, target, embedder, progress)
        outcome = _probe(db, target, embedder, progress)
    _point(db, target, before, after, embedder, lambda: embed_rest(db, embedder, progress, done))
    return outcome


def _build(db: Database, target: Settings, embedder: Embedder, progress: Progress) -> None:
    progress("build", 0.0)
    if build_snapshot(db, target, embedder.name, embedder.dimension) is None:
        raise Conflict("Another process builds an index there.", hint="Run the command again when it is done.")
    progress("build", 1.0)


def _probe(db: Database, target: Settings, embedder: Embedder, progress: Progress) -> ProbeResult:
    progress("try", 0.0)
    index = open_index(target, db, embedder)
    try:
        if index.current().snapshot == NO_SNAPSHOT:
            raise IndexCorrupt(
                "The index is missing, or the journal no longer reaches back to it.", hint=NOTHING_CHANGED
            )
        outcome = probe_index(db, index, embedder)
    finally:
        index.close()
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
    """Migration the pointer in a moment in which every serving chunk has its vector: nobody publishes meanwhile."""
    shown = {name: target.masked()[name] for name in ("index_url", "embedder_url")}
    for _ in range(ROUNDS):
        done = embed()
        with db.write() as session:
            serialize_publishing(session)
            if not unembedded_texts(session, embedder.name, done, limit=1)[0]:
                set_serving(session, after, embedder.name, before)
                _release_others(session, target)
                audit.record(session, OPERATOR, "index.move", embedder.name, **shown)
                return
    raise Unavailable(
        "Documents are published faster than they can be embedded; nothing was changed.",
        hint="Run the command again when fewer arrive: what is embedded stays.",
    )


def _release_others(session: Session, target: Settings) -> None:
    """Let shared engines that no longer serve release the journal; going back fills them again."""
    milvus = index_location(target).milvus
    for engine, position in positions(session).items():
        if position.state == "serving" and not (milvus and engine.startswith(f"{milvus.address}/")):
            set_state(session, engine, "previous")


def _is_usable(db: Database, target: Settings, embedder: Embedder) -> bool:
    """Return whether the target's folder holds a complete index of this embedder that the journal still reaches."""
    location = index_location(target)
    manifest = best_snapshot(location.folder, embedder.name) if location.dense else None
    with db.read() as session:
        return manifest is not None and not missed_changes(session, manifest.seq)


def _absolute(index_url: str) -> str:
    """Return an index's URL with an absolute folder, so that every process finds it."""
    parts = urlsplit(index_url)
    if parts.scheme != "faiss":
        return index_url
    folder = Path(f"{parts.netloc}{parts.path}").expanduser().absolute()
    return f"faiss://{folder}" + (f"?{parts.query}" if parts.query else "")


def _location(index_url: str) -> str:
    """Return an index's URL without its options."""
    return index_url.split("?", 1)[0].rstrip("/")
