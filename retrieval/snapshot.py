"""A snapshot: a folder that holds a whole index as of one step of the journal, and proof that it is whole.

`vectors.faiss` and `ids.npy` hold the dense base, `lexical/` the segments, `manifest.json` is written last: its
existence means that the rest is there. Knows no pointer and no schedule; `retrieval.publish` has both.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import faiss
import numpy as np

from core.errors import IndexCorrupt, StorageFull
from core.ids import new_id
from core.passages import Change
from core.ports import Ids
from retrieval.faiss_base import Base, load_base, new_base, use_all_threads
from retrieval.lexical import TantivyIndex

MANIFEST, VECTORS, IDS, LEXICAL = "manifest.json", "vectors.faiss", "ids.npy", "lexical"
FORMAT = 1
BATCH = 5000
BUILDING = ".building-"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself. `files` maps a path inside the folder to the hex sha256 of its content."""

    id: str
    format: int
    embedder: str
    dimension: int
    count: int
    seq: int
    files: Mapping[str, str]


def write_snapshot(
    parent: Path, chunks: Iterable[Change], *, embedder: str, dimension: int, seq: int, expected: int
) -> Manifest:
    """Write a snapshot of chunks (ascending ids) into a new folder of `parent`. Raises StorageFull.

    `seq` is the journal's step before the chunks were read; `expected` (about how many) chooses the kind of base.
    A folder appears under its final name only when it is whole.
    """
    name = new_id("snap")
    scratch = parent / f"{BUILDING}{name}"
    try:
        (scratch / LEXICAL).mkdir(parents=True)
        count = _write_indexes(scratch, chunks, dimension, expected)
        files = {str(path.relative_to(scratch)): _sha256(path) for path in _files(scratch)}
        manifest = Manifest(name, FORMAT, embedder, dimension, count, seq, files)
        _write_durably(scratch / MANIFEST, json.dumps(asdict(manifest), indent=1))
        os.replace(scratch, parent / name)
    except OSError as error:
        raise StorageFull(f"The index could not be written to {parent}: {error.strerror}.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read a snapshot's manifest. Raises IndexCorrupt when there is none or it makes no sense."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text()))
    except (OSError, ValueError, TypeError) as error:
        raise IndexCorrupt(f"The snapshot {folder.name} has no readable manifest: {error}") from error
    if manifest.format != FORMAT:
        raise IndexCorrupt(f"The snapshot {folder.name} has the format {manifest.format}; this version reads {FORMAT}.")
    return manifest


def verify_snapshot(folder: Path) -> Manifest:
    """Hash every file of a snapshot. Raises IndexCorrupt that names the first one missing, wrong or unexpected."""
    manifest = read_manifest(folder)
    present = {str(path.relative_to(folder)) for path in _files(folder)}
    for name in sorted(present.symmetric_difference(manifest.files)):
        state = "is missing" if name in manifest.files else "does not belong there"
        raise IndexCorrupt(f"The snapshot {folder.name} is not whole: {name} {state}.")
    for name, digest in manifest.files.items():
        if _sha256(folder / name) != digest:
            raise IndexCorrupt(f"The snapshot {folder.name} was changed: {name} has another sha256.")
    return manifest


def load_vectors(folder: Path, device: str) -> tuple[Base, Ids]:
    """Map the dense base and read its ids. Raises IndexCorrupt, SettingsError for the device."""
    try:
        return load_base(folder / VECTORS, device), np.load(folder / IDS)
    except (RuntimeError, ValueError, OSError) as error:
        raise IndexCorrupt(f"The snapshot {folder.name} cannot be read: {str(error).splitlines()[0]}") from error


def copy_lexical(folder: Path, target: Path) -> None:
    """Give a process its own lexical folder: segments are linked, since they never change, the rest is copied."""
    target.mkdir(parents=True, exist_ok=True)
    for path in (folder / LEXICAL).iterdir():
        if path.suffix == ".json":
            shutil.copyfile(path, target / path.name)
        else:
            _link(path, target / path.name)


def _write_indexes(folder: Path, chunks: Iterable[Change], dimension: int, expected: int) -> int:
    use_all_threads()
    base = new_base(dimension, expected)
    lexical = TantivyIndex(folder / LEXICAL)
    ids: list[int] = []
    for batch in _batches(chunks):
        base.add(np.stack([change.vector for change in batch if change.vector is not None]))
        numbers = [change.chunk_id for change in batch]
        lexical.add(numbers, [change.title for change in batch], [change.text for change in batch])
        ids.extend(numbers)
    lexical.close()
    for lock in (folder / LEXICAL).glob("*.lock"):
        lock.unlink()
    faiss.write_index(base, str(folder / VECTORS))
    np.save(folder / IDS, np.array(ids, dtype=np.int64))
    return len(ids)


def _batches(chunks: Iterable[Change]) -> Iterator[list[Change]]:
    iterator = iter(chunks)
    while batch := list(islice(iterator, BATCH)):
        yield batch


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _write_durably(path: Path, text: str) -> None:
    with path.open("w") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
