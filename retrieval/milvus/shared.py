"""A dense engine that all processes share; one process at a time applies the journal to it.

Before a search, the first process that finds the engine behind takes the lease (`core.store.index.positions`) and
applies the missing changes; the others wait for them, up to a limit. The engine says which collection serves.
"""

from __future__ import annotations

import threading
import time

import numpy as np
import structlog

from core.errors import IndexCorrupt, LostLease, SettingsError, Unavailable
from core.store.database import Database
from core.store.index.positions import Lease, Position, advance, find_position, lease_engine, release_engine
from core.store.index.pruning import missed_changes
from core.store.passages import Change, changes_since
from retrieval.milvus.build import LEASE_S, built_for, engine_name, fill_engine
from retrieval.milvus.index import MilvusIndex
from retrieval.milvus.location import MilvusLocation
from retrieval.milvus.server import MilvusServer

BATCH = 2000
ALIAS_CHECK_S = 1.0
"""Seconds between checks which collection serves; until then the old one is kept up to date and searched."""
WAIT_S = 3.0
"""Seconds that a search waits for another process to apply committed changes."""
FILLED_WITHIN_S = 120.0
PAUSE_S = 0.05
log = structlog.get_logger(__name__)


class SharedDense:
    """This process's view of the engine. All methods may be called from any thread."""

    def __init__(self, db: Database, location: MilvusLocation, embedder_name: str, dimension: int) -> None:
        """Open the collection that serves; fill one if there is none.

        Raises Unavailable, SettingsError, IndexCorrupt for a collection of another embedder.
        """
        self._db, self._embedder, self._dimension = db, embedder_name, dimension
        self._server = MilvusServer(location)
        self._applying, self._checking = threading.Lock(), threading.Lock()
        self._index, self._seq = self._open(self._serving_or_filled()), 0
        self._checked_at = time.monotonic()
        self._wait_failed_at = -LEASE_S

    def current(self, newest: int) -> MilvusIndex:
        """Return the collection that serves, with the journal up to `newest` if time allows."""
        self._check_alias()
        if self._seq < newest and self._applying.acquire(timeout=WAIT_S):
            try:
                if self._seq < newest:
                    self._catch_up(newest)
            finally:
                self._applying.release()
        return self._index

    def close(self) -> None:
        """Close the connection."""
        self._server.close()

    def _serving_or_filled(self) -> str:
        """Return the name of the collection that serves; if there is none, fill one or wait for one."""
        deadline = time.monotonic() + FILLED_WITHIN_S
        while (name := self._server.serving()) is None:
            if fill_engine(self._db, self._server, self._embedder, self._dimension) is not None:
                continue
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"Another process is still filling {self._server.location.name}.", hint="Try again in a minute."
                )
            time.sleep(10 * PAUSE_S)
        return name

    def _open(self, name: str) -> MilvusIndex:
        if not built_for(name, self._embedder):
            raise IndexCorrupt(
                f"The collection {name} in Milvus was not built for the embedder {self._embedder}.",
                hint="Run `vouch reindex`, or name another collection in VOUCH_INDEX_URL.",
            )
        if (held := self._server.dimension(name)) != self._dimension:
            raise SettingsError(
                f"VOUCH_INDEX_URL: {name} holds vectors of {held} numbers, the embedder makes {self._dimension}.",
                hint="Run `vouch reindex`.",
            )
        self._find_position(engine_name(self._server.location, name))
        self._server.load(name)
        return MilvusIndex(self._server, name, self._dimension)

    def _check_alias(self) -> None:
        """Switch to the collection that serves now, if it is another; keep the current one if it cannot be opened."""
        if time.monotonic() - self._checked_at < ALIAS_CHECK_S or not self._checking.acquire(blocking=False):
            return
        try:
            name = self._server.serving()
            if name not in (None, self._index.name):
                self._adopt(str(name))
            self._checked_at = time.monotonic()
        finally:
            self._checking.release()

    def _adopt(self, name: str) -> None:
        try:
            index = self._open(name)
        except (IndexCorrupt, SettingsError) as error:
            log.error("collection_not_adopted", collection=name, reason=error.message)
            return
        with self._applying:
            self._index, self._seq = index, 0
        log.info("collection_adopted", collection=name)

    def _catch_up(self, newest: int) -> None:
        """Apply missing changes, or wait while another process does. Raises Unavailable when the engine is."""
        engine = engine_name(self._server.location, self._index.name)
        began = time.monotonic()
        # a process that died delays a search only once
        wait_s = WAIT_S if began - self._wait_failed_at > LEASE_S else 0.0
        while (position := self._find_position(engine)).seq < newest:
            if not position.held and (lease := lease_engine(self._db, engine, LEASE_S)) is not None:
                self._apply_under(lease, newest)
            elif time.monotonic() - began > wait_s:
                log.warning("dense_behind", collection=self._index.name, seq=position.seq, wanted=newest)
                self._wait_failed_at = time.monotonic()
                break
            else:
                time.sleep(PAUSE_S)
        self._seq = position.seq

    def _apply_under(self, lease: Lease, newest: int) -> None:
        try:
            seq = self._find_position(lease.engine).seq  # it may have advanced before the lease was taken
            while seq < newest:
                with self._db.read() as session:
                    changes = changes_since(session, seq, self._embedder, BATCH)
                    missed = missed_changes(session, seq)
                if missed:
                    raise IndexCorrupt(
                        f"The collection {self._index.name} has missed steps of the journal that are pruned by now.",
                        hint="Run `vouch reindex`.",
                    )
                if not changes:
                    return
                apply_changes(self._index, changes)
                self._index.wait_until_visible()
                seq = changes[-1].seq
                advance(self._db, lease, seq)  # only now: a step that failed half-way is applied again, harmlessly
        except LostLease:
            log.warning("dense_lease_lost", collection=self._index.name)
        finally:
            release_engine(self._db, lease)

    def _find_position(self, engine: str) -> Position:
        with self._db.read() as session:
            position = find_position(session, engine)
        if position is None:
            raise IndexCorrupt(
                f"This database did not fill {engine}.",
                hint="Run `vouch reindex`; or name a collection of your own in VOUCH_INDEX_URL.",
            )
        return position


def apply_changes(index: MilvusIndex, changes: list[Change]) -> None:
    """Apply steps of the journal to a collection; of several steps for one chunk the last one counts."""
    last = {change.chunk_id: change for change in changes}
    index.remove(np.array([i for i, change in last.items() if not change.added], dtype=np.int64))
    vectors = {i: change.vector for i, change in last.items() if change.added and change.vector is not None}
    if vectors:
        index.add(np.array(list(vectors), dtype=np.int64), np.stack(list(vectors.values())))
