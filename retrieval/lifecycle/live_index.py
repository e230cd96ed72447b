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
from typing import IO, TYPE_CHECKING

import numpy as np
import structlog

from core.errors import SettingsError, StorageFull, missing_extra
from core.ids import new_id
from core.reloadable import Reloadable
from core.store.database import Database
from core.store.index.pruning import missed_changes
from core.store.passages import Change, changes_since, latest_seq, serving_chunks
from retrieval.dense.gpu import check_device, empty_base, move_to_gpu_after
from retrieval.dense.index import FaissIndex
from retrieval.lexical.index import TantivyIndex
from retrieval.lifecycle.publish import CURRENT, IndexLocation, best_snapshot
from retrieval.lifecycle.snapshot import Manifest, copy_lexical, load_vectors
from retrieval.milvus.index import MilvusIndex

if TYPE_CHECKING:
    from retrieval.milvus.shared import SharedDense

PRIVATE = "private"
BATCH = 2000
SWAP_WAIT_S = 0.5
"""How long the search that notices a new snapshot waits for it before it goes on with the old one."""
CLOSE_WAIT_S = 10.0
"""How long closing waits for a snapshot that is being loaded."""
NEVER = float("inf")
log = structlog.get_logger(__name__)

Mark = tuple[int, int]
"""What changes when another snapshot is published: time of change and inode of the file that names it."""


@dataclass(slots=True, weakref_slot=True)
class IndexState:
    """The two indexes as of a step of the journal. `snapshot` is "none" where no snapshot was usable."""

    vectors: FaissIndex | MilvusIndex
    lexical: TantivyIndex
    snapshot: str
    seq: int

    @property
    def version(self) -> str:
        shared = f"@{self.vectors.name}" if isinstance(self.vectors, MilvusIndex) else ""
        return f"{self.snapshot}+{self.seq}{shared}"


