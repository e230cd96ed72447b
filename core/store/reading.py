"""Read the text that a caller may see: the rule for rights and filters, and passages read by it.

An index only suggests ids; the database decides. Ids become passages only in `hydrate`, which takes the caller.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Row, Select, and_, func, select, tuple_
from sqlalchemy.orm import Session

from core.blocks import blocks_from_json
from core.errors import Invalid, NotFound
from core.ports import Ids
from core.store.documents import visible_to
from core.store.passages import BATCH, sha256
from core.store.tables import ChunkRow, DocumentGroupRow, DocumentRow, IndexChangeRow, VersionRow
from core.types import Box, Caller, Filters, Passage

_READ = (
    *(ChunkRow.id, ChunkRow.document_id, ChunkRow.version, ChunkRow.ordinal, ChunkRow.text, ChunkRow.sha256),
    *(ChunkRow.heading, ChunkRow.page, ChunkRow.boxes, ChunkRow.kind),
    *(DocumentRow.collection, DocumentRow.path, DocumentRow.title, DocumentRow.meta, DocumentRow.language),
    VersionRow.created_at,
)
"""The columns of a passage; whole rows as objects take twice as long to read."""


def hydrate(
    session: Session, caller: Caller, chunk_ids: Sequence[int], filters: Filters | None = None
) -> dict[int, Passage]:
    """Return the passages, by id, that this caller may read now; other ids are left out."""
    query = _reading(caller, filters)
    found = (row for batch in _batches(chunk_ids) for row in session.execute(query.where(ChunkRow.id.in_(batch))))
    return {row.id: _passage(row) for row in found}


def visible_ids(session: Session, caller: Caller, filters: Filters | None = None) -> Ids:
    """Return the ids of all chunks that the caller may read, ascending."""
    # documents first, then their chunks by index: with a join SQLite reads every chunk of the corpus
    visible = select(DocumentRow.id, DocumentRow.serving_version).where(visible_to(caller), *_narrowed(filters))
    query = select(ChunkRow.id).where(tuple_(ChunkRow.document_id, ChunkRow.version).in_(visible))
    return np.sort(np.fromiter(session.connection().execute(query).scalars(), dtype=np.int64))


def visible_among(
    session: Session, caller: Caller, chunk_ids: Sequence[int], filters: Filters | None = None
) -> set[int]:
    """Return the ids of `chunk_ids` that the caller may read now, without reading any text."""
    query, run = select(ChunkRow.id).where(*_readable(caller, filters)), session.connection().execute
    return {i for batch in _batches(chunk_ids) for i in run(query.where(ChunkRow.id.in_(batch))).scalars()}


def visible_digest(session: Session, caller: Caller, filters: Filters | None = None) -> str:
    """Return a digest that changes whenever anything does that this caller may read, and not for hidden documents."""
    state = (func.count(), func.max(DocumentRow.updated_at), func.sum(DocumentRow.serving_version))
    found = session.execute(select(*state).where(visible_to(caller), *_narrowed(filters))).one()
    return sha256("|".join(str(each) for each in found))[:16]


def newest_change(session: Session) -> tuple[str, str]:
    """Return a value that changes with every change of any document, at a cost that does not grow with their number."""
    changed, published = select(func.max(DocumentRow.updated_at)), select(func.max(IndexChangeRow.seq))
    return str(session.scalar(changed)), str(session.scalar(published))


def restricted(session: Session, caller: Caller, filters: Filters | None = None) -> bool:
    """Return whether this caller, with these filters, may see less than everything, so that hits must be filtered."""
    if filters is not None and not filters.empty:
        return True
    return not caller.sees_all and session.scalar(select(DocumentGroupRow.document_id).limit(1)) is not None


def with_blocks(session: Session, passages: Sequence[Passage]) -> list[Passage]:
    """Return the passages with their blocks. The caller has read them, so the rights are checked already."""
    query = select(ChunkRow.id, ChunkRow.sha256, ChunkRow.blocks)
    found = {
        row.id: row
        for batch in _batches([passage.chunk_id for passage in passages])
        for row in session.execute(query.where(ChunkRow.id.in_(batch)))
    }
    return [_with_blocks(passage, found.get(passage.chunk_id)) for passage in passages]


def _with_blocks(passage: Passage, row: Row[Any] | None) -> Passage:
    if row is None or row.sha256 != passage.sha256:
        return passage
    return replace(passage, blocks=blocks_from_json(row.blocks, len(passage.text)))


def document_chunks(session: Session, document_id: str, caller: Caller) -> list[Passage]:
    """Return the serving chunks of a visible document in reading order, without blocks. Raises NotFound."""
    if session.scalar(select(DocumentRow.id).where(DocumentRow.id == document_id, visible_to(caller))) is None:
        raise NotFound(f"There is no document {document_id!r}.")
    query = _reading(caller, None).where(ChunkRow.document_id == document_id)
    return [_passage(row) for row in session.execute(query.order_by(ChunkRow.ordinal))]


def around(session: Session, caller: Caller, passage: Passage, before: int, after: int) -> list[Passage]:
    """Return the serving chunks around one of a visible document, itself among them, with blocks, in reading order."""
    near = ChunkRow.ordinal.between(passage.ordinal - before, passage.ordinal + after)
    query = _reading(caller, None).where(
        ChunkRow.document_id == passage.document_id, ChunkRow.version == passage.version, near
    )
    return with_blocks(session, [_passage(row) for row in session.execute(query.order_by(ChunkRow.ordinal))])


def _reading(caller: Caller, filters: Filters | None) -> Select[*tuple[Any, ...]]:
    version = and_(VersionRow.document_id == ChunkRow.document_id, VersionRow.version == ChunkRow.version)
    return select(*_READ).outerjoin(VersionRow, version).where(*_readable(caller, filters))


def _readable(caller: Caller, filters: Filters | None) -> list[ColumnElement[bool]]:
    """Return the conditions that join chunks to documents and hold for every chunk that this caller may read now."""
    joined = DocumentRow.id == ChunkRow.document_id
    return [joined, ChunkRow.version == DocumentRow.serving_version, visible_to(caller), *_narrowed(filters)]


def _narrowed(filters: Filters | None) -> Iterator[ColumnElement[bool]]:
    if filters is None:
        return
    if filters.collections:
        yield DocumentRow.collection.in_(sorted(filters.collections))
    if filters.document_ids:
        yield DocumentRow.id.in_(sorted(filters.document_ids))
    for key, value in sorted(filters.metadata.items()):
        if not re.fullmatch(r"[A-Za-z0-9_.-]+", key):  # SQLite would use it as a path into the JSON
            raise Invalid(f"There is no metadata key {key!r}.", hint="Keys are letters, digits, dots, _ and -.")
        yield DocumentRow.meta[key].as_string() == value


def _batches(ids: Sequence[int]) -> Iterator[list[int]]:
    return ([int(each) for each in ids[start : start + BATCH]] for start in range(0, len(ids), BATCH))


def _passage(row: Row[Any]) -> Passage:
    return Passage(
        row.id,
        row.document_id,
        row.version,
        row.ordinal,
        row.collection,
        row.path,
        row.title,
        row.text,
        row.sha256,
        tuple(row.heading),
        row.page,
        tuple(Box(**box) for box in row.boxes),
        row.kind,
        row.meta,
        row.language,
        row.created_at,
    )
