"""Snapshots: built whole or not at all, pointed to, checked, gone back from; and the processes that follow them."""

from __future__ import annotations

import fcntl
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from core.errors import IndexCorrupt, SettingsError, StorageFull
from core.settings import Settings
from core.store.database import Database
from core.types import OPERATOR
from retrieval.dense.device import Device
from retrieval.lifecycle import live_index, publish
from retrieval.lifecycle.publish import (
    IndexLocation,
    best_snapshot,
    build_snapshot,
    index_location,
    merge_if_due,
    read_pointer,
    reindex,
)  # fmt: skip
from retrieval.lifecycle.snapshot import verify_snapshot
from retrieval.search import Searcher
from tests.retrieval.conftest import DIMENSION, Build, Shelf, WordEmbedder

Open = Callable[..., Searcher]


def found(searcher: Searcher, query: str) -> list[str]:
    return [hit.passage.text for hit in searcher.search(OPERATOR, query, k=50).passages]


def spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_a_snapshot_says_what_it_holds(build: Build, shelf: Shelf, folder: Path) -> None:
    shelf.put("tv", "warranty", "buttons")

    manifest = build()

    assert (manifest.count, manifest.seq, manifest.embedder, manifest.dimension) == (2, 2, "words", DIMENSION)
    assert verify_snapshot(folder / manifest.id) == manifest
    pointer = read_pointer(folder)
    assert pointer is not None
    assert pointer.current == manifest.id


def test_an_empty_corpus_has_a_snapshot_too(build: Build, open_search: Open) -> None:
    manifest = build()

    assert open_search().index_version == f"{manifest.id}+0"
    assert found(open_search(), "anything") == []


def test_a_process_that_starts_serves_the_snapshot_and_what_came_since(
    build: Build, shelf: Shelf, open_search: Open
) -> None:
    gone = shelf.put("tv", "warranty of the tv")
    shelf.put("radio", "warranty of the radio")
    manifest = build()
    shelf.drop(gone)
    shelf.put("lamp", "warranty of the lamp")

    searcher = open_search()

    assert sorted(found(searcher, "warranty")) == ["warranty of the lamp", "warranty of the radio"]
    assert searcher.index_version == f"{manifest.id}+4"


