"""Make a corpus of any size that is like real ones: real texts and vectors first, then others made from them.

Writes it through the product's own functions, in large transactions and without parsing. Knows no index; `bench.scale`
measures what is built from it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from core.errors import Invalid
from core.ports import Embedder, Vectors
from core.store import passages, uploads
from core.store.database import Database
from core.types import OPERATOR, Chunk

LONGEST = 1200
"""Characters used of a text: about a chunk."""
DOCUMENT, TOGETHER = 200, 5
"""Chunks per document, documents per transaction."""
FEW_SHARE = 0.001
"""The share of all chunks that only one group may read."""
FEW, STAFF = "few", "staff"

Text = tuple[str, str]
"""Title and text."""


@dataclass(frozen=True, slots=True)
class Source:
    """Real texts, vectors of the first of them, real questions, and the median cosine of a text and its nearest one."""

    texts: Sequence[Text]
    vectors: Vectors
    questions: Sequence[str]
    nearness: float


def read_source(folder: Path, embedder: Embedder, vectors: Path | None, real: int, questions: int) -> Source:
    """Read every judged set below `folder`; embed `real` texts unless a file holds the vectors. Raises Invalid."""
    texts = list(_texts(folder))
    asked = [str(line["text"]) for path in sorted(folder.rglob("queries.jsonl")) for line in _lines(path)]
    if len(texts) < 3 or not asked:
        raise Invalid(f"{folder} holds no judged sets: corpus.jsonl and queries.jsonl, there or in its folders.")
    random = np.random.default_rng(7)
    texts = [texts[at] for at in random.permutation(len(texts))]
    chosen = [asked[at] for at in random.permutation(len(asked))[:questions]]
    if vectors is not None:
        known: Vectors = np.load(vectors)[: len(texts)].astype(np.float32)
    else:
        known = embedder.embed_passages([passages.embed_text(title, Chunk(0, text)) for title, text in texts[:real]])
    return Source(texts, known, chosen, _nearness(known))


def fill(db: Database, source: Source, count: int, model: str) -> None:
    """Publish `count` chunks. The first FEW_SHARE of them are for one group, the others for another."""
    few = max(1, int(count * FEW_SHARE))
    chunks = _chunks(source, count)
    for number, start in enumerate(range(0, few, DOCUMENT)):
        _publish(db, [(f"few-{number}", FEW, list(islice(chunks, min(DOCUMENT, few - start))))], model)
    number = 0
    while made := list(islice(chunks, DOCUMENT * TOGETHER)):
        pieces = [made[at : at + DOCUMENT] for at in range(0, len(made), DOCUMENT)]
        _publish(db, [(f"doc-{number + at}", STAFF, piece) for at, piece in enumerate(pieces)], model)
        number += len(pieces)


def put_document(db: Database, path: str, group: str, texts: Sequence[str], vectors: Vectors, model: str) -> str:
    """Publish one document with known vectors, like the ingest worker; return its id."""
    return _publish(
        db, [(path, group, [(("", text), vector) for text, vector in zip(texts, vectors, strict=True)])], model
    )[0]


def _publish(db: Database, documents: Sequence[tuple[str, str, list[tuple[Text, Vectors]]]], model: str) -> list[str]:
    ids = []
    with db.write() as session:
        for path, group, made in documents:
            chunks = [Chunk(at, text, (title,) if title else ()) for at, ((title, text), _) in enumerate(made)]
            digests = [passages.sha256(passages.embed_text("", chunk)) for chunk in chunks]
            passages.store_vectors(session, model, dict(zip(digests, (vector for _, vector in made), strict=True)))
            blob = hashlib.sha256(path.encode()).hexdigest()
            upload = uploads.Upload("scale", path, "text/plain", 1, blob, path=path, groups=frozenset({group}))
            known = uploads.register_upload(session, upload, OPERATOR)
            passages.publish(session, known.document_id, known.version, "", chunks, {}, model=model)
            ids.append(known.document_id)
    return ids


def _chunks(source: Source, count: int) -> Iterator[tuple[Text, Vectors]]:
    """Yield the real chunks, then texts of two real halves with vectors that have a real neighbour at `nearness`."""
    random, texts, real = np.random.default_rng(11), source.texts, source.vectors
    yield from zip(texts[:count], real, strict=False)
    aside = float(np.tan(np.arccos(source.nearness)))
    for _ in range(count - min(count, len(real))):
        a, b = random.integers(len(texts), size=2)
        near, this, that = random.integers(len(real), size=3)
        apart = real[this] - real[that] if this != that else random.standard_normal(real.shape[1], dtype=np.float32)
        vector = real[near] + aside * apart / max(float(np.linalg.norm(apart)), 1e-6)
        (title, first), (_, second) = texts[a], texts[b]
        yield (title, f"{first[: len(first) // 2]} {second[len(second) // 2 :]}"), vector / np.linalg.norm(vector)


def _nearness(vectors: Vectors, most: int = 2000) -> float:
    near = vectors[:most] @ vectors[:most].T
    np.fill_diagonal(near, -1.0)
    return float(np.clip(np.median(near.max(axis=1)), 0.3, 0.99))


def _texts(folder: Path) -> Iterator[Text]:
    for path in sorted(folder.rglob("corpus.jsonl")):
        for line in _lines(path):
            if text := str(line.get("text") or "").strip():
                yield str(line.get("title") or ""), text[:LONGEST]


def _lines(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
