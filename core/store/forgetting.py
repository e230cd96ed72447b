"""Forget a document: delete its text and vectors, answers and examples from it, and withdraw models tuned on those.

Files outside the database, which are the bytes of documents and adapters, are deleted by the callers
`service.build_document` and `learning.forget`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from core.store.database import serialize_publishing
from core.store.learned.answer_cache import delete_citing
from core.store.learned.taint import ERASED, leave, models_tuned_on, saw
from core.store.learned.taint import names as _names
from core.store.passages import delete_unused_vectors
from core.store.tables import (
    AnswerRow,
    ChunkRow,
    DocumentRow,
    ExampleRow,
    FeedbackRow,
    ModelVersionRow,
    VectorRow,
    VersionRow,
)
from core.store.texts import forget_text
from core.types import Json

VERDICT = "It was tuned on a document that was forgotten."


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was deleted: counts, ids of the withdrawn models, keys of adapters that no model needs now.

    `active` says that one of the models was active; an untainted one, or the base model, is active now.
    """

    answers: int
    examples: int
    models: tuple[str, ...]
    adapters: tuple[str, ...]
    active: bool
    remembered: int = 0
    """Entries of the answer cache."""

    def as_json(self) -> dict[str, Json]:
        return asdict(self)


def purge(session: Session, document_id: str) -> list[str]:
    """Delete the chunks of a deleted document and the vectors that only they used; return the keys of its bytes."""
    serialize_publishing(session)
    digests = set(session.scalars(select(ChunkRow.embed_sha256).where(ChunkRow.document_id == document_id)))
    session.execute(delete(ChunkRow).where(ChunkRow.document_id == document_id))
    forget_text(session, document_id)
    shared = select(ChunkRow.embed_sha256).where(ChunkRow.embed_sha256.in_(digests))
    for digest in digests - set(session.scalars(shared)):
        session.execute(delete(VectorRow).where(VectorRow.sha256 == digest))
    return sorted(set(session.scalars(select(VersionRow.blob).where(VersionRow.document_id == document_id))))


def delete_late_vectors(session: Session, document_id: str, model: str, digests: Collection[str]) -> None:
    """Delete vectors that were made for a document after its purge; does nothing if the document is live."""
    document = session.get(DocumentRow, document_id)
    if document is None or document.deleted_at is not None:
        delete_unused_vectors(session, model, digests)


def is_needed(session: Session, blob: str) -> bool:
    """Return whether a version of a live document has these bytes."""
    live = select(VersionRow.blob).join(DocumentRow, DocumentRow.id == VersionRow.document_id)
    return session.scalar(live.where(VersionRow.blob == blob, DocumentRow.deleted_at.is_(None)).limit(1)) is not None


def forget_learned(session: Session, document_id: str) -> Forgotten:
    """Delete answers, with their feedback, and examples that hold the document's text; withdraw models tuned on them.

    Opinions on other answers no longer point at passages of the document. The rows of examples and models stay without
    content, so that the history stays complete. All in the caller's transaction.
    """
    made_from = or_(_names(AnswerRow.passages, document_id), _names(AnswerRow.body, document_id))
    answers = list(session.scalars(select(AnswerRow.id).where(made_from)))
    remembered = delete_citing(session, document_id)
    session.execute(delete(FeedbackRow).where(FeedbackRow.answer_id.in_(answers)))
    session.execute(delete(AnswerRow).where(AnswerRow.id.in_(answers)))
    for feedback in session.scalars(select(FeedbackRow).where(_names(FeedbackRow.right_passages, document_id))):
        feedback.right_passages = [each for each in feedback.right_passages if each["document_id"] != document_id]
    examples = list(session.scalars(select(ExampleRow).where(saw(document_id))))
    for example in examples:
        example.content, example.document_ids, example.feedback_id = {"kind": ERASED}, [], None
    models = _tuned_on(session, {example.dataset_id for example in examples})
    active = bool(leave(session, {model.id for model in models}))
    adapters = _withdraw(session, models)
    withdrawn = tuple(sorted(model.id for model in models))
    return Forgotten(len(answers), len(examples), withdrawn, adapters, active, remembered)


def was_forgotten(session: Session, dataset_id: str) -> bool:
    """Return whether an example of the dataset was deleted because its document was forgotten."""
    contents = session.scalars(select(ExampleRow.content).where(ExampleRow.dataset_id == dataset_id))
    return any(content.get("kind") == ERASED for content in contents)


def _tuned_on(session: Session, dataset_ids: Collection[str]) -> list[ModelVersionRow]:
    tuned = ModelVersionRow.id.in_(models_tuned_on(session, dataset_ids))
    return list(session.scalars(select(ModelVersionRow).where(tuned, ModelVersionRow.adapter_blob != "")))


def _withdraw(session: Session, models: Collection[ModelVersionRow]) -> tuple[str, ...]:
    """Reject the models and remove their adapters; return the keys of adapters that no other version uses."""
    keys = {model.adapter_blob for model in models}
    for model in models:
        model.state, model.adapter_blob, model.updated_at = "rejected", "", now()
        model.report = {**model.report, "verdict": VERDICT}
    session.flush()
    used = set(session.scalars(select(ModelVersionRow.adapter_blob).where(ModelVersionRow.adapter_blob.in_(keys))))
    return tuple(sorted(keys - used))
