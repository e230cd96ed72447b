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

from core.errors import SettingsError, StorageFull, VouchError, missing_extra
from core.ids import new_id
from core.log import where
from core.store.database import Database
from core.store.index.pruning import missed_changes
from core.store.passages import Change, changes_since, latest_seq, serving_chunks
from retrieval.dense.gpu import check_device, climb_after, nothing_yet
from retrieval.dense.index import FaissIndex
from retrieval.lexical.index import TantivyIndex
from retrieval.lifecycle.publish import CURRENT, Place, best_snapshot
from retrieval.lifecycle.snapshot import Manifest, copy_lexical, load_vectors
from retrieval.milvus.index import MilvusIndex

if TYPE_CHECKING:
    from retrieval.milvus.shared import SharedDense

PRIVATE = "private"
BATCH = 2000
PATIENCE_S = 0.5
"""What the question that notices a new snapshot gives its loading before it goes on with the old one."""
PARTING_S = 10.0
"""What closing gives a snapshot that is being loaded."""
log = structlog.get_logger(__name__)


@dataclass(slots=True, weakref_slot=True)
class Live:
    """The two indexes as of a step of the journal. `snapshot` is "none" where no snapshot was usable."""

    vectors: FaissIndex | MilvusIndex
    lexical: TantivyIndex
    snapshot: str
    seq: int

    @property
    def version(self) -> str:
        shared = f"@{self.vectors.name}" if isinstance(self.vectors, MilvusIndex) else ""
        return f"{self.snapshot}+{self.seq}{shared}"


