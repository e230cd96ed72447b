"""Several processes on one database: what is published serves in each of them, at once."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Iterator
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TypeAlias

import pytest

from core.settings import Settings, load_settings
from core.store.database import Database
from core.types import OPERATOR
from retrieval.lifecycle.migration import migrate_to
from retrieval.search import open_searcher
from tests.retrieval.conftest import Shelf, WordEmbedder
from tests.retrieval.lifecycle.test_migration import OtherEmbedder

START_S, DELAY_S = 60, 1.0
MODELS = {"words://": WordEmbedder, "other://": OtherEmbedder}
Times: TypeAlias = "Queue[tuple[str, float, str]]"
"""A text, when it was first found on the clock that all processes share, and in which index."""


def search_until_told(url: str, home: Path, texts: list[str], times: Times, stop: Event) -> None:
    """What one process does: look for each text until it is found, again and again."""
    db, settings = Database(url), process_settings(home)
    searcher = open_searcher(settings, db, embedders=lambda serving: MODELS[serving.embedder_url]())
    times.put(("", time.monotonic(), searcher.index_version))
    for text in texts:
        while not stop.is_set():
            passages = searcher.search(OPERATOR, text, k=50).passages
            if text in [hit.passage.text for hit in passages]:
                times.put((text, time.monotonic(), searcher.index_version))
                break
            time.sleep(0.005)
    searcher.close()


def process_settings(home: Path) -> Settings:
    return load_settings({}, home=home, embedder_url="words://", reranker_url="none://", late_url="none://")


@pytest.fixture
def processes(db: Database, tmp_path: Path) -> Iterator[Times]:
    """Two processes that search, both up."""
    spawn = multiprocessing.get_context("spawn")
    times, stop = spawn.Queue(), spawn.Event()
    url = db.engine.url.render_as_string(hide_password=False)
    given = (url, tmp_path / "home", ["alpha one", "alpha two", "alpha three"], times, stop)
    running = [spawn.Process(target=search_until_told, args=given) for _ in range(2)]
    for process in running:
        process.start()
    for _ in running:
        assert times.get(timeout=START_S)[0] == ""
    yield times
    stop.set()
    for process in running:
        process.join(30)
        assert process.exitcode == 0


def delays(times: Times, text: str, since: float) -> list[float]:
    found = [times.get(timeout=START_S) for _ in range(2)]
    assert [each[0] for each in found] == [text] * 2
    return sorted(each[1] - since for each in found)


def test_two_processes_serve_a_document_within_a_second_of_its_publication(
    processes: Times, db: Database, tmp_path: Path
) -> None:
    shelf = Shelf(db, WordEmbedder())

    shelf.put("one", "alpha one")
    plain = delays(processes, "alpha one", time.monotonic())
    migrate_to(
        db, process_settings(tmp_path / "home"), f"faiss://{tmp_path / 'next'}", "other://",
        embedders=lambda serving: MODELS[serving.embedder_url](), progress=lambda *_: None,
    )  # fmt: skip
    shelf.embedder = OtherEmbedder()
    shelf.put("two", "alpha two")
    moved = delays(processes, "alpha two", time.monotonic())

    said = ", ".join(f"{delay * 1000:.0f} ms" for delay in (*plain, *moved))
    print(
        f"\nfrom the commit to being found, two processes on {db.engine.dialect.name}, before and after a move: {said}"
    )
    assert max(*plain, *moved) < DELAY_S
    shelf.put("three", "alpha three")
    delays(processes, "alpha three", time.monotonic())
