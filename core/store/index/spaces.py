"""Embedding spaces: which serving chunks have a vector in a space, and samples for testing an index of it.

`core.store.passages.store_vectors` writes the vectors. Chunk ids grow in the order of publishing, so "every chunk up to
this one" stays true while others are published.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.ports import Ids, Vectors
from core.store.passages import BATCH, embed_text
from core.store.reading import visible_ids
from core.store.tables import ChunkRow, DocumentRow, VectorRow
from core.types import OPERATOR, Chunk

VECTOR_BATCH = 5000


@dataclass(frozen=True, slots=True)
class EmbeddedChunk:
    """A serving chunk in one embedding space: the digest of the embedded text, that text, and its vector."""

    chunk_id: int
    digest: str
    text: str
    vector: Vectors


def newest_chunk(session: Session) -> int:
    """Return the highest chunk id; 0 if there is no chunk."""
    return session.scalar(select(func.max(ChunkRow.id))) or 0


def unembedded_texts(session: Session, model: str, after: int = 0, limit: int = BATCH) -> tuple[dict[str, str], int]:
    """Return the texts, by digest, of serving chunks without a vector of this model, and the last chunk id examined.

    Begins after the chunk `after`. Without texts in the result every chunk from there to the newest has a vector.
    """
    newest = newest_chunk(session)
    query = (
        select(ChunkRow, DocumentRow.title)
        .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        .where(_serves(), _lacks_vector(model), ChunkRow.id > after)
        .order_by(ChunkRow.id)
        .limit(limit)
    )
    rows = session.execute(query).all()
    texts = {chunk.embed_sha256: _embedded(chunk, title) for chunk, title in rows}
    return texts, rows[-1][0].id if rows else max(newest, after)


def unembedded_count(session: Session, model: str) -> int:
    """Return how many serving chunks have no vector of this model: only their words can be found."""
    query = select(func.count()).select_from(ChunkRow).join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
    return session.scalar(query.where(_serves(), _lacks_vector(model))) or 0


def stored_dimension(session: Session, model: str) -> int | None:
    """Return the length of the model's vectors of the newest chunks; None if these have no vector."""
    newest = select(ChunkRow.embed_sha256).order_by(ChunkRow.id.desc()).limit(BATCH).subquery()
    query = select(func.length(VectorRow.vector)).join(newest, newest.c.embed_sha256 == VectorRow.sha256)
    size = session.scalar(query.where(VectorRow.model == model).limit(1))
    return size // 4 if size is not None else None


def sample(session: Session, model: str, count: int) -> list[EmbeddedChunk]:
    """Return up to `count` serving chunks with a vector of the model, spread evenly over all chunks."""
    ids = visible_ids(session, OPERATOR)
    chosen = ids[np.unique(np.linspace(0, len(ids) - 1, num=min(count, len(ids)), dtype=np.int64))] if len(ids) else ids
    return embedded_chunks(session, model, chosen.tolist())


def embedded_chunks(session: Session, model: str, chunk_ids: Sequence[int]) -> list[EmbeddedChunk]:
    """Return the chunks of `chunk_ids` that serve and have a vector of the model."""
    found: list[EmbeddedChunk] = []
    for start in range(0, len(chunk_ids), BATCH):
        query = (
            select(ChunkRow, DocumentRow.title, VectorRow.vector)
            .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
            .join(VectorRow, _vector_of(model))
            .where(_serves(), ChunkRow.id.in_(chunk_ids[start : start + BATCH]))
        )
        found += [
            EmbeddedChunk(c.id, c.embed_sha256, _embedded(c, title), _numbers(v))
            for c, title, v in session.execute(query)
        ]
    return found


def serving_vectors(session: Session, model: str) -> Iterator[tuple[Ids, Vectors]]:
    """Yield ids and vectors of all serving chunks with a vector of the model, in batches, by ascending id."""
    last = 0
    while True:
        query = (
            select(ChunkRow.id, VectorRow.vector)
            .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
            .join(VectorRow, _vector_of(model))
            .where(_serves(), ChunkRow.id > last)
            .order_by(ChunkRow.id)
            .limit(VECTOR_BATCH)
        )
        found = session.execute(query).all()
        if not found:
            return
        yield np.array([row[0] for row in found], np.int64), np.stack([_numbers(row[1]) for row in found])
        last = found[-1][0]


def _serves() -> ColumnElement[bool]:
    return (ChunkRow.version == DocumentRow.serving_version) & DocumentRow.deleted_at.is_(None)


def _vector_of(model: str) -> ColumnElement[bool]:
    return (VectorRow.sha256 == ChunkRow.embed_sha256) & (VectorRow.model == model)


def _lacks_vector(model: str) -> ColumnElement[bool]:
    return ~select(VectorRow.sha256).where(_vector_of(model)).exists()


def _embedded(chunk: ChunkRow, title: str) -> str:
    return embed_text(title, Chunk(chunk.ordinal, chunk.text, tuple(chunk.heading)))


def _numbers(vector: bytes) -> Vectors:
    return np.frombuffer(vector, dtype="<f4").astype(np.float32)
