"""Which snapshot serves: build one from the database, point to it, retire the old, point back.

`CURRENT` names the snapshot that serves and the one before; replacing that small file is the whole of publishing.
Processes notice it in `retrieval.lifecycle.live_index`. Knows no search.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import structlog

from core.errors import IndexCorrupt, SettingsError, VouchError, missing_extra, unknown_scheme
from core.ports import Embedder, Progress
from core.settings import Settings
from core.store.database import Database
from core.store.index.pruning import GRACE_STEPS, prune_changes
from core.store.passages import chunk_count, latest_seq, serving_chunks
from retrieval.dense.base_kinds import check_kind
from retrieval.dense.device import OPTIONS, Device, pop_device
from retrieval.lifecycle.snapshot import BUILDING, Manifest, read_manifest, write_snapshot
from retrieval.lifecycle.vectors import embed_rest
from retrieval.lifecycle.verified import forget_verified, note_verified, verify_once
from retrieval.milvus.location import MilvusPlace, milvus_place

CURRENT = "CURRENT"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the index lies and what serves it."""

    folder: Path
    device: Device
    milvus: MilvusPlace | None = None
    """Where the vectors are, when not in the folder."""
    kind: str = "auto"
    """Of the dense base: one of `retrieval.dense.base_kinds`."""

    @property
    def dense(self) -> bool:
        """Whether snapshots hold vectors."""
        return self.milvus is None


@dataclass(frozen=True, slots=True)
class Pointer:
    """The names of the snapshot that serves and of the one before it."""

    current: str
    previous: str | None = None


def index_place(settings: Settings) -> Place:
    """Read `VOUCH_INDEX_URL`. Raises SettingsError."""
    url = settings.index_url
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme == "milvus":
        milvus, folder = milvus_place(parts, options, settings.home)
        return Place(folder, Device(), milvus)
    if parts.scheme != "faiss":
        raise unknown_scheme("VOUCH_INDEX_URL", url, ("faiss", "milvus"))
    device, kind = pop_device(options), options.pop("kind", "auto")
    check_kind(kind)
    if options:
        hint = f"Known: kind, {', '.join(OPTIONS)}."
        raise SettingsError(f"VOUCH_INDEX_URL: {sorted(options)[0]!r} means nothing here.", hint=hint)
    return Place(Path(f"{parts.netloc}{parts.path}"), device, kind=kind)


def build_snapshot(db: Database, settings: Settings, embedder_name: str, dimension: int) -> Manifest | None:
    """Build and publish the whole index of what serves now; return None when another process builds one already.

    Where vectors are in Milvus they go into a new collection first. Raises StorageFull, Unavailable, IndexCorrupt; then
    the old snapshot and the old collection serve on.
    """
    place = index_place(settings)
    if place.milvus is not None and _build_milvus(db, place.milvus, embedder_name, dimension) is None:
        return None
    return _build_folder(db, place, embedder_name, dimension)


def _build_milvus(db: Database, place: MilvusPlace, embedder_name: str, dimension: int) -> object:
    try:
        from retrieval.milvus.build import build_engine
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "milvus") from error
    return build_engine(db, place, embedder_name, dimension)


def _build_folder(db: Database, place: Place, embedder_name: str, dimension: int) -> Manifest | None:
    """Write a snapshot and point to it.

    The journal's step is read before the chunks: what changes meanwhile is replayed over the snapshot, harmlessly.
    """
    folder = place.folder
    with _sole_builder(folder) as alone:
        if not alone:
            return None
        with db.read() as session:
            seq = latest_seq(session)
            manifest = write_snapshot(
                folder,
                serving_chunks(session, embedder_name),
                embedder=embedder_name,
                dimension=dimension,
                seq=seq,
                expected=chunk_count(session),
                dense=place.dense,
                kind=place.kind,
                device=place.device.name,
            )
        note_verified(folder / manifest.id)
        publish_snapshot(folder, manifest.id)
        _retire(folder)
        _prune(db, folder)
    log.info("snapshot_published", snapshot=manifest.id, chunks=manifest.count, seq=manifest.seq)
    return manifest


