"""A worker uses the embedder that serves: between jobs it notices that another one does. And what upkeep does."""

from __future__ import annotations

import pytest

from core.ports import Embedder
from core.settings import Settings
from core.store import conversations
from core.store.access import keys, sessions
from core.store.database import Database, migrate
from core.store.index.serving import ServingPair, configured_pair, set_serving
from core.types import OPERATOR
from service import upkeep
from tests.retrieval.conftest import WordEmbedder
from workers.context import WorkerContext


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The URLs of the embedders that were opened, in order."""
    urls: list[str] = []

    def open_embedder(settings: Settings) -> Embedder:
        urls.append(settings.embedder_url)
        return WordEmbedder()

    monkeypatch.setattr("retrieval.models.embedder.open_embedder", open_embedder)
    return urls


@pytest.fixture
def worker(settings: Settings) -> WorkerContext:
    settings.home.mkdir(parents=True)
    migrate(Database(settings.database_url))
    return WorkerContext(settings)


def point(worker: WorkerContext, to: ServingPair) -> None:
    before = configured_pair(worker.serving)
    with worker.db.write() as session:
        set_serving(session, to, "words", before)


def test_the_embedder_is_opened_again_only_when_another_one_serves(worker: WorkerContext, opened: list[str]) -> None:
    first, url = worker.embedder, worker.settings.embedder_url
    assert worker.embedder is first

    point(worker, ServingPair("faiss:///next", "onnx://next"))

    assert configured_pair(worker.serving) == ServingPair("faiss:///next", "onnx://next")
    assert worker.embedder is not first
    assert opened == [url, "onnx://next"]


def test_a_new_index_with_the_same_embedder_opens_no_model(worker: WorkerContext, opened: list[str]) -> None:
    first = worker.embedder

    point(worker, ServingPair("faiss:///next", worker.settings.embedder_url))

    assert worker.embedder is first
    assert len(opened) == 1


def test_a_worker_keeps_one_cursor_of_what_is_encoded(worker: WorkerContext) -> None:
    worker.encoded.chunk_id = 7

    assert worker.encoded.chunk_id == 7


def test_upkeep_merges_the_index_that_serves(
    worker: WorkerContext, opened: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    merged: list[str] = []
    monkeypatch.setattr(
        "retrieval.lifecycle.publish.merge_if_due", lambda _, settings, *__: merged.append(settings.index_url)
    )
    point(worker, ServingPair("faiss:///next", "onnx://next"))

    upkeep.merge_index(worker.db, worker.serving, worker.embedder)

    assert merged == ["faiss:///next"]


def test_upkeep_deletes_conversations_that_nobody_continued(worker: WorkerContext) -> None:
    days = worker.settings.keep_conversations_days
    with worker.db.write() as session:
        conversations.begin(session, OPERATOR, days)
        session.connection().exec_driver_sql("UPDATE conversations SET updated_at = '2020-01-01 00:00:00.000000'")
        stored = conversations.begin(session, OPERATOR, days)

    upkeep.delete_old(worker.db, worker.settings)

    with worker.db.read() as session:
        left = session.connection().exec_driver_sql("SELECT id FROM conversations").scalars().all()
    assert left == [stored.id]


def test_upkeep_deletes_sessions_that_have_ended(worker: WorkerContext) -> None:
    with worker.db.write() as session:
        key, token = keys.create_key(session, "page", ["ask"])
        sessions.begin(session, keys.caller_of(session, token))
        keys.revoke_key(session, key.id)

    upkeep.delete_old(worker.db, worker.settings)

    with worker.db.read() as session:
        assert session.connection().exec_driver_sql("SELECT count(*) FROM sessions").scalar() == 0
