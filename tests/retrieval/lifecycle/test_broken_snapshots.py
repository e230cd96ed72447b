"""Bad snapshots and bad moments to build one: noticed, named, and what served goes on serving."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from core.errors import SettingsError, VouchError
from core.settings import Settings
from core.store.database import Database
from core.types import OPERATOR
from retrieval.lifecycle.publish import best_snapshot, build_snapshot, index_location, read_pointer
from retrieval.lifecycle.snapshot import FORMAT
from retrieval.search import Searcher
from tests.retrieval.conftest import DIMENSION, Build, Shelf

Open = Callable[..., Searcher]


def found(searcher: Searcher) -> list[str]:
    return sorted(hit.passage.text for hit in searcher.search(OPERATOR, "warranty", k=50).passages)


def build_with_little_room(settings: Settings, most_bytes: int) -> str:
    """Build where no file may grow beyond `most_bytes`; return the code of the error."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
    db = Database(settings.database_url)
    try:
        build_snapshot(db, settings, "words", DIMENSION)
    except VouchError as error:
        return error.code
    finally:
        db.close()
    return "built"


@pytest.mark.parametrize("kind", ["flat", "ivf-sq8"])
def test_a_merge_without_room_says_so_leaves_nothing_and_the_last_good_one_serves(
    kind: str, build: Build, shelf: Shelf, settings: Settings, folder: Path, open_search: Open
) -> None:
    shelf.put("tv", "warranty of the tv")
    first = build()
    shelf.put("many", *(f"page {number}" for number in range(500)))
    tight = settings.model_copy(update={"index_url": f"{settings.index_url}&kind={kind}"})

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        code = pool.apply(build_with_little_room, (tight, 40_000))

    assert code == "storage_full"
    assert [path.name for path in folder.iterdir() if path.name.startswith(("snap_", ".building"))] == [first.id]
    assert open_search().index_version == f"{first.id}+501"


def test_a_snapshot_of_an_older_format_is_named_and_the_database_serves(
    build: Build, shelf: Shelf, folder: Path, open_search: Open
) -> None:
    shelf.put("tv", "warranty of the tv")
    path = folder / build().id / "manifest.json"
    old = {name: value for name, value in json.loads(path.read_text()).items() if name != "kind"}
    path.write_text(json.dumps(old | {"format": 2}))

    with capture_logs() as logs:
        searcher = open_search()

    assert found(searcher) == ["warranty of the tv"]
    assert any(f"format 2; this version of Vouch reads {FORMAT}" in str(entry.get("reason")) for entry in logs)


@pytest.mark.parametrize("file", ["vectors.faiss", "ids.npy", "manifest.json"])
def test_a_truncated_file_is_noticed_and_the_previous_snapshot_serves(
    build: Build, shelf: Shelf, folder: Path, open_search: Open, file: str
) -> None:
    shelf.put("tv", "warranty of the tv")
    first = build()
    shelf.put("lamp", "warranty of the lamp")
    path = folder / build().id / file
    os.truncate(path, path.stat().st_size // 2)

    searcher = open_search()

    assert searcher.index_version == f"{first.id}+2"
    assert len(found(searcher)) == 2


def test_a_manifest_without_data_is_noticed(build: Build, shelf: Shelf, folder: Path) -> None:
    shelf.put("tv", "warranty of the tv")
    first = build()
    second = folder / build().id
    for path in sorted(second.rglob("*"), reverse=True):
        if path.name != "manifest.json":
            path.rmdir() if path.is_dir() else path.unlink()

    assert best_snapshot(folder, "words") == first


def test_of_two_who_build_at_once_one_does_and_the_other_says_so(
    database: Database, settings: Settings, shelf: Shelf, folder: Path
) -> None:
    shelf.put("many", *(f"warranty {number}" for number in range(300)))

    with ThreadPoolExecutor(2) as both:
        made = list(both.map(lambda _: build_snapshot(database, settings, "words", DIMENSION), range(2)))

    whole = [manifest for manifest in made if manifest is not None]
    pointer = read_pointer(folder)
    assert whole, "at least one must build"
    assert pointer is not None
    assert best_snapshot(folder, "words") in whole
    assert {path.name for path in folder.glob("snap_*")} == {manifest.id for manifest in whole}


def test_a_model_of_another_dimension_under_the_same_name_is_refused_with_what_to_do(
    build: Build, shelf: Shelf, open_search: Open, embedder: object
) -> None:
    shelf.put("tv", "warranty of the tv")
    build()
    embedder.dimension = DIMENSION + 1  # type: ignore[attr-defined]

    with pytest.raises(SettingsError, match=f"{DIMENSION + 1}.*reindex"):
        open_search()


def test_an_unknown_kind_of_base_is_refused_before_anything_is_opened(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="auto, flat, hnsw, ivf, ivf-sq8"):
        index_location(settings.model_copy(update={"index_url": f"{settings.index_url}&kind=annoy"}))