class Follower:
    """Holds the live index of this process. All methods may be called from any thread."""

    def __init__(self, db: Database, place: Place, embedder_name: str, dimension: int) -> None:
        """Load the newest whole snapshot, else what the database holds.

        Raises SettingsError for a device that cannot be had; once loaded, nothing about the device stops searches.
        """
        check_device(place.device)
        self._db = db
        self._place = place
        self._embedder = embedder_name
        self._dimension = dimension
        self._applying = threading.Lock()
        self._adopting = threading.Lock()
        self._adopter: threading.Thread | None = None
        try:
            with _alone(place.folder / PRIVATE):
                _sweep(place.folder / PRIVATE)
        except OSError as error:
            raise StorageFull(f"The index's folder {place.folder} cannot be written: {error.strerror}.") from error
        self._shared = _open_shared(db, place, embedder_name, dimension)
        self._pointer = self._pointer_mark()
        self._live = self._load(must=True)

    def current(self) -> Live:
        """Return the live index, caught up with everything that was committed before this call."""
        if self._pointer_mark() != self._pointer and self._adopting.acquire(blocking=False):
            self._begin_adopting().wait(PATIENCE_S)
        live = self._live  # once: a new one that is swapped in meanwhile may lag behind what is read now
        with self._db.read() as session:
            newest = latest_seq(session)
        if newest > live.seq:
            with self._applying:
                live = self._live
                if newest > live.seq:  # else the thread that was waited for has done it
                    live = self._live = self._caught_up(live)
        if self._shared is not None:
            live.vectors = self._shared.current(newest)
        return live

    def close(self) -> None:
        """Let the lexical writer finish; the private folder goes when the last search is done with it."""
        if self._adopter is not None:
            self._adopter.join(PARTING_S)
        with self._applying:
            self._live.lexical.close()
        if self._shared is not None:
            self._shared.close()

    def _begin_adopting(self) -> threading.Event:
        """Adopt in a thread of its own; return what is set when the new snapshot serves, or cannot."""
        swapped = threading.Event()

        def adopt() -> None:
            try:
                self._adopt(swapped)
            finally:
                self._adopting.release()
                swapped.set()

        self._adopter = threading.Thread(target=adopt, name="adopt-index", daemon=True)
        self._adopter.start()
        return swapped

    def _adopt(self, swapped: threading.Event) -> None:
        """Load the snapshot that was published meanwhile, while searches go on with the old one."""
        mark = self._pointer_mark()
        try:
            live = self._caught_up(self._load(must=False))
        except Exception as error:  # a thread's boundary: what serves is whole, the next snapshot is another chance
            reason = error.message if isinstance(error, VouchError) else f"an unexpected {type(error).__name__}"
            log.error("index_not_adopted", reason=reason, at=where(error))
            self._pointer = mark
            return
        forerunner_gone = threading.Event()
        with self._applying:
            weakref.finalize(self._live, forerunner_gone.set)
            self._live, self._pointer = live, mark
        log.info("index_adopted", snapshot=live.snapshot, seq=live.seq, device=live.vectors.device)
        swapped.set()
        if isinstance(live.vectors, FaissIndex):
            climb_after(live.vectors.base, forerunner_gone)

    def _load(self, *, must: bool) -> Live:
        private = self._place.folder / PRIVATE / new_id("copy")
        try:
            with _alone(private.parent):
                private.mkdir(parents=True)
                lock = _hold(private)
        except OSError as error:
            raise StorageFull(f"{private} cannot be written: {error.strerror}.") from error
        try:
            live = self._load_into(private, must)
        except OSError as error:
            _drop(private, lock)
            raise StorageFull(f"The index could not be copied to {private}: {error.strerror}.") from error
        except BaseException:
            _drop(private, lock)
            raise
        weakref.finalize(live, _drop, private, lock)
        return live

    def _load_into(self, private: Path, must: bool) -> Live:
        manifest = best_snapshot(self._place.folder, self._embedder, dense=self._place.dense)
        if manifest is None or self._is_cut_off(manifest):
            return self._from_database(private)
        if manifest.dimension != self._dimension:
            raise SettingsError(
                f"The snapshot {manifest.id} holds vectors of {manifest.dimension} numbers, and the embedder "
                f"{self._embedder} makes {self._dimension}.",
                hint="Run `vouch reindex`, or let the settings name the index and the embedder that belong together.",
            )
        folder = self._place.folder / manifest.id
        vectors = self._vectors(folder, must)
        copy_lexical(folder, private)
        return Live(vectors, TantivyIndex(private), manifest.id, manifest.seq)

    def _from_database(self, private: Path) -> Live:
        live = Live(self._vectors(None, must=False), TantivyIndex(private), "none", 0)
        with self._db.read() as session:
            live.seq = latest_seq(session)
            chunks = serving_chunks(session, self._embedder)
            while batch := list(islice(chunks, BATCH)):
                _apply(live, batch)
        return live

    def _vectors(self, folder: Path | None, must: bool) -> FaissIndex | MilvusIndex:
        """Return the dense side: what all processes share, a snapshot's, or an empty one to fill."""
        if self._shared is not None:
            return self._shared.current(0)
        if folder is None:
            return FaissIndex(self._dimension, nothing_yet(self._dimension, self._place.device))
        return FaissIndex(self._dimension, *load_vectors(folder, self._place.device, must=must))

    def _is_cut_off(self, manifest: Manifest) -> bool:
        with self._db.read() as session:
            cut_off = missed_changes(session, manifest.seq)
        if cut_off:
            log.warning("snapshot_behind_journal", snapshot=manifest.id, seq=manifest.seq)
        return cut_off

    def _caught_up(self, live: Live) -> Live:
        """Return the index with all of the journal in it: a new one where steps that it lacks were pruned."""
        while not self._catch_up(live):
            log.warning("index_behind_journal", snapshot=live.snapshot, seq=live.seq)
            live = self._load(must=False)
        return live

    def _catch_up(self, live: Live) -> bool:
        """Apply what came before this call, and say whether that was all: steps that were pruned are lost to it.

        What comes meanwhile is left to the next: who writes without a pause would keep a search from ever beginning.
        """
        with self._db.read() as session:
            newest = latest_seq(session)
        while live.seq < newest:
            with self._db.read() as session:
                changes = changes_since(session, live.seq, self._embedder, BATCH)
                if missed_changes(session, live.seq):
                    return False
            if not changes:
                return True
            _apply(live, changes)
            live.seq = changes[-1].seq  # only now: a step that failed half-way is applied again, harmlessly
        return True

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
    mine = live.vectors if isinstance(live.vectors, FaissIndex) else None  # what is shared follows by itself
    if removed:
        if mine is not None:
            mine.remove(np.array(removed, dtype=np.int64))
        live.lexical.remove(removed)
    if added:
        embedded = {change.chunk_id: change.vector for change in added if change.vector is not None}
        if embedded and mine is not None:
            mine.add(np.array(list(embedded), dtype=np.int64), np.stack(list(embedded.values())))
        titles, texts = [change.title for change in added], [change.text for change in added]
        live.lexical.add(_ids(added), titles, texts, [change.language for change in added])


def _ids(changes: Iterable[Change]) -> list[int]:
    return [change.chunk_id for change in changes]


def _open_shared(db: Database, place: Place, embedder_name: str, dimension: int) -> SharedDense | None:
    if place.milvus is None:
        return None
    try:
        from retrieval.milvus.shared import SharedDense
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "milvus") from error
    return SharedDense(db, place.milvus, embedder_name, dimension)


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