def merge_if_due(db: Database, settings: Settings, embedder_name: str, dimension: int) -> bool:
    """Build a snapshot when more than `merge_after` changes have come since the last; say whether one was built."""
    place = index_place(settings)
    with db.read() as session:
        behind = latest_seq(session) - _seq_of_current(place, embedder_name)
    return behind > settings.merge_after and _build_folder(db, place, embedder_name, dimension) is not None


def read_pointer(folder: Path) -> Pointer | None:
    """Return what CURRENT says; None when nothing was published yet or CURRENT cannot be read."""
    try:
        return Pointer(**json.loads((folder / CURRENT).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def publish_snapshot(folder: Path, name: str) -> None:
    """Make a snapshot serve; the one that served before stays, for when this one is broken."""
    pointer = read_pointer(folder)
    _write_pointer(folder, Pointer(name, pointer.current if pointer else None))


def best_snapshot(folder: Path, embedder_name: str, *, dense: bool = True) -> Manifest | None:
    """Return the current snapshot if it is whole, else the previous one, else None; a broken one is logged.

    Where vectors are looked for (`dense`) a snapshot of the lexical side alone is passed over.
    """
    pointer = read_pointer(folder)
    for name in (pointer.current, pointer.previous) if pointer else ():
        if name is None:
            continue
        try:
            manifest = verify_once(folder / name)
        except IndexCorrupt as error:
            log.error("snapshot_corrupt", snapshot=name, reason=error.message)
            continue
        if dense and not manifest.dense:
            continue
        if manifest.embedder == embedder_name:
            return manifest
        log.warning("snapshot_of_another_embedder", snapshot=name, embedder=manifest.embedder, wanted=embedder_name)
    return None


def _seq_of_current(place: Place, embedder_name: str) -> int:
    pointer = read_pointer(place.folder)
    try:
        manifest = read_manifest(place.folder / pointer.current) if pointer else None
    except IndexCorrupt:
        return 0
    if manifest is None or manifest.embedder != embedder_name or manifest.dense < place.dense:
        return 0
    return manifest.seq


def _retire(folder: Path) -> None:
    pointer = read_pointer(folder)
    kept = {pointer.current, pointer.previous} if pointer else set()
    for path in (*folder.glob("snap_*"), *folder.glob(f"{BUILDING}*")):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
            forget_verified(path)


def _prune(db: Database, folder: Path) -> None:
    """Let go of steps that both kept snapshots hold. A failure is no reason to call a good snapshot failed."""
    pointer = read_pointer(folder)
    names = [name for name in (pointer.current, pointer.previous) if name] if pointer else []
    try:
        pruned = prune_changes(db, min(read_manifest(folder / name).seq for name in names), GRACE_STEPS)
    except VouchError as error:  # one that cannot be read tells no step: all are kept until it is retired
        log.warning("journal_not_pruned", reason=error.message)
        return
    if pruned:
        log.info("journal_pruned", steps=pruned)


def _write_pointer(folder: Path, pointer: Pointer) -> None:
    scratch = folder / f".{CURRENT}.{os.getpid()}"
    with scratch.open("w") as stream:
        json.dump(asdict(pointer), stream)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(scratch, folder / CURRENT)


@contextmanager
def _sole_builder(folder: Path) -> Iterator[bool]:
    """Yield whether this process alone may build now; a builder that dies lets go by itself."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".build.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def reindex(db: Database, settings: Settings, embedder: Embedder, progress: Progress) -> Manifest | None:
    """Embed every serving chunk that has no vector of this embedder, then build a snapshot.

    Run it when the embedder changes. It may be stopped and started again: what is embedded stays. Returns None when
    another process builds a snapshot already.
    """
    embed_rest(db, embedder, progress)
    return build_snapshot(db, settings, embedder.name, embedder.dimension)
