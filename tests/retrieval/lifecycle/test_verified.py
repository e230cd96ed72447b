"""A snapshot is hashed once: what is unchanged since is trusted, what changed in any way is hashed again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from core.errors import IndexCorrupt
from retrieval.lifecycle import verified
from retrieval.lifecycle.snapshot import VECTORS, Manifest, verify_snapshot, write_snapshot
from retrieval.lifecycle.verified import forget_verified, record_verified, verify_once


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    manifest = write_snapshot(tmp_path, [], embedder="words", dimension=4, seq=0, expected=0)
    folder = tmp_path / manifest.id
    for path in folder.rglob("*"):
        os.utime(path, (1_700_000_000, 1_700_000_000))
    return folder


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def noted(path: Path) -> Manifest:
        names.append(path.name)
        return verify_snapshot(path)

    monkeypatch.setattr(verified, "verify_snapshot", noted)
    return names


def test_it_is_hashed_once_and_then_trusted(snapshot: Path, hashed: list[str]) -> None:
    assert verify_once(snapshot) == verify_once(snapshot) == verify_snapshot(snapshot)
    assert hashed == [snapshot.name]

    forget_verified(snapshot)
    verify_once(snapshot)
    assert len(hashed) == 2


def rewrite(path: Path) -> None:
    path.write_bytes(bytes(len(path.read_bytes())))


def replace_keeping_times(path: Path) -> None:
    other, before = path.with_name("other"), path.stat()
    other.write_bytes(bytes(before.st_size))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)


@pytest.mark.parametrize("harm", [rewrite, replace_keeping_times, Path.unlink, lambda path: os.truncate(path, 3)])
def test_a_change_after_it_was_trusted_is_noticed(snapshot: Path, harm: Callable[[Path], None]) -> None:
    verify_once(snapshot)
    harm(snapshot / VECTORS)

    with pytest.raises(IndexCorrupt, match=VECTORS):
        verify_once(snapshot)


def test_a_copy_is_hashed_itself(snapshot: Path, tmp_path: Path, hashed: list[str]) -> None:
    verify_once(snapshot)
    shutil.copytree(snapshot, tmp_path / "elsewhere" / snapshot.name)
    shutil.copytree(tmp_path / verified.RECORDS, tmp_path / "elsewhere" / verified.RECORDS)

    verify_once(tmp_path / "elsewhere" / snapshot.name)

    assert len(hashed) == 2


def test_files_too_new_to_tell_from_their_next_change_are_not_trusted(snapshot: Path, hashed: list[str]) -> None:
    (snapshot / VECTORS).touch()

    verify_once(snapshot)
    record_verified(snapshot)
    verify_once(snapshot)

    assert len(hashed) == 2


def test_a_folder_that_takes_no_notes_is_hashed_each_time(snapshot: Path, hashed: list[str]) -> None:
    (snapshot.parent / verified.RECORDS).write_text("a file where the notes should be")

    verify_once(snapshot)
    verify_once(snapshot)

    assert len(hashed) == 2
