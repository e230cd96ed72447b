"""Build a new collection in Milvus from the serving chunks, and move the alias to it only when it is complete.

The name of a collection says which embedder it was built for. The collection before stays for searches that still use
it. One process builds at a time, under a lease that also keeps the journal from the step at which the build began.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import islice

import numpy as np
import structlog

from core.errors import IndexCorrupt, VouchError
from core.ids import new_id
from core.store.database import Database
from core.store.index.positions import (
    Lease,
    delete_positions,
    end_build,
    lease_build,
    positions,
    renew_engine,
    set_position,
    set_state,
)
from core.store.passages import latest_seq, serving_chunks
from retrieval.milvus.index import MilvusIndex
from retrieval.milvus.location import MilvusLocation
from retrieval.milvus.server import MilvusServer

BATCH = 1000
LEASE_S = 15.0
BUILDING = "+building"
log = structlog.get_logger(__name__)


def build_engine(db: Database, location: MilvusLocation, embedder_name: str, dimension: int) -> str | None:
    """Fill a new collection, let it serve and return its name; return None while another process builds one.

    Raises Unavailable, SettingsError, or IndexCorrupt when rows are missing; then the old collection goes on serving.
    """
    server = MilvusServer(location)
    try:
        return fill_engine(db, server, embedder_name, dimension)
    finally:
        server.close()


def engine_name(location: MilvusLocation, name: str) -> str:
    """Return the name of a collection in `core.store.index.positions`."""
    return f"{location.address}/{name}"


def built_for(name: str, embedder_name: str) -> bool:
    """Return whether a collection was built for this embedder."""
    return name.rpartition("__")[2].startswith(f"{_digest(embedder_name)}_")


def fill_engine(db: Database, server: MilvusServer, embedder_name: str, dimension: int) -> str | None:
    """Do what `build_engine` does, over an open connection."""
    with db.read() as session:
        seq = latest_seq(session)
    lease = lease_build(db, server.location.address + BUILDING, seq, LEASE_S)
    if lease is None:
        return None
    name = new_id(f"{server.location.name}__{_digest(embedder_name)}")
    with _drop_on_failure(db, server, lease, name):
        _drop_leftovers(db, server)
        server.create(name, dimension)
        count = _fill(db, lease, MilvusIndex(server, name, dimension), embedder_name)
        with db.write() as session:
            set_position(session, engine_name(server.location, name), seq, "serving")
        before = server.serving()
        _publish(db, server, name, before)
        _drop_retired(db, server, {name, before})
    log.info("collection_published", collection=name, chunks=count, seq=seq)
    return name


def _fill(db: Database, lease: Lease, index: MilvusIndex, embedder_name: str) -> int:
    count = 0
    with db.read() as session:
        chunks = (change for change in serving_chunks(session, embedder_name) if change.vector is not None)
        while batch := list(islice(chunks, BATCH)):
            vectors = np.stack([change.vector for change in batch if change.vector is not None])
            index.add(np.array([change.chunk_id for change in batch], dtype=np.int64), vectors)
            count += len(batch)
            renew_engine(db, lease)
    if (held := index.wait_until_visible()) != count:
        raise IndexCorrupt(
            f"Milvus holds {held} of the {count} vectors that were written to {index.name}.",
            hint="The old collection goes on serving. Read Milvus's log, then run `vouch reindex` again.",
        )
    return count


def _publish(db: Database, server: MilvusServer, name: str, before: str | None) -> None:
    """Move the alias. Until it has moved both collections hold the journal, so a crash leaves neither behind."""
    with db.write() as session:
        set_state(session, engine_name(server.location, name), "serving")
    server.point_alias(name)
    if before is not None and before != name:
        with db.write() as session:
            set_state(session, engine_name(server.location, before), "previous")


def _drop_retired(db: Database, server: MilvusServer, kept: set[str | None]) -> None:
    """Drop all collections of this alias that the database knows, except the kept ones."""
    for name in _known(db, server.location):
        if name not in kept:
            server.drop(name)
            with db.write() as session:
                delete_positions(session, [engine_name(server.location, name)])


def _drop_leftovers(db: Database, server: MilvusServer) -> None:
    """Drop collections of this alias that a process left half-filled when it died: they are not in the database."""
    known, serving = _known(db, server.location), server.serving()
    pattern = re.compile(f"{server.location.name}__[0-9a-f]{{8}}_[0-9a-z]{{26}}")
    for name in server.collections():
        if pattern.fullmatch(name) and name not in known and name != serving:
            server.drop(name)


def _known(db: Database, location: MilvusLocation) -> list[str]:
    """Return the collections of this alias that the database knows, oldest first."""
    prefix = f"{location.address}/"
    with db.read() as session:
        names = [engine.removeprefix(prefix) for engine in positions(session) if engine.startswith(prefix)]
    return sorted(names, key=lambda name: name.rpartition("_")[2])


@contextmanager
def _drop_on_failure(db: Database, server: MilvusServer, lease: Lease, name: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        with suppress(VouchError):  # the next build drops what remains; the first error is the one to raise
            if server.serving() != name:
                server.drop(name)
                with db.write() as session:
                    delete_positions(session, [engine_name(server.location, name)])
        raise
    finally:
        end_build(db, lease)


def _digest(embedder_name: str) -> str:
    return hashlib.sha256(embedder_name.encode()).hexdigest()[:8]
