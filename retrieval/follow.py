"""One process's live index: a snapshot, and over it every change of the journal since.

Each search asks for the live index; if the journal or the pointer moved on, it is caught up first, so that what was
committed before a search began is found by it. Knows no ranking; `retrieval.search` does.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO

import numpy as np
import structlog

from core.db import Database
from core.errors import StorageFull, VouchError
from core.ids import new_id
from core.passages import Change, changes_since, latest_seq, serving_chunks
from retrieval.faiss_base import check_device
from retrieval.faiss_index import FaissIndex
from retrieval.lexical import TantivyIndex
from retrieval.publish import CURRENT, Place, best_snapshot
from retrieval.snapshot import copy_lexical, load_vectors

PRIVATE = "private"
BATCH = 2000
log = structlog.get_logger(__name__)


@dataclass(slots=True, weakref_slot=True)
class Live:
    """The two indexes as of a step of the journal. `snapshot` is "none" where no snapshot was usable."""

    vectors: FaissIndex
    lexical: TantivyIndex
    snapshot: str
    seq: int

    @property
    def version(self) -> str:
        return f"{self.snapshot}+{self.seq}"


class Follower:
    """Holds the live index of this process. All methods may be called from any thread."""

    def __init__(self, db: Database, place: Place, embedder_name: str, dimension: int) -> None:
        """Load the newest whole snapshot, else what the database holds. Raises SettingsError for the device."""
        check_device(place.device)
        self._db = db
        self._place = place
        self._embedder = embedder_name
        self._dimension = dimension
        self._applying = threading.Lock()
        self._adopting = threading.Lock()
        try:
            with _alone(place.folder / PRIVATE):
                _sweep(place.folder / PRIVATE)
        except OSError as error:
            raise StorageFull(f"The index's folder {place.folder} cannot be written: {error.strerror}.") from error
        self._pointer = self._pointer_mark()
        self._live = self._load()

    def current(self) -> Live:
        """Return the live index, caught up with everything that was committed before this call."""
        if self._pointer_mark() != self._pointer and self._adopting.acquire(blocking=False):
            try:
                self._adopt()
            finally:
                self._adopting.release()
        with self._db.read() as session:
            newest = latest_seq(session)
        if newest > self._live.seq:
            with self._applying:
                self._catch_up(self._live)
        return self._live

    def close(self) -> None:
        """Let the lexical writer finish; the private folder goes when the last search is done with it."""
        with self._applying:
            self._live.lexical.close()

    def _adopt(self) -> None:
        """Load the snapshot that was published meanwhile, while other threads go on with the old one."""
        mark = self._pointer_mark()
        try:
            live = self._load()
            self._catch_up(live)
        except VouchError as error:  # the index that serves is whole; the next snapshot is another chance
            log.error("index_not_adopted", reason=error.message)
            self._pointer = mark
            return
        with self._applying:
            self._live, self._pointer = live, mark
        log.info("index_adopted", snapshot=live.snapshot, seq=live.seq)

    def _load(self) -> Live:
        private = self._place.folder / PRIVATE / new_id("copy")
        try:
            with _alone(private.parent):
                private.mkdir(parents=True)
                lock = _hold(private)
        except OSError as error:
            raise StorageFull(f"{private} cannot be written: {error.strerror}.") from error
        try:
            live = self._load_into(private)
        except OSError as error:
            _drop(private, lock)
            raise StorageFull(f"The index could not be copied to {private}: {error.strerror}.") from error
        except BaseException:
            _drop(private, lock)
            raise
        weakref.finalize(live, _drop, private, lock)
        return live

    def _load_into(self, private: Path) -> Live:
        manifest = best_snapshot(self._place.folder, self._embedder)
        if manifest is None or manifest.dimension != self._dimension:
            return self._from_database(private)
        folder = self._place.folder / manifest.id
        base, ids = load_vectors(folder, self._place.device)
        copy_lexical(folder, private)
        return Live(FaissIndex(self._dimension, base, ids), TantivyIndex(private), manifest.id, manifest.seq)

    def _from_database(self, private: Path) -> Live:
        live = Live(FaissIndex(self._dimension), TantivyIndex(private), "none", 0)
        with self._db.read() as session:
            live.seq = latest_seq(session)
            chunks = serving_chunks(session, self._embedder)
            while batch := list(islice(chunks, BATCH)):
                _apply(live, batch)
        return live

    def _catch_up(self, live: Live) -> None:
        while True:
            with self._db.read() as session:
                changes = changes_since(session, live.seq, self._embedder, BATCH)
            if not changes:
                return
            _apply(live, changes)
            live.seq = changes[-1].seq  # only now: a step that failed half-way is applied again, harmlessly

    def _pointer_mark(self) -> tuple[int, int]:
        try:
            state = os.stat(self._place.folder / CURRENT)
        except OSError:
            return 0, 0
        return state.st_mtime_ns, state.st_ino


def _apply(live: Live, changes: Sequence[Change]) -> None:
    last = {change.chunk_id: change for change in changes}  # of several steps for one chunk the last one counts
    added = [change for change in last.values() if change.added]
    removed = [change.chunk_id for change in last.values() if not change.added]
    if removed:
        live.vectors.remove(np.array(removed, dtype=np.int64))
        live.lexical.remove(removed)
    if added:
        vectors = np.stack([change.vector for change in added if change.vector is not None])
        live.vectors.add(np.array(_ids(added), dtype=np.int64), vectors)
        live.lexical.add(_ids(added), [change.title for change in added], [change.text for change in added])


def _ids(changes: Iterable[Change]) -> list[int]:
    return [change.chunk_id for change in changes]


@contextmanager
def _alone(private: Path) -> Iterator[None]:
    """Keep processes that start from sweeping a folder that another one is about to hold."""
    private.mkdir(parents=True, exist_ok=True)
    with (private / ".guard").open("w") as guard:
        fcntl.flock(guard, fcntl.LOCK_EX)
        yield


def _hold(folder: Path) -> IO[str]:
    lock = folder.with_suffix(".lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    return lock


def _drop(folder: Path, lock: IO[str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    folder.with_suffix(".lock").unlink(missing_ok=True)
    lock.close()


def _sweep(private: Path) -> None:
    """Remove private folders whose process died: nobody holds their locks."""
    for path in private.glob("*.lock"):
        with path.open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(path.with_suffix(""), ignore_errors=True)
            path.unlink(missing_ok=True)
