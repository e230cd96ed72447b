"""Sixty-four askers at once: each gets an answer or is told to come back, nothing wedges, and health answers."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from api.app import create_app
from core.blobs import open_blobs
from core.settings import load_settings
from core.store import jobs, passages, uploads
from core.store.access import keys
from core.store.database import Database
from core.types import OPERATOR, Caller, Chunk, SearchResult
from generation.answering import Answerer
from generation.evidence.reading import SharedWords
from learning.answer_cache.answering import CachedAnswering
from learning.answer_cache.cache import AnswerCache
from learning.answer_cache.near import NearQuestions
from service.compose import Engine, Services
from tests.api.answer_cache.cached_answers import BagEmbedder
from tests.api.doubles import RecordedQueue, SmithRedactor, WordSearcher, opened

CLIENTS = 64
MODELS = {"embedder": "bag"}


class SlowSearcher(WordSearcher):
    """A search that takes as long as a real one."""

    def search(self, caller: Caller, query: str, **options: Any) -> SearchResult:
        time.sleep(0.05)
        return super().search(caller, query, **options)


@pytest.fixture
def services(db: Database, tmp_path: Path) -> Services:
    """A service with the answer cache on, over a manual of one passage."""
    settings = load_settings({}, home=tmp_path / "home", support_threshold=0.0, rate_per_minute=0, same_question=0.9)
    settings.home.mkdir()
    searcher, near = SlowSearcher(db), NearQuestions(db, BagEmbedder)
    answerer = Answerer(searcher, None, lambda: None, settings)
    cache = AnswerCache(db, settings, near, SharedWords(), lambda mode: MODELS | answerer.phrased_by(mode))
    engine = Engine(
        searcher, CachedAnswering(answerer, cache, lambda: MODELS), dict, index=lambda: "1", answer_cache=cache
    )
    blobs = open_blobs(settings.blobs_url)
    made = Services(settings, db, blobs, RecordedQueue(), opened(engine), opened(SmithRedactor()))
    with db.write() as session:
        upload = uploads.Upload("manuals", "router.txt", "text/plain", 9, blobs.put(b"router"))
        uploaded = uploads.register_upload(session, upload, OPERATOR)
        chunk = Chunk(0, "To reset the router hold the button for ten seconds.")
        passages.publish(session, uploaded.document_id, 1, "Router", [chunk], {})
    claim = jobs.claim(db, uploaded.job_id or "", lease_s=30, max_attempts=3)
    assert claim is not None
    with db.write() as session:
        jobs.finish(session, claim)
    return made


@contextmanager
def serving(services: Services) -> Iterator[str]:
    """Run the application in a real server; yield its address."""
    config = uvicorn.Config(create_app(services=services), port=0, log_level="error", timeout_graceful_shutdown=2)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def test_sixty_four_askers_get_answers_or_are_told_to_come_back(services: Services) -> None:
    with services.db.write() as session:
        _, token = keys.create_key(session, "load", ["ask"])
    headers = {"Authorization": f"Bearer {token}"}
    with serving(services) as url, httpx.Client(base_url=url, headers=headers, timeout=30) as client:
        client.post("/v1/answers", json={"question": "How do I reset the router?"}).raise_for_status()

        def ask(number: int) -> list[tuple[int, float]]:
            found = []
            with httpx.Client(base_url=url, headers=headers, timeout=30) as own:
                for turn in range(4):
                    began = time.monotonic()
                    answer = own.post("/v1/answers", json={"question": f"How is router {number * turn % 9} reset?"})
                    found.append((answer.status_code, time.monotonic() - began))
            return found

        with ThreadPoolExecutor(CLIENTS) as pool:
            asking = [pool.submit(ask, number) for number in range(CLIENTS)]
            waits = [_seconds(client, path) for path in ("/livez", "/v1/me", "/readyz") * 5]
            answers = [each for future in asking for each in future.result()]
        alone = _seconds(client, "/livez")
        after = client.post("/v1/answers", json={"question": "How do I reset the router?"})

    statuses = Counter(status for status, _ in answers)
    assert set(statuses) <= {200, 503}, statuses
    assert statuses[200] >= 32, statuses
    assert max(seconds for _, seconds in answers) < 20
    assert sorted(waits)[len(waits) // 2] < 1.0
    assert (alone < 0.5, after.status_code) == (True, 200)


def test_a_refused_asker_is_told_when_to_come_back(services: Services) -> None:
    small = replace(
        services, settings=services.settings.model_copy(update={"questions_at_once": 1, "questions_waiting": 0})
    )
    with services.db.write() as session:
        _, token = keys.create_key(session, "load", ["ask"])
    headers = {"Authorization": f"Bearer {token}"}
    with serving(small) as url, ThreadPoolExecutor(8) as pool:
        body = {"question": "How do I reset the router?"}
        replies = list(pool.map(lambda _: httpx.post(f"{url}/v1/answers", json=body, headers=headers), range(8)))
    refused = [reply for reply in replies if reply.status_code == 503]
    assert refused
    assert {reply.json()["code"] for reply in refused} == {"busy"}
    assert all(int(reply.headers["retry-after"]) > 0 for reply in refused)


def _seconds(client: httpx.Client, path: str) -> float:
    began = time.monotonic()
    assert client.get(path).status_code in (200, 503)
    time.sleep(0.02)
    return time.monotonic() - began