class LiveIndex:
    """The index that this process searches: always as new as the database. Thread-safe."""

    def __init__(self, db: Database, location: IndexLocation, embedder_name: str, dimension: int) -> None:
        """Load the newest whole snapshot, else what the database holds.

        Raises SettingsError for a device that is not there; later nothing about the device stops searches.
        """
        check_device(location.device)
        self._db = db
        self._location = location
        self._embedder = embedder_name
        self._dimension = dimension
        try:
            with _alone(location.folder / PRIVATE):
                _sweep(location.folder / PRIVATE)
        except OSError as error:
            raise StorageFull(f"The index's folder {location.folder} cannot be written: {error.strerror}.") from error
        self._shared = _open_shared(db, location, embedder_name, dimension)
        self._old_is_gone = threading.Event()
        self._state: Reloadable[Mark, IndexState] = Reloadable(
            "index",
            self._load_published,
            self._pointer_mark,
            imports=False,
            swap_wait_s=SWAP_WAIT_S,
            retry_after_s=NEVER,  # the old index is whole; the next snapshot is the next attempt
            after_swap=self._move_to_device,
        )
        self._state.load_now()

    def current(self) -> IndexState:
        """Return the index with every change that was committed before this call."""
        state = self._state.get()  # once: a new one that is swapped in later may lag behind what is read now
        with self._db.read() as session:
            newest = latest_seq(session)
        if newest > state.seq:
            with self._state.lock:
                state = self._state.loaded() or state
                if newest > state.seq:  # else the thread that held the lock did it
                    state = self._caught_up(state)
                    self._state.put(state)
        if self._shared is not None:
            state.vectors = self._shared.current(newest)
        return state

    def close(self) -> None:
        """Let the lexical writer finish; the private folder is deleted when the last search is done with it."""
        state = self._state.close(CLOSE_WAIT_S)
        if state is not None:
            state.lexical.close()
        if self._shared is not None:
            self._shared.close()

    def _load_published(self, _: Mark, old: IndexState | None) -> IndexState:
        """Load the snapshot that is published now; searches go on with the old one."""
        if old is None:
            return self._load(must=True)
        state = self._caught_up(self._load(must=False))
        self._old_is_gone = threading.Event()
        weakref.finalize(old, self._old_is_gone.set)
        return state

    def _move_to_device(self, state: IndexState) -> None:
        """Move the base to its device when the old one has left it: there may be room for one only."""
        log.info("index_adopted", snapshot=state.snapshot, seq=state.seq, device=state.vectors.device)
        if isinstance(state.vectors, FaissIndex):
            move_to_gpu_after(state.vectors.base, self._old_is_gone)

    def _load(self, *, must: bool) -> IndexState:
        private = self._location.folder / PRIVATE / new_id("copy")
        try:
            with _alone(private.parent):
                private.mkdir(parents=True)
                lock = _hold(private)
        except OSError as error:
            raise StorageFull(f"{private} cannot be written: {error.strerror}.") from error
        try:
            state = self._load_into(private, must)
        except OSError as error:
            _drop(private, lock)
            raise StorageFull(f"The index could not be copied to {private}: {error.strerror}.") from error
        except BaseException:
            _drop(private, lock)
            raise
        weakref.finalize(state, _drop, private, lock)
        return state

    def _load_into(self, private: Path, must: bool) -> IndexState:
        manifest = best_snapshot(self._location.folder, self._embedder, dense=self._location.dense)
        if manifest is None or self._is_cut_off(manifest):
            return self._from_database(private)
        if manifest.dimension != self._dimension:
            raise SettingsError(
                f"The snapshot {manifest.id} holds vectors of {manifest.dimension} numbers, and the embedder "
                f"{self._embedder} makes {self._dimension}.",
                hint="Run `vouch reindex`, or let the settings name the index and the embedder that belong together.",
            )
        folder = self._location.folder / manifest.id
        vectors = self._vectors(folder, must)
        copy_lexical(folder, private)
        return IndexState(vectors, TantivyIndex(private), manifest.id, manifest.seq)

    def _from_database(self, private: Path) -> IndexState:
        state = IndexState(self._vectors(None, must=False), TantivyIndex(private), "none", 0)
        with self._db.read() as session:
            state.seq = latest_seq(session)
            chunks = serving_chunks(session, self._embedder)
            while batch := list(islice(chunks, BATCH)):
                _apply(state, batch)
        return state

    def _vectors(self, folder: Path | None, must: bool) -> FaissIndex | MilvusIndex:
        """Return the dense side: what all processes share, a snapshot's, or an empty one to fill."""
        if self._shared is not None:
            return self._shared.current(0)
        if folder is None:
            return FaissIndex(self._dimension, empty_base(self._dimension, self._location.device))
        return FaissIndex(self._dimension, *load_vectors(folder, self._location.device, must=must))

    def _is_cut_off(self, manifest: Manifest) -> bool:
        with self._db.read() as session:
            cut_off = missed_changes(session, manifest.seq)
        if cut_off:
            log.warning("snapshot_behind_journal", snapshot=manifest.id, seq=manifest.seq)
        return cut_off

    def _caught_up(self, state: IndexState) -> IndexState:
        """Return the index with all of the journal in it: a new one where steps that it lacks were pruned."""
        while not self._catch_up(state):
            log.warning("index_behind_journal", snapshot=state.snapshot, seq=state.seq)
            state = self._load(must=False)
        return state

    def _catch_up(self, state: IndexState) -> bool:
        """Apply what came before this call, and say whether that was all: steps that were pruned are lost to it.

        What comes meanwhile is left to the next: who writes without a pause would keep a search from ever beginning.
        """
        with self._db.read() as session:
            newest = latest_seq(session)
        while state.seq < newest:
            with self._db.read() as session:
                changes = changes_since(session, state.seq, self._embedder, BATCH)
                if missed_changes(session, state.seq):
                    return False
            if not changes:
                return True
            _apply(state, changes)
            state.seq = changes[-1].seq  # only now: a step that failed half-way is applied again, harmlessly
        return True

    def _pointer_mark(self) -> tuple[int, int]:
        try:
            state = os.stat(self._location.folder / CURRENT)
        except OSError:
            return 0, 0
        return state.st_mtime_ns, state.st_ino


def _apply(state: IndexState, changes: Sequence[Change]) -> None:
    last = {change.chunk_id: change for change in changes}  # of several steps for one chunk the last one counts
    added = [change for change in last.values() if change.added]
    removed = [change.chunk_id for change in last.values() if not change.added]
    mine = state.vectors if isinstance(state.vectors, FaissIndex) else None  # what is shared follows by itself
    if removed:
        if mine is not None:
            mine.remove(np.array(removed, dtype=np.int64))
        state.lexical.remove(removed)
    if added:
        embedded = {change.chunk_id: change.vector for change in added if change.vector is not None}
        if embedded and mine is not None:
            mine.add(np.array(list(embedded), dtype=np.int64), np.stack(list(embedded.values())))
        titles, texts = [change.title for change in added], [change.text for change in added]
        state.lexical.add(_ids(added), titles, texts, [change.language for change in added])


def _ids(changes: Iterable[Change]) -> list[int]:
    return [change.chunk_id for change in changes]


def _open_shared(db: Database, location: IndexLocation, embedder_name: str, dimension: int) -> SharedDense | None:
    if location.milvus is None:
        return None
    try:
        from retrieval.milvus.shared import SharedDense
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "milvus") from error
    return SharedDense(db, location.milvus, embedder_name, dimension)


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
