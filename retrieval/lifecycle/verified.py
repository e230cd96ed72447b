"""Remembers which files of snapshots were hashed and found right, so that a start does not read gigabytes again.

A file counts as the one that was hashed while its size, its time of change and its inode are the same. That notices
every copy, restore, truncation and rewriting; what a disk loses silently is noticed by the full check that
`retrieval.lifecycle.snapshot.verify_snapshot` makes, here the first time.
"""

from __future__ import annotations

import json
import os
import time
from contextlib import suppress
from pathlib import Path

from core.ids import new_id
from retrieval.lifecycle.snapshot import MANIFEST, Manifest, read_manifest, verify_snapshot

NOTES = ".verified"
RACY_S = 2.0
"""A file changed this shortly before it was hashed may change again within the same tick of its clock."""

State = dict[str, list[int]]


def verify_once(folder: Path) -> Manifest:
    """Check a snapshot as `verify_snapshot` does, without hashing what has not changed since it was hashed.

    Raises IndexCorrupt.
    """
    before = _state(folder)
    if before and _read_note(folder) == before:
        return read_manifest(folder)
    manifest = verify_snapshot(folder)
    note_verified(folder, before)
    return manifest


def note_verified(folder: Path, before: State | None = None) -> None:
    """Note that the files were right as they were; quiet where nothing can be noted or they are too new to tell."""
    state = _state(folder)
    newest = max((changed for _, changed, _ in state.values()), default=0)
    if (before is not None and state != before) or newest > time.time_ns() - RACY_S * 1e9:
        return
    note = _note(folder)
    scratch = note.with_name(new_id("note"))
    try:
        note.parent.mkdir(exist_ok=True)
        scratch.write_text(json.dumps(state))
        os.replace(scratch, note)
    except OSError:  # a folder that may only be read: it is hashed at every start
        with suppress(OSError):
            scratch.unlink()


def forget_verified(folder: Path) -> None:
    """Forget what was noted of a snapshot that is gone."""
    _note(folder).unlink(missing_ok=True)


def _note(folder: Path) -> Path:
    return folder.parent / NOTES / f"{folder.name}.json"


def _read_note(folder: Path) -> State | None:
    try:
        note: State = json.loads(_note(folder).read_text())
    except (OSError, ValueError):
        return None
    return note


def _state(folder: Path) -> State:
    """Return size, time of change in ns and inode of every file; empty where the manifest is missing."""
    if not (folder / MANIFEST).is_file():
        return {}
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    stats = {str(path.relative_to(folder)): path.stat() for path in paths}
    return {name: [stat.st_size, stat.st_mtime_ns, stat.st_ino] for name, stat in stats.items()}
