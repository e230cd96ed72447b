"""What the database still holds of a document, by place: the ids of rows and keys of bytes, never text.

Called before a document is forgotten and again afterwards; what was found before is passed as `known`, because after
the purge a vector or a turn no longer says which document it came from. Files are looked at in `service.receipts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from core.errors import NotFound
from core.store.forgetting import is_needed
from core.store.index.token_vectors import is_token_space
from core.store.learned.taint import models_that_saw, names, saw
from core.store.tables import (
    AnswerRow,
    AuditRow,
    CachedAnswerRow,
    ChunkRow,
    DocumentRow,
    ExampleRow,
    FeedbackRow,
    IndexChangeRow,
    ModelVersionRow,
    PointerRow,
    TextRow,
    TurnRow,
    VectorRow,
    VersionRow,
)
from core.types import Json

Found = Mapping[str, Sequence[Json]]
"""Ids by place."""
Blind = Callable[[str], str]
"""Makes a digest of a text useless to somebody who guesses the text: the digest of a short passage would confirm it."""
BATCH = 500
IDS = "chunk_ids"
"""Not a place: the ids of the document's passages, as ranges, by which indexes know them."""


def find_traces(session: Session, document_id: str, blind: Blind, known: Found | None = None) -> dict[str, list[Json]]:
    """Return what the database holds of the document now. Raises NotFound for an id that no document ever had."""
    document = session.get(DocumentRow, document_id)
    if document is None:
        raise NotFound(f"There is no document {document_id!r}.")
    before: Found = known or {}
    chunks = list(session.scalars(select(ChunkRow.id).where(_of(document_id)).order_by(ChunkRow.id)))
    vectors = _vectors(session, document_id, blind, before)
    cached = session.execute(
        select(CachedAnswerRow.id, CachedAnswerRow.feedback_id).where(names(CachedAnswerRow.document_ids, document_id))
    ).all()
    answers = list(session.scalars(select(AnswerRow.id).where(_made_from(document_id))))
    models, adapters = _models(session, document_id, before)
    return {
        IDS: [*_joined([*before.get(IDS, ()), *_purged(session, document_id), *([each, each] for each in chunks)])],
        "passages": [*chunks, *_texts(session, document_id)],
        "attributes": _attributes(session, document),
        "dense_vectors": [blind(f"{digest} {space}") for digest, space in vectors if not is_token_space(space)],
        "token_vectors": [blind(f"{digest} {space}") for digest, space in vectors if is_token_space(space)],
        "originals": _originals(session, document_id, before),
        "cached_answers": [row.id for row in cached if row.feedback_id is None],
        "approved_answers": [row.id for row in cached if row.feedback_id is not None],
        "answers": [*answers],
        "conversations": [*_among(session, TurnRow.answer_id, {*answers, *before.get("conversations", ())})],
        "feedback": [
            *session.scalars(select(FeedbackRow.id).where(FeedbackRow.answer_id.in_(answers))),
            *_among(session, FeedbackRow.id, before.get("feedback", ())),
            *(f"{each}/picked" for each in session.scalars(select(FeedbackRow.id).where(_picked(document_id)))),
        ],
        "datasets": [
            f"{row.dataset_id}/{row.ordinal}"
            for row in session.execute(select(ExampleRow.dataset_id, ExampleRow.ordinal).where(saw(document_id)))
        ],
        "models": models,
        "adapters": adapters,
    }


def title_of(session: Session, document_id: str) -> str:
    """Return the document's title, or the file name that is shown in its place; "" once both are erased."""
    newest = (
        select(VersionRow.filename).where(VersionRow.document_id == document_id).order_by(VersionRow.version.desc())
    )
    return session.get_one(DocumentRow, document_id).title or session.scalar(newest.limit(1)) or ""


def erase_attributes(session: Session, document_id: str) -> None:
    """Erase title, path, file names, metadata and reports of a deleted document; its row stays, to say it is gone."""
    nothing: dict[str, Json] = {"title": "", "path": "", "meta": {}, "language": None}
    session.execute(update(DocumentRow).where(DocumentRow.id == document_id).values(nothing))
    empty: dict[str, Json] = {"filename": "", "report": {}, "reason": None, "given": {}}
    session.execute(update(VersionRow).where(VersionRow.document_id == document_id).values(empty))


def unused_adapters(session: Session, keys: Iterable[str]) -> list[str]:
    """Return those adapter archives of `keys` that no model version uses."""
    wanted = sorted(keys)
    return sorted(set(wanted) - set(_among(session, ModelVersionRow.adapter_blob, wanted)))


def unneeded_originals(session: Session, keys: Iterable[str]) -> list[str]:
    """Return those files of `keys` that no live document has too."""
    return [key for key in sorted(keys) if not is_needed(session, key)]


