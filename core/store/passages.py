"""Write the text of documents: store vectors, publish a version, and return the journal's changes to indexes.

What a caller may read is in `core.store.reading`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from sqlalchemy import delete, func, insert, select, true
from sqlalchemy.orm import Session

from core.blocks import blocks_to_json
from core.clock import now
from core.errors import Unavailable
from core.ports import Vectors
from core.store.database import insert_new, serialize_publishing
from core.store.documents import retire_chunks, set_groups
from core.store.given import ATTRIBUTES, Given
from core.store.index.serving import require_space
from core.store.reread import READER
from core.store.tables import ChunkRow, DocumentRow, IndexChangeRow, VectorRow, VersionRow
from core.store.texts import store_text
from core.types import Chunk, DocumentText, Json, Passage

BATCH = 500


@dataclass(frozen=True, slots=True)
class Change:
    """One step of the journal; `vector` is None for a removal and for a chunk without a vector of the model."""

    seq: int
    chunk_id: int
    added: bool
    title: str = ""
    text: str = ""
    vector: Vectors | None = None
    language: str | None = None


def embed_text(title: str, chunk: Chunk | Passage) -> str:
    """Return the text that is embedded and indexed for a chunk: title and heading path, then the chunk's text."""
    path = " > ".join(dict.fromkeys(part for part in (title, *chunk.heading) if part))
    return f"{path}\n{chunk.text}" if path else chunk.text


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def known_vectors(session: Session, model: str, digests: Sequence[str]) -> set[str]:
    """Return the digests that have a vector of this model."""
    query = select(VectorRow.sha256).where(VectorRow.model == model)
    batches = (digests[start : start + BATCH] for start in range(0, len(digests), BATCH))
    return {digest for batch in batches for digest in session.scalars(query.where(VectorRow.sha256.in_(batch)))}


def store_vectors(session: Session, model: str, vectors: Mapping[str, Vectors]) -> None:
    """Store vectors by the digest of their text; existing ones are not replaced."""
    rows = [
        {"sha256": digest, "model": model, "vector": vector.astype("<f4").tobytes()}
        for digest, vector in vectors.items()
    ]
    if rows:
        session.execute(insert_new(session, VectorRow), rows)


def delete_unused_vectors(session: Session, model: str, digests: Collection[str]) -> None:
    """Delete the model's vectors of those texts that no chunk has: a purge ran while they were embedded."""
    used = select(ChunkRow.embed_sha256).where(ChunkRow.embed_sha256.in_(digests))
    gone = set(digests) - set(session.scalars(used))
    session.execute(delete(VectorRow).where(VectorRow.model == model, VectorRow.sha256.in_(gone)))


def publish(
    session: Session,
    document_id: str,
    version: int,
    title: str,
    chunks: Sequence[Chunk],
    report: Mapping[str, Json],
    *,
    text: DocumentText | None = None,
    language: str | None = None,
    model: str | None = None,
    given: Given | None = None,
) -> bool:
    """Make a version serve in place of the previous one, in the caller's transaction; return whether it did.

    A version that serves is published again: it was read again. Its chunks with unchanged text keep their ids.

    Returns False, and publishes nothing, if the document was deleted or this version or a newer one serves. Chunks of
    an earlier attempt are replaced. `title` is the title that was embedded with the chunks, and `language` the
    content's: the document has both from now on, unless its uploader gave a language; `given` settles whose they are
    (see `core.store.given`). From now on the groups that the version was uploaded with may see the document. Raises
    Unavailable if a chunk has no vector of `model` because a purge deleted it, if another embedding space serves by
    now, or if the uploader gave another title meanwhile: another attempt embeds the document again.
    """
    serialize_publishing(session)
    if model is not None:
        require_space(session, model)
    _require_vectors(session, model, title, chunks)
    document = session.get(DocumentRow, document_id, with_for_update=True)
    row = session.get(VersionRow, (document_id, version))
    if document is None or row is None or document.deleted_at is not None:
        return False
    if document.serving_version is not None and document.serving_version > version:
        row.state = "superseded"
        return False
    again = document.serving_version == version
    if row.groups is not None:
        set_groups(session, document_id, row.groups)
    row.given = dict.fromkeys(ATTRIBUTES) | dict(given or {}) | row.given
    if (row.given["title"] or title) != title:
        raise Unavailable("The document got another title while it was read.", hint="The job is tried again.")
    document.title, document.language = title, row.given["language"] or language
    kept = _keep_same(session, document_id, version, title, chunks, model) if again else {}
    if not again:
        session.execute(delete(ChunkRow).where(ChunkRow.document_id == document_id, ChunkRow.version == version))
        _retire_previous(session, document)
    _insert_chunks(session, document_id, version, title, [chunk for chunk in chunks if chunk.ordinal not in kept])
    added = (
        select(ChunkRow.id)
        .where(ChunkRow.document_id == document_id, ChunkRow.version == version)
        .where(ChunkRow.ordinal.not_in(sorted(kept)) if kept else true())
        .order_by(ChunkRow.id)
    )
    changes = [{"chunk_id": chunk_id, "sign": 1} for chunk_id in session.scalars(added)]
    if changes:
        session.execute(insert(IndexChangeRow), changes)
    if text is not None:
        store_text(session, document_id, version, text)
    document.serving_version, document.updated_at = version, now()
    row.state, row.reason, row.report, row.reader = "serving", None, dict(report), READER
    row.published_at = row.published_at if again else now()
    return True


def chunk_count(session: Session) -> int:
    """Return the number of chunks that serve now."""
    query = select(func.count()).select_from(ChunkRow).join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
    live = DocumentRow.deleted_at.is_(None) & (ChunkRow.version == DocumentRow.serving_version)
    return session.scalar(query.where(live)) or 0


