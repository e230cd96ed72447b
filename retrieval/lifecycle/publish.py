"""Build a snapshot from the database, publish it and delete old ones.

`CURRENT` names the snapshot that serves and the one before; a snapshot is published by replacing that small file.
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
from retrieval.lifecycle.verified import forget_verified, record_verified, verify_once
from retrieval.milvus.location import MilvusLocation, parse_milvus_location

CURRENT = "CURRENT"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class IndexLocation:
    """Where the index is stored and what serves it."""

    folder: Path
    device: Device
    milvus: MilvusLocation | None = None
    """Where the vectors are, if not in the folder."""
    kind: str = "auto"
    """The kind of the dense base: one of `retrieval.dense.base_kinds.KINDS`."""

    @property
    def dense(self) -> bool:
        """Whether snapshots hold vectors."""
        return self.milvus is None


@dataclass(frozen=True, slots=True)
class Pointer:
    """The names of the snapshot that serves and of the one before it."""

    current: str
    previous: str | None = None


def index_location(settings: Settings) -> IndexLocation:
    """Return the location that `VOUCH_INDEX_URL` names. Raises SettingsError."""
    url = settings.index_url
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    if parts.scheme == "milvus":
        milvus, folder = parse_milvus_location(parts, options, settings.home)
        return IndexLocation(folder, Device(), milvus)
    if parts.scheme != "faiss":
        raise unknown_scheme("VOUCH_INDEX_URL", url, ("faiss", "milvus"))
    device, kind = pop_device(options), options.pop("kind", "auto")
    check_kind(kind)
    if options:
        hint = f"Known: kind, {', '.join(OPTIONS)}."
        raise SettingsError(f"VOUCH_INDEX_URL: {sorted(options)[0]!r} is not an option.", hint=hint)
    return IndexLocation(Path(f"{parts.netloc}{parts.path}"), device, kind=kind)


def build_snapshot(db: Database, settings: Settings, embedder_name: str, dimension: int) -> Manifest | None:
    """Build and publish an index of all serving chunks; return None when another process already builds one.

    With Milvus, the vectors go into a new collection first. Raises StorageFull, Unavailable, IndexCorrupt; then the old
    snapshot and the old collection go on serving.
    """
    location = index_location(settings)
    if location.milvus is not None and _build_milvus(db, location.milvus, embedder_name, dimension) is None:
        return None
    return _build_folder(db, location, embedder_name, dimension)


def _build_milvus(db: Database, location: MilvusLocation, embedder_name: str, dimension: int) -> object:
    try:
        from retrieval.milvus.build import build_engine
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "milvus") from error
    return build_engine(db, location, embedder_name, dimension)


def replace_snapshots(db: Database, location: IndexLocation, embedder_name: str, dimension: int) -> Manifest | None:
    """Build and publish a snapshot of all serving chunks and delete all others, also the fallback; None as above.

    For chunks that must be in no file: until the next merge there is nothing to fall back to but the database.
    """
    return _build_folder(db, location, embedder_name, dimension, fallback=False)


def _build_folder(
    db: Database, location: IndexLocation, embedder_name: str, dimension: int, *, fallback: bool = True
) -> Manifest | None:
    """Write a snapshot and publish it.

    The journal's step is read before the chunks: changes in between are applied again, which does no harm.
    """
    folder = location.folder
    with _build_lock(folder) as alone:
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
                dense=location.dense,
                kind=location.kind,
                device=location.device.name,
            )
        record_verified(folder / manifest.id)
        publish_snapshot(folder, manifest.id, fallback=fallback)
        _delete_old(folder)
        _prune(db, folder)
    log.info("snapshot_published", snapshot=manifest.id, chunks=manifest.count, seq=manifest.seq)
    return manifest


def merge_if_due(db: Database, settings: Settings, embedder_name: str, dimension: int) -> bool:
    """Build a snapshot when more than `merge_after` changes came since the last; return whether one was built."""
    location = index_location(settings)
    with db.read() as session:
        behind = latest_seq(session) - _current_seq(location, embedder_name)
    return behind > settings.merge_after and _build_folder(db, location, embedder_name, dimension) is not None


def read_pointer(folder: Path) -> Pointer | None:
    """Return the content of CURRENT; None when nothing is published yet or CURRENT cannot be read."""
    try:
        return Pointer(**json.loads((folder / CURRENT).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def publish_snapshot(folder: Path, name: str, *, fallback: bool = True) -> None:
    """Make a snapshot serve; with `fallback` the one that served before stays."""
    pointer = read_pointer(folder) if fallback else None
    _write_pointer(folder, Pointer(name, pointer.current if pointer else None))


def best_snapshot(folder: Path, embedder_name: str, *, dense: bool = True) -> Manifest | None:
    """Return the current snapshot if it is intact, else the previous one, else None; a broken one is logged.

    With `dense`, snapshots that hold only the lexical side are skipped.
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


def _current_seq(location: IndexLocation, embedder_name: str) -> int:
    pointer = read_pointer(location.folder)
    try:
        manifest = read_manifest(location.folder / pointer.current) if pointer else None
    except IndexCorrupt:
        return 0
    if manifest is None or manifest.embedder != embedder_name or manifest.dense < location.dense:
        return 0
    return manifest.seq


def _delete_old(folder: Path) -> None:
    pointer = read_pointer(folder)
    kept = {pointer.current, pointer.previous} if pointer else set()
    for path in (*folder.glob("snap_*"), *folder.glob(f"{BUILDING}*")):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)
            forget_verified(path)


def _prune(db: Database, folder: Path) -> None:
    """Delete steps of the journal that both snapshots hold. A failure is only logged: the new snapshot is good."""
    pointer = read_pointer(folder)
    names = [name for name in (pointer.current, pointer.previous) if name] if pointer else []
    try:
        pruned = prune_changes(db, min(read_manifest(folder / name).seq for name in names), GRACE_STEPS)
    except VouchError as error:  # an unreadable snapshot names no step: keep all steps until it is deleted
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
def _build_lock(folder: Path) -> Iterator[bool]:
    """Yield whether this process may build now; the lock of a builder that dies is released by itself."""
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
    another process already builds a snapshot.
    """
    embed_rest(db, embedder, progress)
    return build_snapshot(db, settings, embedder.name, embedder.dimension)
