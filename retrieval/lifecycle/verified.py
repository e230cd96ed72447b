"""Record which snapshots were verified, so that a start does not hash gigabytes again.

A file counts as verified while its size, modification time and inode are the same. This detects every copy, restore,
truncation and rewrite; silent disk errors are detected only by the full check
(`retrieval.lifecycle.snapshot.verify_snapshot`), which runs here the first time.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from core.ids import new_id
from retrieval.lifecycle.snapshot import MANIFEST, Manifest, read_manifest, verify_snapshot

RECORDS = ".verified"
RACY_S = 2.0
"""A file that changed this shortly before it was hashed may change again within the same tick of the clock."""

State = dict[str, list[int]]


def verify_once(folder: Path) -> Manifest:
    """Verify a snapshot as `verify_snapshot` does, but do not hash files that are unchanged since then.

    Raises IndexCorrupt.
    """
    before = _state(folder)
    if before and _read_record(folder) == before:
        return read_manifest(folder)
    manifest = verify_snapshot(folder)
    record_verified(folder, before)
    return manifest


def record_verified(folder: Path, before: State | None = None) -> None:
    """Record that the files are verified; do nothing where no record can be written or a file is too new."""
    state = _state(folder)
    newest = max((changed for _, changed, _ in state.values()), default=0)
    if (before is not None and state != before) or newest > time.time_ns() - RACY_S * 1e9:
        return
    note = _record_path(folder)
    scratch = note.with_name(new_id("note"))
    try:
        note.parent.mkdir(exist_ok=True)
        scratch.write_text(json.dumps(state))
        os.replace(scratch, note)
    except OSError:  # a read-only folder: it is hashed at every start
        with suppress(OSError):
            scratch.unlink()


def forget_verified(folder: Path) -> None:
    """Delete the record of a deleted snapshot."""
    _record_path(folder).unlink(missing_ok=True)


def _record_path(folder: Path) -> Path:
    return folder.parent / RECORDS / f"{folder.name}.json"


def _read_record(folder: Path) -> State | None:
    try:
        record: State = json.loads(_record_path(folder).read_text())
    except (OSError, ValueError):
        return None
    return record


def _state(folder: Path) -> State:
    """Return size, modification time in ns and inode of every file; empty where the manifest is missing."""
    if not (folder / MANIFEST).is_file():
        return {}
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = {str(path.relative_to(folder)): path.stat() for path in paths}
    return {name: [stat.st_size, stat.st_mtime_ns, stat.st_ino] for name, stat in stats.items()}
