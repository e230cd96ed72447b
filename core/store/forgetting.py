"""Take a document out of everything: its own text and vectors, answers, examples, and the models taught by those.

What lies outside the database, bytes of documents and adapters, is the caller's to delete: `service.build_document` and
`learning.forget` do.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, Text, cast, delete, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.clock import now
from core.store.database import serialize_publishing
from core.store.index.spaces import forget_unused
from core.store.learned.answer_cache import forget_document
from core.store.learned.lineage import ACTIVE_GENERATOR
from core.store.tables import (
    AnswerRow,
    ChunkRow,
    DocumentRow,
    ExampleRow,
    FeedbackRow,
    ModelVersionRow,
    PointerRow,
    VectorRow,
    VersionRow,
)
from core.types import Json

ERASED = "forgotten"
VERDICT = "It was taught a document that was forgotten."


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was taken out: counts, ids of the models, keys of adapters that nobody needs now.

    `active` says that one of the models was in use; what was active before it is now, or the base model.
    """

    answers: int
    examples: int
    models: tuple[str, ...]
    adapters: tuple[str, ...]
    active: bool
    remembered: int = 0
    """Answers that were given again to like questions."""

    def as_json(self) -> dict[str, Json]:
        return asdict(self)


def purge(session: Session, document_id: str) -> list[str]:
    """Erase a withdrawn document's chunks and the vectors that only they used; return keys of its bytes."""
    serialize_publishing(session)
    digests = set(session.scalars(select(ChunkRow.embed_sha256).where(ChunkRow.document_id == document_id)))
    session.execute(delete(ChunkRow).where(ChunkRow.document_id == document_id))
    shared = select(ChunkRow.embed_sha256).where(ChunkRow.embed_sha256.in_(digests))
    for digest in digests - set(session.scalars(shared)):
        session.execute(delete(VectorRow).where(VectorRow.sha256 == digest))
    return sorted(set(session.scalars(select(VersionRow.blob).where(VersionRow.document_id == document_id))))


def forget_late(session: Session, document_id: str, model: str, digests: Collection[str]) -> None:
    """Erase the vectors of a withdrawn document that were made after its purge; nothing where it stands."""
    document = session.get(DocumentRow, document_id)
    if document is None or document.deleted_at is not None:
        forget_unused(session, model, digests)


def is_needed(session: Session, blob: str) -> bool:
    """Return whether a version of a live document is made of these bytes."""
    live = select(VersionRow.blob).join(DocumentRow, DocumentRow.id == VersionRow.document_id)
    return session.scalar(live.where(VersionRow.blob == blob, DocumentRow.deleted_at.is_(None)).limit(1)) is not None


def forget_learned(session: Session, document_id: str) -> Forgotten:
    """Erase answers, with their feedback, and examples that hold the document's text; withdraw models taught by them.

    Rows of examples and models stay, empty, so that what once was can be accounted for. In the caller's transaction.
    """
    answers = list(session.scalars(select(AnswerRow.id).where(_names(AnswerRow.passages, document_id))))
    remembered = forget_document(session, document_id)
    session.execute(delete(FeedbackRow).where(FeedbackRow.answer_id.in_(answers)))
    session.execute(delete(AnswerRow).where(AnswerRow.id.in_(answers)))
    examples = list(session.scalars(select(ExampleRow).where(_names(ExampleRow.document_ids, document_id))))
    for example in examples:
        example.content, example.document_ids, example.feedback_id = {"kind": ERASED}, [], None
    models = _taught_by(session, {example.dataset_id for example in examples})
    active = _unpoint(session, {model.id for model in models})
    adapters = _withdraw(session, models)
    taught = tuple(sorted(m.id for m in models))
    return Forgotten(len(answers), len(examples), taught, adapters, active, remembered)


def was_forgotten(session: Session, dataset_id: str) -> bool:
    """Return whether an example of the dataset was erased."""
    contents = session.scalars(select(ExampleRow.content).where(ExampleRow.dataset_id == dataset_id))
    return any(content.get("kind") == ERASED for content in contents)


def _names(column: InstrumentedAttribute[Json], document_id: str) -> ColumnElement[bool]:
    """Return the condition that a JSON column names the document: ids are unique words, so its text tells."""
    return cast(column, Text).contains(f'"{document_id}"', autoescape=True)


def _taught_by(session: Session, dataset_ids: Collection[str]) -> list[ModelVersionRow]:
    query = select(ModelVersionRow).where(
        ModelVersionRow.dataset_id.in_(dataset_ids), ModelVersionRow.adapter_blob != ""
    )
    return list(session.scalars(query))


def _unpoint(session: Session, model_ids: Collection[str]) -> bool:
    """Let no pointer lead to these models, now or by a roll-back; return whether one of them was active."""
    row = session.get(PointerRow, ACTIVE_GENERATOR, with_for_update=True)
    if row is None:
        return False
    row.previous = None if row.previous in model_ids else row.previous
    if row.value not in model_ids:
        return False
    row.value, row.previous, row.updated_at = row.previous, None, now()
    if row.value is not None:
        session.get_one(ModelVersionRow, row.value).state = "active"
    return True


def _withdraw(session: Session, models: Collection[ModelVersionRow]) -> tuple[str, ...]:
    """Reject the models and take their adapters from them; return the keys that no other version has."""
    keys = {model.adapter_blob for model in models}
    for model in models:
        model.state, model.adapter_blob, model.updated_at = "rejected", "", now()
        model.report = {**model.report, "verdict": VERDICT}
    session.flush()
    kept = set(session.scalars(select(ModelVersionRow.adapter_blob).where(ModelVersionRow.adapter_blob.in_(keys))))
    return tuple(sorted(keys - kept))
