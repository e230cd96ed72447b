"""A dense engine that all processes share, caught up with the journal by one of them at a time.

Before a search whoever finds the engine behind takes the lease (`core.store.index.positions`) and applies what it
lacks; the others wait until it has what they saw committed, or a bounded time. Which collection serves is asked of the
engine.
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
from retrieval.milvus.build import LEASE_S, built_for, engine_of, fill_engine
from retrieval.milvus.index import MilvusIndex
from retrieval.milvus.location import MilvusPlace
from retrieval.milvus.server import MilvusServer

BATCH = 2000
LOOK_S = 1.0
"""Seconds between looks at which collection serves: the old one stands, and is followed, meanwhile."""
WAIT_S = 3.0
"""Seconds that a search waits for another process to apply what it saw committed."""
FILLED_WITHIN_S = 120.0
PAUSE_S = 0.05
log = structlog.get_logger(__name__)


class SharedDense:
    """This process's view of the engine. All methods may be called from any thread."""

    def __init__(self, db: Database, place: MilvusPlace, embedder_name: str, dimension: int) -> None:
        """Open the collection that serves, and fill one where there is none.

        Raises Unavailable, SettingsError, IndexCorrupt for a collection of another embedder.
        """
        self._db, self._embedder, self._dimension = db, embedder_name, dimension
        self._server = MilvusServer(place)
        self._applying, self._looking = threading.Lock(), threading.Lock()
        self._index, self._seq = self._open(self._filled()), 0
        self._looked = time.monotonic()
        self._waited_in_vain = -LEASE_S

    def current(self, newest: int) -> MilvusIndex:
        """Return the collection that serves, with the journal up to the step `newest` if that can be had in time."""
        self._look()
        if self._seq < newest and self._applying.acquire(timeout=WAIT_S):
            try:
                if self._seq < newest:
                    self._follow(newest)
            finally:
                self._applying.release()
        return self._index

    def close(self) -> None:
        """Let go of the connection."""
        self._server.close()

    def _filled(self) -> str:
        """Return the name of the collection that serves; without one, fill it or wait for who does."""
        deadline = time.monotonic() + FILLED_WITHIN_S
        while (name := self._server.serving()) is None:
            if fill_engine(self._db, self._server, self._embedder, self._dimension) is not None:
                continue
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"Another process is still filling {self._server.place.name}.", hint="Try again in a minute."
                )
            time.sleep(10 * PAUSE_S)
        return name

    def _open(self, name: str) -> MilvusIndex:
        if not built_for(name, self._embedder):
            raise IndexCorrupt(
                f"The collection {name} in Milvus was built for another embedder than {self._embedder}.",
                hint="Run `vouch reindex`, or name another collection in VOUCH_INDEX_URL.",
            )
        if (held := self._server.dimension(name)) != self._dimension:
            raise SettingsError(
                f"VOUCH_INDEX_URL: {name} holds vectors of {held} numbers, the embedder makes {self._dimension}.",
                hint="Run `vouch reindex`.",
            )
        self._position(engine_of(self._server.place, name))
        self._server.load(name)
        return MilvusIndex(self._server, name, self._dimension)

    def _look(self) -> None:
        """Turn to the collection that serves now, if it is another; keep this one if that cannot be opened."""
        if time.monotonic() - self._looked < LOOK_S or not self._looking.acquire(blocking=False):
            return
        try:
            name = self._server.serving()
            if name not in (None, self._index.name):
                self._adopt(str(name))
            self._looked = time.monotonic()
        finally:
            self._looking.release()

    def _adopt(self, name: str) -> None:
        try:
            index = self._open(name)
        except (IndexCorrupt, SettingsError) as error:
            log.error("collection_not_adopted", collection=name, reason=error.message)
            return
        with self._applying:
            self._index, self._seq = index, 0
        log.info("collection_adopted", collection=name)

    def _follow(self, newest: int) -> None:
        """Apply what is missing, or wait while another process does. Raises Unavailable when the engine is."""
        engine = engine_of(self._server.place, self._index.name)
        began = time.monotonic()
        wait_s = WAIT_S if began - self._waited_in_vain > LEASE_S else 0.0  # a process that died holds a search up once
        while (position := self._position(engine)).seq < newest:
            if not position.held and (lease := lease_engine(self._db, engine, LEASE_S)) is not None:
                self._apply_under(lease, newest)
            elif time.monotonic() - began > wait_s:
                log.warning("dense_behind", collection=self._index.name, seq=position.seq, wanted=newest)
                self._waited_in_vain = time.monotonic()
                break
            else:
                time.sleep(PAUSE_S)
        self._seq = position.seq

    def _apply_under(self, lease: Lease, newest: int) -> None:
        try:
            seq = self._position(lease.engine).seq  # it may have moved between the look and the lease
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
                self._index.settle()
                seq = changes[-1].seq
                advance(self._db, lease, seq)  # only now: a step that failed half-way is applied again, harmlessly
        except LostLease:
            log.warning("dense_lease_lost", collection=self._index.name)
        finally:
            release_engine(self._db, lease)

    def _position(self, engine: str) -> Position:
        with self._db.read() as session:
            position = find_position(session, engine)
        if position is None:
            raise IndexCorrupt(
                f"This database did not fill {engine}.",
                hint="Run `vouch reindex`; or name a collection of your own in VOUCH_INDEX_URL.",
            )
        return position


def apply_changes(index: MilvusIndex, changes: list[Change]) -> None:
    """Write steps of the journal into a collection; of several for one chunk the last one counts."""
    last = {change.chunk_id: change for change in changes}
    index.remove(np.array([i for i, change in last.items() if not change.added], dtype=np.int64))
    vectors = {i: change.vector for i, change in last.items() if change.added and change.vector is not None}
    if vectors:
        index.add(np.array(list(vectors), dtype=np.int64), np.stack(list(vectors.values())))
