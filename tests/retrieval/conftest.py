"""Documents published without workers, and an embedder with predictable vectors."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from core.ports import Embedder, LateEncoder, Reranker, Vectors
from core.settings import Settings
from core.store import passages, uploads
from core.store.database import Database, migrate
from core.store.documents import delete_document
from core.types import OPERATOR, Chunk
from retrieval.lifecycle import live_index
from retrieval.lifecycle.publish import build_snapshot, index_location
from retrieval.lifecycle.snapshot import Manifest
from retrieval.lifecycle.vectors import embed_missing
from retrieval.search import Searcher, open_searcher

DIMENSION = 32


class WordEmbedder:
    """An Embedder: each word has a fixed random direction, a text is the sum of its words'."""

    name = "words"
    dimension = DIMENSION
    device = "cpu"

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        self.embedded.extend(texts)
        return np.array([self.embed_query(text) for text in texts], dtype=np.float32).reshape(-1, DIMENSION)

    def embed_query(self, text: str) -> Vectors:
        total = np.sum([_direction(word) for word in text.lower().split()] or [_direction("")], axis=0)
        unit: Vectors = (total / np.linalg.norm(total)).astype(np.float32)
        return unit


class LengthReranker:
    """A Reranker that likes long texts, `limit` of them at most."""

    name = "length"
    device = "cpu"

    def __init__(self, limit: int = 1000) -> None:
        self.limit = limit

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        return [float(len(text)) for text in texts[: self.limit]]


Build = Callable[[], Manifest]
"""Builds a snapshot of what serves."""


class Shelf:
    """Puts documents into a database as the ingest worker would."""

    def __init__(self, db: Database, embedder: Embedder) -> None:
        self.db = db
        self.embedder = embedder

    def put(
        self,
        path: str,
        *texts: str,
        groups: Sequence[str] = (),
        collection: str = "manuals",
        title: str = "",
        language: str | None = None,
    ) -> str:
        """Publish a version with these chunks and return the document's id."""
        blob = hashlib.sha256("\0".join(texts).encode()).hexdigest()
        upload = uploads.Upload(
            collection, path, "text/plain", 1, blob, path=path, title=title or None, groups=frozenset(groups)
        )
        chunks = [Chunk(ordinal, text) for ordinal, text in enumerate(texts)]
        embedded = [passages.embed_text(title, chunk) for chunk in chunks]
        embed_missing(self.db, self.embedder, {passages.sha256(text): text for text in embedded}, lambda *_: None)
        with self.db.write() as session:
            made = uploads.register_upload(session, upload, OPERATOR)
            assert passages.publish(
                session, made.document_id, made.version, title, chunks, {}, language=language, model=self.embedder.name
            )
        return made.document_id

    def drop(self, document_id: str) -> None:
        with self.db.write() as session:
            delete_document(session, document_id, OPERATOR)


def _direction(word: str) -> Vectors:
    seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)


def random_unit(rows: int, seed: int = 0) -> Vectors:
    vectors = np.random.default_rng(seed).standard_normal((rows, DIMENSION)).astype(np.float32)
    unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the search that notices a new snapshot wait until it serves, however busy the machine is."""
    monkeypatch.setattr(live_index, "SWAP_WAIT_S", 60.0)


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    """A migrated SQLite database in the settings' home."""
    settings.home.mkdir(parents=True)
    db = Database(settings.database_url)
    migrate(db)
    yield db
    db.close()


@pytest.fixture
def folder(settings: Settings) -> Path:
    return index_location(settings).folder


@pytest.fixture
def build(database: Database, settings: Settings) -> Build:
    def builder() -> Manifest:
        manifest = build_snapshot(database, settings, "words", DIMENSION)
        assert manifest is not None
        return manifest

    return builder


@pytest.fixture
def embedder() -> WordEmbedder:
    return WordEmbedder()


@pytest.fixture
def shelf(database: Database, embedder: WordEmbedder) -> Shelf:
    return Shelf(database, embedder)


@pytest.fixture
def open_search(settings: Settings, database: Database, embedder: WordEmbedder) -> Iterator[Callable[..., Searcher]]:
    """Open searchers as separate processes would; they are closed at the end."""
    opened: list[Searcher] = []

    def opener(reranker: Reranker | None = None, late: LateEncoder | None = None, **changes: object) -> Searcher:
        changed = settings.model_copy(update={"reranker_url": "none://", "late_url": "none://"} | changes)
        opened.append(open_searcher(changed, database, embedder=embedder, reranker=reranker, late=late))
        return opened[-1]

    yield opener
    for searcher in opened:
        searcher.close()
