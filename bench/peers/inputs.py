"""Make the inputs of all systems of `bench.peers`: a judged folder, ingested once by Vouch's own pipeline, as files.

Chunks, their vectors, their token vectors and the vectors of questions are then ready, so that each index is timed by
itself. `bench.peers.worker.read_inputs` reads the files.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import quantiles

import numpy as np

from core.errors import Invalid
from core.ports import Embedder, LateEncoder, Vectors
from core.settings import Settings
from core.store.database import Database
from core.store.index.token_vectors import read_tokens
from core.store.passages import embed_text, serving_chunks
from core.store.reading import hydrate, visible_ids
from core.types import OPERATOR, Json, Passage
from evaluation.corpus.home import throwaway_home
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import Corpus
from retrieval.models.embedder import open_embedder
from retrieval.models.late import open_late

FACTS = "facts.json"
BATCH = 500


def make_inputs(
    settings: Settings, corpus: Corpus, questions: Mapping[str, str], folder: Path, report: Callable[[str], None]
) -> dict[str, Json]:
    """Ingest the corpus in a throwaway home, embed the questions, and write all of it to `folder`.

    Returns how much there is, and how long embedding a question took. Raises Invalid when nothing could be ingested.
    """
    with throwaway_home(settings, redact=True) as home:
        db = Database(home.database_url)
        try:
            ingest_corpus(home, db, corpus.documents, report)
            embedder = open_embedder(home)
            return write_inputs(db, embedder, open_late(home), questions, folder)
        finally:
            db.close()


def write_inputs(
    db: Database, embedder: Embedder, late: LateEncoder | None, questions: Mapping[str, str], folder: Path
) -> dict[str, Json]:
    """Write the serving chunks of a database and the questions, all with their vectors; the facts are written last."""
    passages, vectors = _chunks(db, embedder.name)
    tokens = _tokens(db, late, [passage.chunk_id for passage in passages]) if late else []
    asked, seconds = _embedded(embedder, list(questions.values()))
    _write_lines(folder / "chunks.jsonl", [_line(passage) for passage in passages])
    _write_lines(folder / "questions.jsonl", [{"_id": i, "text": text} for i, text in questions.items()])
    np.save(folder / "vectors.npy", vectors)
    np.save(folder / "question_vectors.npy", asked)
    np.save(folder / "tokens.npy", np.frombuffer(b"".join(tokens), dtype=np.uint8))
    np.save(folder / "token_sizes.npy", np.array([len(each) for each in tokens], dtype=np.int64))
    documents = len({passage.document_id for passage in passages})
    facts = {"embedder": embedder.name, "dimension": embedder.dimension, "late": late.name if late else None}
    facts |= {"documents": documents, "chunks": len(passages), "questions": len(asked), **spread("embed_ms", seconds)}
    (folder / FACTS).write_text(json.dumps(facts))
    return facts


def spread(name: str, seconds: Sequence[float]) -> dict[str, float]:
    """Return the median and the 95th percentile, in milliseconds."""
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else list(seconds) * 19
    return {f"{name}_p50": 1000 * cuts[9], f"{name}_p95": 1000 * cuts[18]}


def _chunks(db: Database, model: str) -> tuple[list[Passage], Vectors]:
    with db.read() as session:
        numbers = {change.chunk_id: change.vector for change in serving_chunks(session, model)}
        found = hydrate(session, OPERATOR, visible_ids(session, OPERATOR).tolist())
    vectors = {i: vector for i, vector in numbers.items() if vector is not None and i in found}
    if not vectors:
        raise Invalid("None of the corpus's documents could be ingested.")
    return [found[i] for i in vectors], np.stack(list(vectors.values()))


def _tokens(db: Database, late: LateEncoder, chunk_ids: Sequence[int]) -> list[bytes]:
    packed: dict[int, bytes] = {}
    with db.read() as session:
        for start in range(0, len(chunk_ids), BATCH):
            packed |= read_tokens(session, late.name, chunk_ids[start : start + BATCH])
    return [packed.get(i, b"") for i in chunk_ids]


def _embedded(embedder: Embedder, questions: Sequence[str]) -> tuple[Vectors, list[float]]:
    embedder.embed_query("warm up")
    made, seconds = [], []
    for question in questions:
        began = time.perf_counter()
        made.append(embedder.embed_query(question))
        seconds.append(time.perf_counter() - began)
    return np.stack(made), seconds


def _line(passage: Passage) -> dict[str, Json]:
    """Return a chunk: what every system indexes (`document`, `embedded`), and what Vouch publishes again."""
    text = embed_text(passage.title, passage)
    return {"document": passage.path, "embedded": text} | {
        name: value
        for name, value in asdict(passage).items()
        if name in ("title", "language", "ordinal", "text", "heading", "page", "boxes", "kind")
    }


def _write_lines(path: Path, lines: Sequence[Mapping[str, Json]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