def test_changes_that_the_snapshot_holds_already_are_replayed_harmlessly(
    build: Build, shelf: Shelf, open_search: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("tv", "warranty of the tv", "buttons of the tv")
    shelf.put("tv", "warranty of the new tv")
    monkeypatch.setattr(publish, "latest_seq", lambda _: 1)  # read long before the chunks were

    assert build().seq == 1
    assert found(open_search(), "tv") == ["warranty of the new tv"]


def test_a_running_process_adopts_a_new_snapshot_without_a_gap(build: Build, shelf: Shelf, open_search: Open) -> None:
    shelf.put("tv", "warranty of the tv")
    searcher = open_search()
    assert searcher.index_version == "none+1"

    manifest = build()
    shelf.put("lamp", "warranty of the lamp")

    assert sorted(found(searcher, "warranty")) == ["warranty of the lamp", "warranty of the tv"]
    assert searcher.index_version == f"{manifest.id}+2"


def test_a_merge_is_due_after_so_many_changes(
    database: Database, settings: Settings, shelf: Shelf, folder: Path
) -> None:
    patient = settings.model_copy(update={"merge_after": 3})
    shelf.put("tv", "one", "two", "three")

    assert not merge_if_due(database, patient, "words", DIMENSION)
    shelf.put("radio", "four")
    assert merge_if_due(database, patient, "words", DIMENSION)
    assert not merge_if_due(database, patient, "words", DIMENSION)
    assert len(list(folder.glob("snap_*"))) == 1


def test_two_snapshots_are_kept_and_older_ones_go(build: Build, folder: Path) -> None:
    ids = [build().id for _ in range(4)]

    assert sorted(path.name for path in folder.glob("snap_*")) == sorted(ids[-2:])


@pytest.mark.parametrize("file", ["vectors.faiss", "ids.npy", "manifest.json"])
@pytest.mark.parametrize("harm", [spoil, Path.unlink])
def test_a_broken_snapshot_is_noticed_and_the_previous_one_serves(
    build: Build, shelf: Shelf, open_search: Open, folder: Path, file: str, harm: Callable[[Path], None]
) -> None:
    shelf.put("tv", "warranty of the tv")
    first = build()
    shelf.put("lamp", "warranty of the lamp")
    broken = build()
    harm(folder / broken.id / file)

    searcher = open_search()

    with pytest.raises(IndexCorrupt, match=broken.id):
        verify_snapshot(folder / broken.id)
    assert searcher.index_version == f"{first.id}+2"
    assert len(found(searcher, "warranty")) == 2


def test_a_file_that_does_not_belong_there_is_noticed(build: Build, folder: Path) -> None:
    manifest = build()
    (folder / manifest.id / "lexical" / "extra.idx").write_text("x")

    with pytest.raises(IndexCorrupt, match="does not belong"):
        verify_snapshot(folder / manifest.id)


@pytest.mark.parametrize("pointer", ["", "{", '{"current": "snap_gone"}', "[1]", '{"other": 1}'])
def test_without_any_whole_snapshot_the_database_serves(
    build: Build, shelf: Shelf, open_search: Open, folder: Path, pointer: str
) -> None:
    shelf.put("tv", "warranty of the tv")
    build()
    (folder / "CURRENT").write_text(pointer)

    searcher = open_search()

    assert found(searcher, "warranty") == ["warranty of the tv"]
    assert searcher.index_version == "none+1"


def test_a_new_snapshot_that_is_broken_leaves_a_running_process_whole(
    build: Build, shelf: Shelf, open_search: Open, folder: Path
) -> None:
    shelf.put("tv", "warranty of the tv")
    searcher = open_search()
    searcher.refresh()
    spoil(folder / build().id / "vectors.faiss")

    assert found(searcher, "warranty") == ["warranty of the tv"]


def test_a_process_that_cannot_copy_the_new_snapshot_goes_on_with_the_old(
    build: Build, shelf: Shelf, open_search: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf.put("tv", "warranty of the tv")
    searcher = open_search()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(live_index, "copy_lexical", full)
    build()
    shelf.put("lamp", "warranty of the lamp")

    assert len(found(searcher, "warranty")) == 2
    assert searcher.index_version == "none+2"


def test_a_build_that_fails_leaves_nothing_and_the_old_one_serves(
    build: Build, shelf: Shelf, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = build()
    shelf.put("tv", "warranty")

    def broken_disk(*_: object) -> None:
        raise RuntimeError("disk")

    monkeypatch.setattr("retrieval.lifecycle.snapshot.np.save", broken_disk)
    with pytest.raises(RuntimeError, match="disk"):
        build()

    assert [path.name for path in folder.iterdir() if path.is_dir() and path.name != "private"] == [first.id]
    assert read_pointer(folder) == publish.Pointer(first.id)


def test_only_one_process_builds_at_a_time(database: Database, settings: Settings, folder: Path, build: Build) -> None:
    build()
    with (folder / ".build.lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        assert build_snapshot(database, settings, "words", DIMENSION) is None


def test_a_snapshot_of_another_embedder_is_left_alone(build: Build, shelf: Shelf, folder: Path) -> None:
    shelf.put("tv", "warranty")
    build()

    assert best_snapshot(folder, "another") is None


def test_reindexing_embeds_what_another_embedder_left_and_then_all_is_found(
    shelf: Shelf, database: Database, settings: Settings, open_search: Open
) -> None:
    shelf.put("tv", "warranty of the tv", "buttons", title="Television")
    other = WordEmbedder()
    other.name = "other words"

    manifest = reindex(database, settings, other, lambda *_: None)

    assert manifest is not None
    assert manifest.count == 2
    assert sorted(other.embedded) == ["Television\nbuttons", "Television\nwarranty of the tv"]
    other.embedded.clear()
    reindex(database, settings, other, lambda *_: None)
    assert other.embedded == []


def test_what_the_embedder_has_not_embedded_is_found_by_its_words(
    build: Build, shelf: Shelf, database: Database, settings: Settings, open_search: Open, embedder: WordEmbedder
) -> None:
    embedder.name = "an older model"
    shelf.put("tv", "warranty of the tv")
    embedder.name = "words"
    searcher = open_search()
    embedder.name = "an older model"
    shelf.put("lamp", "warranty of the lamp")
    embedder.name = "words"

    for from_where in (searcher, open_search()):  # the journal, the database
        assert sorted(found(from_where, "warranty")) == ["warranty of the lamp", "warranty of the tv"]
    assert build().count == 0
    assert sorted(found(open_search(), "warranty")) == ["warranty of the lamp", "warranty of the tv"]
    assert found(searcher, "guarantee") == []

    manifest = reindex(database, settings, embedder, lambda *_: None)
    assert manifest is not None
    assert manifest.count == 2
    assert len(found(searcher, "guarantee")) == 2  # by vectors, all there are


def test_private_folders_of_dead_processes_are_swept_and_of_living_ones_kept(open_search: Open, folder: Path) -> None:
    open_search()
    living = {path.name for path in (folder / "private").iterdir() if path.is_dir()}
    dead = folder / "private" / "copy_dead"
    dead.mkdir()
    dead.with_suffix(".lock").touch()

    open_search()

    assert not dead.exists()
    assert living <= {path.name for path in (folder / "private").iterdir()}


def test_a_folder_that_cannot_be_written_is_an_error_with_a_sentence(open_search: Open, folder: Path) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.write_text("a file where the folder should be")

    with pytest.raises(StorageFull, match="cannot be written"):
        open_search()


def test_following_never_touches_the_files_of_the_snapshot(
    build: Build, shelf: Shelf, open_search: Open, folder: Path
) -> None:
    for number in range(12):
        shelf.put(f"d{number}", f"warranty {number}")
    manifest = build()
    searcher = open_search()

    for number in range(12):
        shelf.put(f"d{number}", f"warranty {number} anew")
        searcher.refresh()

    assert verify_snapshot(folder / manifest.id) == manifest
    assert len(found(searcher, "warranty")) == 12


def test_a_long_journal_is_followed_in_steps(shelf: Shelf, open_search: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_index, "BATCH", 4)
    searcher = open_search()
    searcher.refresh()
    for number in range(5):
        shelf.put(f"d{number}", *(f"warranty {number} {part}" for part in range(3)))

    assert len(found(searcher, "warranty")) == 15


def test_the_urls_of_an_index(settings: Settings) -> None:
    assert index_location(settings) == IndexLocation(settings.home / "index", Device())
    with pytest.raises(SettingsError, match="Did you mean faiss"):
        index_location(settings.model_copy(update={"index_url": "fais:///x"}))
    with pytest.raises(SettingsError, match="is not an option"):
        index_location(settings.model_copy(update={"index_url": "faiss:///x?devise=cpu"}))


def test_the_pointer_survives_a_copy_of_the_folder(build: Build, shelf: Shelf, folder: Path, tmp_path: Path) -> None:
    shelf.put("tv", "warranty")
    manifest = build()

    shutil.copytree(folder, tmp_path / "copy")

    assert json.loads((tmp_path / "copy" / "CURRENT").read_text())["current"] == manifest.id
    assert best_snapshot(tmp_path / "copy", "words") == manifest
    ids = np.load(tmp_path / "copy" / manifest.id / "ids.npy")
    assert len(ids) == 1
