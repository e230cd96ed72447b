"""A snapshot: a folder that holds a whole index as of one step of the journal, and proof that it is whole.

`vectors.faiss`, `ids.npy` and for some kinds `rows.f32` hold the dense base, `lexical/` the segments, `manifest.json`
is written last: its existence means that the rest is there. Knows no pointer and no schedule;
`retrieval.lifecycle.publish` has both.
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
"""1 had no identifiers and one language, 2 did not say what kind its base is. A snapshot of another format is passed
over; the database fills in."""
BATCH = 5000
BUILDING = ".building-"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot says of itself: `count` vectors, and by `files` the hex sha256 of each path inside the folder.

    `kind` is that of the dense base, `effort` what its searches take, `recall` the share of the ten nearest that was
    measured with it.
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
        """Whether it holds vectors; else the lexical side alone."""
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

    `seq` is the journal's step before the chunks were read; `expected` (about how many) and `device` choose
    the kind of base where `kind` leaves it open.
    Without `dense` it holds the lexical side alone: the vectors are in an engine that all processes share.
    A folder appears under its final name only when it is whole.
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
    """Read a snapshot's manifest. Raises IndexCorrupt when there is none, another version's, or it makes no sense."""
    try:
        said = json.loads((folder / MANIFEST).read_text())
        if (version := said["format"]) == FORMAT:
            return Manifest(**said)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise IndexCorrupt(f"The snapshot {folder.name} has no readable manifest: {error}") from error
    raise IndexCorrupt(
        f"The snapshot {folder.name} has the format {version}; this version of Vouch reads {FORMAT}.",
        hint="The database serves in its place; `vouch reindex` builds a new one.",
    )


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


def load_vectors(folder: Path, device: Device, *, must: bool) -> tuple[Base, Ids]:
    """Map the dense base, put it on its device, read its ids. Raises IndexCorrupt; SettingsError as `on_device`."""
    try:
        manifest, rows = read_manifest(folder), folder / ROWS
        base = load_base(folder / VECTORS, rows if ROWS in manifest.files else None, manifest.effort)
        return on_device(base, device, must=must), np.load(folder / IDS)
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


def _write_indexes(folder: Path, chunks: Iterable[Change], base: BaseWriter | None) -> tuple[int, BuiltBase]:
    """Fill both indexes; return how many chunks the dense one holds, or the lexical one alone, and what it became."""
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
