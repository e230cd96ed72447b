"""What the snapshots on this machine's disk hold of some chunks, and new snapshots without them.

A removed chunk stays in a snapshot, where no search returns it, until the next merge. A document that is forgotten must
be in no file, so that merge is made at once. Knows no document: chunk ids in, chunk ids out.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.errors import IndexCorrupt, SettingsError
from core.ports import Ids
from core.settings import Settings
from core.store.database import Database
from core.store.index.positions import positions
from core.store.index.serving import configured_pair, load_pointer
from retrieval.lexical.index import TantivyIndex
from retrieval.lifecycle.publish import IndexLocation, index_location, read_pointer, replace_snapshots
from retrieval.lifecycle.snapshot import IDS, LEXICAL, copy_lexical, read_manifest

READING = ".reading-"
Ranges = Sequence[Sequence[int]]
"""Chunk ids as ranges [first, last]."""


@dataclass(frozen=True, slots=True)
class IndexHoldings:
    """The chunks that snapshots hold, by side; `snapshots` names those that hold any or that cannot be read."""

    dense: frozenset[int]
    lexical: frozenset[int]
    snapshots: tuple[str, ...]


def index_locations(db: Database, settings: Settings) -> list[IndexLocation]:
    """Return the locations of the index that serves, the one before it, and the one that the settings name."""
    with db.read() as session:
        pointer = load_pointer(session)
    pairs = [configured_pair(settings), *((pointer.pair, pointer.previous) if pointer else ())]
    found: dict[Path, IndexLocation] = {}
    for pair in pairs:
        with suppress(SettingsError):  # an index that the settings can no longer name
            location = index_location(pair.applied_to(settings))
            found.setdefault(location.folder, location)
    return list(found.values())


def held_in_snapshots(locations: Sequence[IndexLocation], ranges: Ranges) -> IndexHoldings:
    """Return which of these chunks are in a snapshot of a location."""
    dense: set[int] = set()
    lexical: set[int] = set()
    holders: list[str] = []
    for snapshot in (each for location in locations for each in _snapshots(location.folder)):
        try:
            vectors, words = _dense(snapshot, ranges), _lexical(snapshot, ranges)
        except (IndexCorrupt, OSError, ValueError):
            holders.append(snapshot.name)
            continue
        dense |= vectors
        lexical |= words
        holders += [snapshot.name] if vectors or words else []
    return IndexHoldings(frozenset(dense), frozenset(lexical), tuple(sorted(holders)))


def rebuild_without(db: Database, locations: Sequence[IndexLocation], ranges: Ranges) -> int:
    """Replace the snapshots of each location that has these chunks in one; return how many locations were rebuilt.

    The chunks must be gone from the database. A location whose index another process builds now, or whose snapshot
    cannot be read, is left: `held_in_snapshots` still names it. Raises StorageFull.
    """
    rebuilt = 0
    for location in locations:
        for scratch in location.folder.glob(f"{READING}*"):  # left by a process that was killed, links and all
            shutil.rmtree(scratch, ignore_errors=True)
        pointer = read_pointer(location.folder)
        if pointer is None or not held_in_snapshots([location], ranges).snapshots:
            continue
        with suppress(IndexCorrupt):
            manifest = read_manifest(location.folder / pointer.current)
            rebuilt += replace_snapshots(db, location, manifest.embedder, manifest.dimension) is not None
    return rebuilt


def engines_behind(db: Database, locations: Sequence[IndexLocation], step: int) -> list[str]:
    """Return the collections of shared engines in these locations that have not applied this step of the journal."""
    addresses = tuple(f"{location.milvus.address}/" for location in locations if location.milvus is not None)
    with db.read() as session:
        found = positions(session)
    return [engine for engine, at in found.items() if engine.startswith(addresses) and at.seq < step]


def _snapshots(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.glob("snap_*") if path.is_dir())


def _dense(snapshot: Path, ranges: Ranges) -> set[int]:
    if not (snapshot / IDS).is_file():
        return set()
    ids: Ids = np.load(snapshot / IDS)
    return {int(each) for first, last in ranges for each in ids[(ids >= first) & (ids <= last)]}


def _lexical(snapshot: Path, ranges: Ranges) -> set[int]:
    """Ask a linked copy: opening an index writes a lock, and a snapshot must have no file but its own."""
    if not (snapshot / LEXICAL).is_dir():
        return set()
    with tempfile.TemporaryDirectory(dir=snapshot.parent, prefix=READING) as scratch:
        copy_lexical(snapshot, Path(scratch))
        index = TantivyIndex(Path(scratch))
        try:
            return {each for first, last in ranges for each in index.present(range(first, last + 1))}
        finally:
            index.close()
