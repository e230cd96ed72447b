"""Make a new collection in Milvus from what the database serves, and let the alias point to it only when it is whole.

A collection's name says for which embedder it was built. The one that served before is kept to go back to. One process
builds at a time, under a lease that also keeps the journal from the step at which it began.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import islice

import numpy as np
import structlog

from core.errors import Conflict, IndexCorrupt, VouchError
from core.ids import new_id
from core.store.database import Database
from core.store.index.positions import (
    Lease,
    delete_positions,
    end_build,
    find_position,
    lease_build,
    positions,
    renew_engine,
    set_position,
    set_state,
)
from core.store.index.pruning import missed_changes
from core.store.passages import latest_seq, serving_chunks
from retrieval.milvus.index import MilvusIndex
from retrieval.milvus.location import MilvusPlace
from retrieval.milvus.server import MilvusServer

BATCH = 1000
LEASE_S = 15.0
BUILDING = "+building"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Built:
    """A collection that was filled and serves: how many vectors, as of which step of the journal."""

    name: str
    count: int
    seq: int


def build_engine(db: Database, place: MilvusPlace, embedder_name: str, dimension: int) -> Built | None:
    """Fill a new collection and let it serve; None while another process builds one.

    Raises Unavailable, SettingsError, IndexCorrupt when it does not hold what was written; then the old one serves on.
    """
    server = MilvusServer(place)
    try:
        return fill_engine(db, server, embedder_name, dimension)
    finally:
        server.close()


def roll_back_engine(db: Database, place: MilvusPlace) -> str:
    """Let the collection before this one serve again and return its name. Raises Conflict when there is none to use."""
    server = MilvusServer(place)
    try:
        serving, standing = server.serving(), set(server.collections())
        mine = [name for name in _known(db, place) if name in standing and name != serving]
        if serving is None or not mine:
            raise Conflict("There is no previous collection to go back to.")
        _require_reach(db, engine_of(place, mine[-1]))
        _publish(db, server, mine[-1], serving)
        return mine[-1]
    finally:
        server.close()


def count_engine(place: MilvusPlace) -> int:
    """Return how many vectors the collection that serves holds; 0 when there is none."""
    server = MilvusServer(place)
    try:
        name = server.serving()
        return 0 if name is None else server.count(name)
    finally:
        server.close()


def engine_of(place: MilvusPlace, name: str) -> str:
    """Return what `core.store.index.positions` calls a collection."""
    return f"{place.address}/{name}"


def built_for(name: str, embedder_name: str) -> bool:
    """Return whether a collection was built for this embedder."""
    return name.rpartition("__")[2].startswith(f"{_digest(embedder_name)}_")


def fill_engine(db: Database, server: MilvusServer, embedder_name: str, dimension: int) -> Built | None:
    """Do `build_engine` over a connection that is open."""
    with db.read() as session:
        seq = latest_seq(session)
    lease = lease_build(db, server.place.address + BUILDING, seq, LEASE_S)
    if lease is None:
        return None
    name = new_id(f"{server.place.name}__{_digest(embedder_name)}")
    with _dropped_on_failure(db, server, lease, name):
        _drop_what_is_left(db, server)
        server.create(name, dimension)
        count = _fill(db, lease, MilvusIndex(server, name, dimension), embedder_name)
        with db.write() as session:
            set_position(session, engine_of(server.place, name), seq, "serving")
        before = server.serving()
        _publish(db, server, name, before)
        _retire(db, server, {name, before})
    log.info("collection_published", collection=name, chunks=count, seq=seq)
    return Built(name, count, seq)


def _fill(db: Database, lease: Lease, index: MilvusIndex, embedder_name: str) -> int:
    count = 0
    with db.read() as session:
        chunks = (change for change in serving_chunks(session, embedder_name) if change.vector is not None)
        while batch := list(islice(chunks, BATCH)):
            vectors = np.stack([change.vector for change in batch if change.vector is not None])
            index.add(np.array([change.chunk_id for change in batch], dtype=np.int64), vectors)
            count += len(batch)
            renew_engine(db, lease)
    if (held := index.settle()) != count:
        raise IndexCorrupt(
            f"Milvus holds {held} of the {count} vectors that were written to {index.name}.",
            hint="What served goes on serving. Look into Milvus's log, then run `vouch reindex` again.",
        )
    return count


def _publish(db: Database, server: MilvusServer, name: str, before: str | None) -> None:
    """Move the alias. Both need the journal until it has moved: whoever dies between leaves neither behind."""
    with db.write() as session:
        set_state(session, engine_of(server.place, name), "serving")
    server.point(name)
    if before is not None and before != name:
        with db.write() as session:
            set_state(session, engine_of(server.place, before), "previous")


def _require_reach(db: Database, engine: str) -> None:
    with db.read() as session:
        position = find_position(session, engine)
        if position is None or missed_changes(session, position.seq):
            raise Conflict(
                "The previous collection has missed steps of the journal that are pruned by now.",
                hint="Run `vouch reindex`.",
            )


def _retire(db: Database, server: MilvusServer, kept: set[str | None]) -> None:
    """Drop all collections of this alias that the database knows, but the one that serves and the one before it."""
    for name in _known(db, server.place):
        if name not in kept:
            server.drop(name)
            with db.write() as session:
                delete_positions(session, [engine_of(server.place, name)])


def _drop_what_is_left(db: Database, server: MilvusServer) -> None:
    """Drop collections of this alias that a process left half-filled when it died: the database knows none of them."""
    known, serving = _known(db, server.place), server.serving()
    pattern = re.compile(f"{server.place.name}__[0-9a-f]{{8}}_[0-9a-z]{{26}}")
    for name in server.collections():
        if pattern.fullmatch(name) and name not in known and name != serving:
            server.drop(name)


def _known(db: Database, place: MilvusPlace) -> list[str]:
    """Return the collections of this alias that the database knows, oldest first."""
    prefix = f"{place.address}/"
    with db.read() as session:
        names = [engine.removeprefix(prefix) for engine in positions(session) if engine.startswith(prefix)]
    return sorted(names, key=lambda name: name.rpartition("_")[2])


@contextmanager
def _dropped_on_failure(db: Database, server: MilvusServer, lease: Lease, name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(VouchError):  # what cannot be dropped now goes at the next build; the first error tells why
            if server.serving() != name:
                server.drop(name)
                with db.write() as session:
                    delete_positions(session, [engine_of(server.place, name)])
        raise
    finally:
        end_build(db, lease)


def _digest(embedder_name: str) -> str:
    return hashlib.sha256(embedder_name.encode()).hexdigest()[:8]
