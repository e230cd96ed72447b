"""A home is private to its owner, or to a group that it was given to."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.disk.home import open_files, open_home
from core.settings import Settings
from service.compose import open_store
from workers.queue import CeleryQueue


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def old_home(tmp_path: Path, folder_mode: int) -> Path:
    """A home as it was made before: everybody may read it."""
    home = tmp_path / "home"
    (home / "blobs").mkdir(parents=True)
    for name in ("vouch.db", "vouch.db-wal", "admin.key", "blobs/a"):
        (home / name).write_text("text")
        (home / name).chmod(0o664)
    (home / "blobs").chmod(0o775)
    home.chmod(folder_mode)
    return home


def test_everything_in_a_new_home_is_private(settings: Settings) -> None:
    db, blobs = open_store(settings)
    blobs.put(b"a manual")
    CeleryQueue(settings).send(["job_1"], "ingest")
    with db.read():
        modes = {path: mode(path) for path in settings.home.rglob("*")}

    assert mode(settings.home) == 0o700
    assert {name for name, bits in modes.items() if bits & 0o077} == set()
    assert any(path.name == "vouch.db-wal" for path in modes)
    assert any(path.suffix == ".msg" for path in modes)


@pytest.mark.parametrize(
    ("before", "after", "inside"),
    [(0o755, 0o700, 0o600), (0o775, 0o770, 0o660), (0o770, 0o770, 0o664), (0o750, 0o750, 0o664), (0o700, 0o700, 0o664)],
)
def test_an_old_home_is_closed_to_others_and_a_shared_one_stays_with_its_group(
    tmp_path: Path, before: int, after: int, inside: int
) -> None:
    home = old_home(tmp_path, before)

    open_home(home)

    assert mode(home) == after
    assert {mode(home / name) for name in ("vouch.db", "vouch.db-wal", "admin.key", "blobs/a")} == {inside}


def test_new_files_of_a_shared_home_can_be_used_by_its_group(settings: Settings) -> None:
    home = settings.home
    home.mkdir()
    home.chmod(0o770)
    db, blobs = open_store(settings)
    key = blobs.put(b"a manual")

    with db.read():
        files = [home / "blobs" / key[:2] / key, *home.glob("vouch.db*")]
        assert {mode(path) for path in files} == {0o660}


def test_links_and_files_with_another_name_elsewhere_are_left_alone(tmp_path: Path) -> None:
    home, shared = old_home(tmp_path, 0o755), tmp_path / "weights"
    shared.write_text("weights")
    shared.chmod(0o644)
    os.link(shared, home / "hard")
    (home / "soft").symlink_to(shared)

    open_home(home)

    assert mode(shared) == 0o644


def test_files_that_grant_more_than_their_home_are_found(tmp_path: Path) -> None:
    home = old_home(tmp_path, 0o700)

    assert {path.name for path in open_files(home)} == {"vouch.db", "vouch.db-wal", "admin.key", "a", "blobs"}
