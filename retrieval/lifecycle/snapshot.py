"""A snapshot: a folder with a whole index as of one step of the journal, and the hashes that prove it intact.

`vectors.faiss`, `ids.npy` and for some kinds `rows.f32` hold the dense base, `lexical/` the segments. `manifest.json`
is written last: if it exists, the rest is complete. Knows no pointer and no schedule; `retrieval.lifecycle.publish` has
both.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, astuple, dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from core.errors import IndexCorrupt, StorageFull
from core.ids import new_id
from core.ports import Ids
from core.store.passages import Change
from retrieval.dense.base import Base, load_base
from retrieval.dense.base_kinds import BaseWriter, BuiltBase, choose_kind
from retrieval.dense.device import CPU, Device
from retrieval.dense.gpu import on_device
from retrieval.lexical.index import TantivyIndex

MANIFEST, VECTORS, ROWS, IDS, LEXICAL = "manifest.json", "vectors.faiss", "rows.f32", "ids.npy", "lexical"
FORMAT = 3
"""1 had no identifiers and one language, 2 did not name the kind of its base. Snapshots of other formats are not used:
the index is loaded from the database."""
BATCH = 5000
BUILDING = ".building-"


@dataclass(frozen=True, slots=True)
class Manifest:
    """The description of a snapshot: `count` vectors, and in `files` the hex sha256 of each path inside the folder.

    `kind` is the kind of the dense base, `effort` that of its searches, `recall` the share of the ten nearest measured
    with it.
    """

    id: str
    format: int
    embedder: str
    dimension: int
    count: int
    seq: int
    files: Mapping[str, str]
    kind: str
    effort: int
    recall: float

    @property
    def dense(self) -> bool:
        """Whether it holds vectors; otherwise only the lexical side."""
        return VECTORS in self.files


def write_snapshot(
    parent: Path,
    chunks: Iterable[Change],
    *,
    embedder: str,
    dimension: int,
    seq: int,
    expected: int,
    dense: bool = True,
    kind: str = "auto",
    device: str = CPU,
) -> Manifest:
    """Write a snapshot of chunks (ascending ids) into a new folder of `parent`. Raises StorageFull.

    `seq` is the journal's step before the chunks were read. `expected` (about how many chunks) and `device` choose the
    kind of base where `kind` is "auto". Without `dense` it holds only the lexical side: the vectors are in an engine
    that all processes share. A folder gets its final name only when it is complete.
    """
    name = new_id("snap")
    scratch = parent / f"{BUILDING}{name}"
    try:
        (scratch / LEXICAL).mkdir(parents=True)
        chosen = choose_kind(kind, expected, dimension, device)
        writer = BaseWriter(chosen, dimension, scratch / VECTORS, scratch / ROWS) if dense else None
        count, built = _write_indexes(scratch, chunks, writer)
        files = {str(path.relative_to(scratch)): _sha256(path) for path in _files(scratch)}
        manifest = Manifest(name, FORMAT, embedder, dimension, count, seq, files, *astuple(built))
        _write_durably(scratch / MANIFEST, json.dumps(asdict(manifest), indent=1))
        os.replace(scratch, parent / name)
    except OSError as error:
        raise StorageFull(f"The index could not be written to {parent}: {error.strerror}.") from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read a snapshot's manifest. Raises IndexCorrupt for one that is missing, malformed or of another version."""
    try:
        fields = json.loads((folder / MANIFEST).read_text())
        if (version := fields["format"]) == FORMAT:
            return Manifest(**fields)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexCorrupt(f"The snapshot {folder.name} has no readable manifest: {error}") from error
    raise IndexCorrupt(
        f"The snapshot {folder.name} has the format {version}; this version of Vouch reads {FORMAT}.",
        hint="The index is loaded from the database instead; `vouch reindex` builds a new snapshot.",
    )


def verify_snapshot(folder: Path) -> Manifest:
    """Check the hash of every file of a snapshot. Raises IndexCorrupt for a missing, wrong or extra file."""
    manifest = read_manifest(folder)
    present = {str(path.relative_to(folder)) for path in _files(folder)}
    for name in sorted(present.symmetric_difference(manifest.files)):
        state = "is missing" if name in manifest.files else "does not belong there"
        raise IndexCorrupt(f"The snapshot {folder.name} is not complete: {name} {state}.")
    for name, digest in manifest.files.items():
        if _sha256(folder / name) != digest:
            raise IndexCorrupt(f"The snapshot {folder.name} is damaged: {name} has another sha256.")
    return manifest


def load_vectors(folder: Path, device: Device, *, must: bool) -> tuple[Base, Ids]:
    """Return the dense base on its device, and its ids. Raises IndexCorrupt; SettingsError as `on_device` does."""
    try:
        manifest, rows = read_manifest(folder), folder / ROWS
        base = load_base(folder / VECTORS, rows if ROWS in manifest.files else None, manifest.effort)
        return on_device(base, device, must=must), np.load(folder / IDS)
    except (RuntimeError, ValueError, OSError) as error:
        raise IndexCorrupt(f"The snapshot {folder.name} cannot be read: {str(error).splitlines()[0]}") from error


def copy_lexical(folder: Path, target: Path) -> None:
    """Copy the lexical folder for one process: segments never change and are linked, the rest is copied."""
    target.mkdir(parents=True, exist_ok=True)
    for path in (folder / LEXICAL).iterdir():
        if path.suffix == ".json":
            shutil.copyfile(path, target / path.name)
        else:
            _link(path, target / path.name)


def _write_indexes(folder: Path, chunks: Iterable[Change], base: BaseWriter | None) -> tuple[int, BuiltBase]:
    """Fill both indexes; return the number of chunks in the dense one (or the lexical one alone) and its base."""
    lexical = TantivyIndex(folder / LEXICAL)
    ids: list[int] = []
    for batch in _batches(chunks):
        embedded = {change.chunk_id: change.vector for change in batch if change.vector is not None}
        if embedded and base is not None:
            base.add(np.stack(list(embedded.values())))
        numbers = [change.chunk_id for change in batch]
        ids.extend(numbers if base is None else embedded)
        titles, texts = [change.title for change in batch], [change.text for change in batch]
        lexical.add(numbers, titles, texts, [change.language for change in batch], replace=False)
    lexical.close()
    for lock in (folder / LEXICAL).glob("*.lock"):
        lock.unlink()
    if base is None:
        return len(ids), BuiltBase("none")
    np.save(folder / IDS, np.array(ids, dtype=np.int64))
    return len(ids), base.finish()


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