def still_indexed(session: Session, ranges: Sequence[Sequence[int]]) -> list[int]:
    """Return the passages of these ranges whose newest step in the index's journal is not a removal."""
    signs: dict[int, int] = {}
    for first, last in ranges:
        query = select(IndexChangeRow.chunk_id, IndexChangeRow.sign).where(IndexChangeRow.chunk_id.between(first, last))
        signs.update({row.chunk_id: row.sign for row in session.execute(query.order_by(IndexChangeRow.seq))})
    return sorted(chunk_id for chunk_id, sign in signs.items() if sign > 0)


def last_step(session: Session, ranges: Sequence[Sequence[int]]) -> int:
    """Return the newest step of the index's journal about these passages; 0 if all of them were pruned."""
    steps = [0]
    for first, last in ranges:
        query = select(IndexChangeRow.seq).where(IndexChangeRow.chunk_id.between(first, last))
        steps += session.scalars(query.order_by(IndexChangeRow.seq.desc()).limit(1))
    return max(steps)


def passage_ranges(session: Session, document_id: str) -> list[list[int]]:
    """Return the ids of the document's passages as ranges [first, last], ascending."""
    return _joined([each, each] for each in session.scalars(select(ChunkRow.id).where(_of(document_id))))


def _of(document_id: str) -> ColumnElement[bool]:
    return ChunkRow.document_id == document_id


def _made_from(document_id: str) -> ColumnElement[bool]:
    return or_(names(AnswerRow.passages, document_id), names(AnswerRow.body, document_id))


def _vectors(session: Session, document_id: str, blind: Blind, before: Found) -> list[tuple[str, str]]:
    """Return digest and space of the vectors of the document's passages, and of known ones that no passage uses now."""
    own = select(ChunkRow.embed_sha256).where(_of(document_id))
    query = select(VectorRow.sha256, VectorRow.model)
    found = {(row.sha256, row.model) for row in session.execute(query.where(VectorRow.sha256.in_(own)))}
    wanted = {*before.get("dense_vectors", ()), *before.get("token_vectors", ())}
    if wanted:
        unused = ~select(ChunkRow.id).where(ChunkRow.embed_sha256 == VectorRow.sha256).exists()
        rows = session.execute(query.where(unused))
        found |= {(row.sha256, row.model) for row in rows if blind(f"{row.sha256} {row.model}") in wanted}
    return sorted(found)


def _texts(session: Session, document_id: str) -> list[Json]:
    query = select(TextRow.version).where(TextRow.document_id == document_id)
    return [f"text of version {version}" for version in session.scalars(query)]


def _attributes(session: Session, document: DocumentRow) -> list[Json]:
    held: list[Json] = [name for name in ("title", "path", "meta") if getattr(document, name)]
    query = select(VersionRow).where(VersionRow.document_id == document.id).order_by(VersionRow.version)
    return held + [f"version {row.version}" for row in session.scalars(query) if row.filename or row.report]


def _originals(session: Session, document_id: str, before: Found) -> list[Json]:
    own = session.scalars(select(VersionRow.blob).where(VersionRow.document_id == document_id))
    return sorted({*own, *before.get("originals", ())})


def _models(session: Session, document_id: str, before: Found) -> tuple[list[Json], list[Json]]:
    """Return the versions that saw the document and could serve, and the keys of their adapters."""
    wanted = {*models_that_saw(session, document_id), *before.get("models", ())}
    rows = session.scalars(select(ModelVersionRow).where(ModelVersionRow.id.in_(wanted))).all()
    pointed = {name for row in session.scalars(select(PointerRow)) for name in (row.value, row.previous)}
    models = sorted(row.id for row in rows if row.adapter_blob or row.id in pointed)
    return [*models], sorted({row.adapter_blob for row in rows if row.adapter_blob} | {*before.get("adapters", ())})


def _purged(session: Session, document_id: str) -> list[list[int]]:
    """Return the ranges of passages that earlier purges of the document wrote to the audit trail."""
    query = select(AuditRow.detail).where(AuditRow.action == "document.purge", AuditRow.target == document_id)
    return [each for detail in session.scalars(query) for each in detail.get("passages", ())]


def _among(session: Session, column: Json, values: Iterable[Json]) -> list[Json]:
    """Return those of `values` that the column has, in batches."""
    ordered = sorted(set(values))
    found: set[Json] = set()
    for start in range(0, len(ordered), BATCH):
        found.update(session.scalars(select(column).where(column.in_(ordered[start : start + BATCH]))))
    return sorted(found)


def _joined(ranges: Iterable[Sequence[int]]) -> list[list[int]]:
    joined: list[list[int]] = []
    for first, last in sorted([first, last] for first, last in ranges):
        if joined and first <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    return joined


def _picked(document_id: str) -> ColumnElement[bool]:
    """Opinions on other answers that point at passages of the document; those in `_made_from` go as a whole."""
    return names(FeedbackRow.right_passages, document_id)