def latest_seq(session: Session) -> int:
    """Return the newest step of the index's journal; 0 if it is empty."""
    return session.scalar(select(func.max(IndexChangeRow.seq))) or 0


def changes_since(session: Session, seq: int, model: str, limit: int = 5000) -> list[Change]:
    """Return at most `limit` steps of the journal after `seq`, in order.

    An added chunk that no longer exists is returned as a removal. A chunk without a vector of `model` has None: only
    its words can be found.
    """
    query = (
        select(IndexChangeRow, ChunkRow, DocumentRow.title, VectorRow.vector, DocumentRow.language)
        .outerjoin(ChunkRow, ChunkRow.id == IndexChangeRow.chunk_id)
        .outerjoin(DocumentRow, DocumentRow.id == ChunkRow.document_id)
        .outerjoin(VectorRow, (VectorRow.sha256 == ChunkRow.embed_sha256) & (VectorRow.model == model))
        .where(IndexChangeRow.seq > seq)
        .order_by(IndexChangeRow.seq)
        .limit(limit)
    )
    return [_change(*row) for row in session.execute(query)]


def serving_chunks(session: Session, model: str) -> Iterator[Change]:
    """Yield every chunk that serves now, by ascending id, to build an index from; `seq` is 0. Reads in batches.

    A chunk without a vector of `model` has None.
    """
    last = 0
    while True:
        query = (
            select(ChunkRow, DocumentRow.title, VectorRow.vector, DocumentRow.language)
            .join(DocumentRow, DocumentRow.id == ChunkRow.document_id)
            .outerjoin(VectorRow, (VectorRow.sha256 == ChunkRow.embed_sha256) & (VectorRow.model == model))
            .where(
                ChunkRow.version == DocumentRow.serving_version, DocumentRow.deleted_at.is_(None), ChunkRow.id > last
            )
            .order_by(ChunkRow.id)
            .limit(BATCH)
        )
        rows = session.execute(query).all()
        for row in rows:
            yield _added(0, *row)
        if not rows:
            return
        last = rows[-1][0].id


def _require_vectors(session: Session, model: str | None, title: str, chunks: Sequence[Chunk]) -> None:
    digests = {sha256(embed_text(title, chunk)) for chunk in chunks}
    if model is not None and len(known_vectors(session, model, sorted(digests))) < len(digests):
        raise Unavailable("Vectors of this document were deleted with another one.", hint="The job is tried again.")


def _insert_chunks(session: Session, document_id: str, version: int, title: str, chunks: Sequence[Chunk]) -> None:
    rows = [
        {
            "document_id": document_id,
            "version": version,
            "text": chunk.text,
            "heading": list(chunk.heading),
            "sha256": sha256(chunk.text),
            "embed_sha256": sha256(embed_text(title, chunk)),
            **_places(chunk),
        }
        for chunk in chunks
    ]
    if rows:
        session.execute(insert(ChunkRow), rows)


def _places(chunk: Chunk) -> dict[str, Json]:
    """Return what may differ between two readings of the same chunk."""
    return {
        "ordinal": chunk.ordinal,
        "page": chunk.page,
        "boxes": [asdict(box) for box in chunk.boxes],
        "kind": chunk.kind,
        "blocks": blocks_to_json(chunk.blocks),
    }


def _keep_same(
    session: Session, document_id: str, version: int, title: str, chunks: Sequence[Chunk], model: str | None
) -> set[int]:
    """Keep the chunks of an earlier reading that have the same text, and retire the others; return the kept ordinals.

    A chunk that stays has its id, so that indexes, answers and feedback still know it.
    """
    rows = session.scalars(
        select(ChunkRow).where(ChunkRow.document_id == document_id, ChunkRow.version == version).order_by(ChunkRow.id)
    ).all()
    by_digest: dict[str, list[ChunkRow]] = {}
    for row in rows:
        by_digest.setdefault(row.embed_sha256, []).append(row)
        row.ordinal = -1 - row.ordinal  # out of the way of the new order
    session.flush()
    kept: set[int] = set()
    for chunk in chunks:
        if same := by_digest.get(sha256(embed_text(title, chunk))):
            for name, value in _places(chunk).items():
                setattr(same[0], name, value)
            del same[0]
            kept.add(chunk.ordinal)
    gone = [row for rest in by_digest.values() for row in rest]
    if gone:
        ids = sorted(row.id for row in gone)
        session.add_all(IndexChangeRow(chunk_id=each, sign=-1) for each in ids)
        session.execute(delete(ChunkRow).where(ChunkRow.id.in_(ids)))
        if model is not None:
            delete_unused_vectors(session, model, {row.embed_sha256 for row in gone})
    session.flush()
    return kept


def _retire_previous(session: Session, document: DocumentRow) -> None:
    retire_chunks(session, document.id, document.serving_version)
    if document.serving_version is not None:
        session.get_one(VersionRow, (document.id, document.serving_version)).state = "superseded"
        session.flush()


def _change(
    change: IndexChangeRow, chunk: ChunkRow | None, title: str | None, vector: bytes | None, language: str | None
) -> Change:
    if change.sign < 0 or chunk is None:
        return Change(change.seq, change.chunk_id, added=False)
    return _added(change.seq, chunk, title or "", vector, language)


def _added(seq: int, chunk: ChunkRow, title: str, vector: bytes | None, language: str | None) -> Change:
    heading = " > ".join(dict.fromkeys(part for part in (title, *chunk.heading) if part))
    numbers = None if vector is None else np.frombuffer(vector, dtype="<f4").astype(np.float32)
    return Change(seq, chunk.id, True, heading, chunk.text, numbers, language)
