"""Measure Vouch as a system of `bench.peers`: python -m bench.peers.vouch SYSTEM IN OUT, like `bench.peers.worker`.

Documents are published into an empty SQLite database, one transaction per document like in a worker, then a snapshot is
built. A search goes through `retrieval.search` like the API's, with the stored vector of the question.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.peers.worker import WANTED, Inputs, System, measure_into, read_inputs, seconds
from core.errors import Invalid
from core.ports import Vectors
from core.settings import Settings, load_settings
from core.store import passages, uploads
from core.store.database import Database, migrate
from core.store.index.token_vectors import store_tokens
from core.types import OPERATOR, Box, Chunk, SearchResult
from evaluation.corpus.home import throwaway_home
from evaluation.retrieval import best_documents
from retrieval.lifecycle.publish import build_snapshot
from retrieval.models.late import BATCH
from retrieval.search import Searcher, open_searcher

VOUCH: Mapping[str, tuple[str, Mapping[str, object]]] = {
    "vouch-lists": ("two lists", {"late_url": "none://", "reranker_url": "none://", "rerank_budget_ms": 0}),
    "vouch-late": ("and late interaction", {"reranker_url": "none://", "rerank_budget_ms": 0}),
    "vouch": ("and the reranker: all by default", {}),
}
"""What each row adds, and the settings that turn the rest off."""


def main() -> None:
    """Measure the named row and write its figures."""
    name, folder, out = sys.argv[1:4]
    inputs = read_inputs(Path(folder))
    with throwaway_home(load_settings(), redact=False) as home, ExitStack() as closing:
        measure_into(Path(out), inputs, lambda each: open_vouch(name, each, home, closing))


def open_vouch(name: str, inputs: Inputs, home: Settings, closing: ExitStack) -> System:
    """Open an empty Vouch in `home`; `closing` closes what it opens."""
    about, changes = VOUCH[name]
    settings, embedder = home.model_copy(update=dict(changes)), ReadyEmbedder.of(inputs)
    db = Database(settings.database_url)
    closing.callback(db.close)
    migrate(db)
    opened: list[Searcher] = []

    steps: dict[str, Callable[[], object]] = {"publish": lambda: publish_all(db, inputs)}
    if settings.late_url != "none://":
        steps["tokens"] = lambda: store_token_vectors(db, inputs)
    steps["snapshot"] = lambda: build_snapshot(db, settings, embedder.name, embedder.dimension)

    def index() -> dict[str, float]:
        return {name: seconds(step) for name, step in steps.items()}

    def start() -> None:
        opened.append(open_searcher(settings, db, embedder=embedder))
        closing.callback(opened[0].close)
        opened[0].refresh()

    def search(question: str, count: int) -> SearchResult:
        return opened[0].search(OPERATOR, question, k=count, rerank=name != "vouch-lists")

    return System(f"Vouch: {about}", index, search, _documents, start)


def publish_all(db: Database, inputs: Inputs) -> None:
    """Publish every document with its known vectors."""
    documents: dict[str, list[tuple[Mapping[str, Any], Vectors]]] = {}
    for chunk, vector in zip(inputs.chunks, inputs.vectors, strict=True):
        documents.setdefault(chunk["document"], []).append((chunk, vector))
    for document, rows in documents.items():
        _publish(db, document, rows, inputs.facts["embedder"])


def store_token_vectors(db: Database, inputs: Inputs) -> None:
    """Store the known token vectors, in transactions as small as those of a worker."""
    packed = {
        passages.sha256(chunk["embedded"]): tokens
        for chunk, tokens in zip(inputs.chunks, inputs.tokens, strict=True)
        if tokens
    }
    digests = sorted(packed)
    for begin in range(0, len(digests), BATCH):
        with db.write() as session:
            store_tokens(session, inputs.facts["late"], {each: packed[each] for each in digests[begin : begin + BATCH]})


@dataclass(frozen=True, slots=True)
class ReadyEmbedder:
    """An Embedder that returns known vectors of questions and embeds nothing."""

    name: str
    dimension: int
    asked: Mapping[str, Vectors]
    device: str = "cpu"

    @classmethod
    def of(cls, inputs: Inputs) -> ReadyEmbedder:
        return cls(inputs.facts["embedder"], inputs.facts["dimension"], inputs.asked)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        raise Invalid("Passages have their vectors already.")

    def embed_query(self, text: str) -> Vectors:
        return self.asked[text]


def _publish(db: Database, document: str, rows: Sequence[tuple[Mapping[str, Any], Vectors]], model: str) -> None:
    first = rows[0][0]
    chunks = [_chunk(row) for row, _ in rows]
    vectors = {passages.sha256(row["embedded"]): vector for row, vector in rows}
    text = "\n".join(chunk.text for chunk in chunks).encode()
    upload = uploads.Upload(
        "peers", f"{document}.txt", "text/plain", len(text), hashlib.sha256(text).hexdigest(),
        path=document, title=first["title"] or None,
    )  # fmt: skip
    with db.write() as session:
        passages.store_vectors(session, model, vectors)
        made = uploads.register_upload(session, upload, OPERATOR)
        assert passages.publish(
            session, made.document_id, made.version, first["title"], chunks, {}, language=first["language"], model=model
        )


def _chunk(row: Mapping[str, Any]) -> Chunk:
    chunk = Chunk(row["ordinal"], row["text"], tuple(row["heading"]), row["page"], kind=row["kind"])
    return replace(chunk, boxes=tuple(Box(**box) for box in row["boxes"]))


def _documents(result: SearchResult) -> Iterable[str]:
    return best_documents(result, WANTED)


if __name__ == "__main__":
    main()
