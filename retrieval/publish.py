"""Which snapshot serves: build one from the database, point to it, retire the old, point back.

`CURRENT` names the snapshot that serves and the one before; replacing that small file is the whole of publishing.
Processes notice it in `retrieval.follow`. Knows no search.
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

from core.db import Database
from core.errors import Conflict, IndexCorrupt, SettingsError, unknown_scheme
from core.passages import chunk_count, latest_seq, serving_chunks, unembedded_texts
from core.ports import Embedder, Progress
from core.settings import Settings
from retrieval.snapshot import BUILDING, Manifest, read_manifest, verify_snapshot, write_snapshot
from retrieval.vectors import embed_missing

CURRENT = "CURRENT"
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the index lies and what serves it."""

    folder: Path
    device: str


@dataclass(frozen=True, slots=True)
class Pointer:
    """The names of the snapshot that serves and of the one before it."""

    current: str
    previous: str | None = None


def index_place(settings: Settings) -> Place:
    """Read `VOUCH_INDEX_URL`. Raises SettingsError."""
    url = settings.index_url
    parts = urlsplit(url)
    if parts.scheme != "faiss":
        raise unknown_scheme("VOUCH_INDEX_URL", url, ("faiss",))
    options = dict(parse_qsl(parts.query))
    device = options.pop("device", "cpu")
    if options:
        raise SettingsError(f"VOUCH_INDEX_URL: {sorted(options)[0]!r} means nothing here.", hint="Known: device.")
    return Place(Path(f"{parts.netloc}{parts.path}"), device)


def build_snapshot(db: Database, settings: Settings, embedder_name: str, dimension: int) -> Manifest | None:
    """Build and publish a snapshot of what serves now; return None when another process builds one already.

    The journal's step is read before the chunks: what changes meanwhile is replayed over the snapshot, harmlessly.
    Raises StorageFull; then the old snapshot serves on.
    """
    folder = index_place(settings).folder
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
            )
        publish_snapshot(folder, manifest.id)
        _retire(folder)
    log.info("snapshot_published", snapshot=manifest.id, chunks=manifest.count, seq=manifest.seq)
    return manifest


def merge_if_due(db: Database, settings: Settings, embedder_name: str, dimension: int) -> bool:
    """Build a snapshot when more than `merge_after` changes have come since the last; say whether one was built."""
    folder = index_place(settings).folder
    with db.read() as session:
        behind = latest_seq(session) - _seq_of_current(folder, embedder_name)
    return behind > settings.merge_after and build_snapshot(db, settings, embedder_name, dimension) is not None


def read_pointer(folder: Path) -> Pointer | None:
    """Return what CURRENT says; None when nothing was published yet or CURRENT cannot be read."""
    try:
        return Pointer(**json.loads((folder / CURRENT).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def publish_snapshot(folder: Path, name: str) -> None:
    """Make a snapshot serve; the one that served is kept to point back to."""
    pointer = read_pointer(folder)
    _write_pointer(folder, Pointer(name, pointer.current if pointer else None))


def roll_back(folder: Path) -> str:
    """Make the previous snapshot serve again and return its name. Raises Conflict when there is none, IndexCorrupt."""
    pointer = read_pointer(folder)
    if pointer is None or pointer.previous is None:
        raise Conflict("There is no previous snapshot to go back to.")
    verify_snapshot(folder / pointer.previous)
    _write_pointer(folder, Pointer(pointer.previous, pointer.current))
    return pointer.previous


def best_snapshot(folder: Path, embedder_name: str) -> Manifest | None:
    """Return the current snapshot if it is whole, else the previous one, else None; a broken one is logged."""
    pointer = read_pointer(folder)
    for name in (pointer.current, pointer.previous) if pointer else ():
        if name is None:
            continue
        try:
            manifest = verify_snapshot(folder / name)
        except IndexCorrupt as error:
            log.error("snapshot_corrupt", snapshot=name, reason=error.message)
            continue
        if manifest.embedder == embedder_name:
            return manifest
        log.warning("snapshot_of_another_embedder", snapshot=name, embedder=manifest.embedder, wanted=embedder_name)
    return None


def _seq_of_current(folder: Path, embedder_name: str) -> int:
    pointer = read_pointer(folder)
    try:
        manifest = read_manifest(folder / pointer.current) if pointer else None
    except IndexCorrupt:
        return 0
    return manifest.seq if manifest and manifest.embedder == embedder_name else 0


def _retire(folder: Path) -> None:
    pointer = read_pointer(folder)
    kept = {pointer.current, pointer.previous} if pointer else set()
    for path in (*folder.glob("snap_*"), *folder.glob(f"{BUILDING}*")):
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


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
    while True:
        with db.read() as session:
            texts = unembedded_texts(session, embedder.name)
        if not texts:
            return build_snapshot(db, settings, embedder.name, embedder.dimension)
        embed_missing(db, embedder, texts, progress)
