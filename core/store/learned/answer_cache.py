"""The rows of the answer cache: answers that may be reused, found by the words and the shape of their questions.

A row points at an answer, and at the feedback that approved it; a recent answer that nobody approved has no feedback.
Texts stay in the journal: an answer that is deleted there is gone here, and feedback that is rejected or replaced no
longer approves. `learning.answer_cache.recall` decides at each question whether an answer is still valid for a caller.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, CursorResult, Row, Select, Text, cast, delete, not_, or_, select, update
from sqlalchemy.orm import Session, aliased

from core.clock import now
from core.ports import Vectors
from core.store.journal import AnswerRecord, Feedback, Opinion, answer_record, opinion_of
from core.store.tables import AnswerRow, CachedAnswerRow, FeedbackRow, KeyRow

APPROVED = ""
"""The scope of approved answers: they are for every caller who may see what they cite."""
SHAPED = "2:"
"""What the shape of a question begins with. Rows of earlier releases have shapes that cannot be compared."""
MOST = 1000
"""How many questions of one shape are compared, the newest ones."""
_ENTRY_COLUMNS = (
    *(CachedAnswerRow.id, CachedAnswerRow.words, CachedAnswerRow.embedder, CachedAnswerRow.vector),
    CachedAnswerRow.document_ids,
)
"""Columns and not whole rows as objects, which take three times as long to read."""


@dataclass(frozen=True, slots=True)
class QuestionDigests:
    """Digests of a question: of its normalized words, and of its shape, which similar questions must share.

    A shape begins with SHAPED.
    """

    words: str
    shape: str


@dataclass(frozen=True, slots=True)
class CacheEntry:
    """A row that may match a question: the stored question, whether its words are the same, the documents it cites.

    `vector` is the stored question's, of unit length; None if the serving embedder has not embedded it.
    """

    row_id: int
    question: str
    same: bool
    vector: Vectors | None
    cites: frozenset[str]


@dataclass(frozen=True, slots=True)
class CachedAnswer:
    """An answer that may be reused, and its approval: the opinion, the name of the reviewer's key, the time.

    `given_by` is the name of the key that gave the opinion.
    """

    row_id: int
    answer: AnswerRecord
    opinion: Opinion | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    given_by: str | None = None


def store_approved(
    session: Session, feedback: Feedback, digests: QuestionDigests, document_ids: Collection[str]
) -> None:
    """Store that the answer of an approved feedback may be reused; replaces an earlier row of the same feedback."""
    session.execute(delete(CachedAnswerRow).where(CachedAnswerRow.feedback_id == feedback.id))
    _add(session, feedback.answer_id, feedback.id, APPROVED, digests, document_ids)


def store_recent(
    session: Session,
    answer_id: str,
    scope: str,
    digests: QuestionDigests,
    document_ids: Collection[str],
    embedder: str | None = None,
    vector: Vectors | None = None,
) -> None:
    """Store that an answer may be reused within `scope`, a digest of all that must be unchanged.

    The answer's own row must be in the session.
    """
    session.flush()
    _add(session, answer_id, None, scope, digests, document_ids, embedder, vector)


def matching_entries(
    session: Session,
    scope: str,
    digests: QuestionDigests,
    embedder: str,
    *,
    minutes: float | None = None,
    near: bool = True,
) -> list[CacheEntry]:
    """Return the entries of a scope that a question may match, newest first.

    `minutes` is the highest age of an entry; None for any age. `near` says whether the words may differ. Rows whose
    shape cannot be compared are returned, too.
    """
    alike = [CachedAnswerRow.words == digests.words]
    if near:
        alike += [CachedAnswerRow.shape == digests.shape, not_(CachedAnswerRow.shape.startswith(SHAPED))]
    query = _newest(scope, MOST).where(or_(*alike))
    if minutes is not None:
        query = query.where(CachedAnswerRow.created_at > now() - timedelta(minutes=minutes))
    return [_entry(row, digests, embedder) for row in session.execute(query)]


def approved_entries(session: Session, digests: QuestionDigests, embedder: str, most: int = MOST) -> list[CacheEntry]:
    """Return the newest `most` approved entries, newest first, for questions of any words and shape."""
    return [_entry(row, digests, embedder) for row in session.execute(_newest(APPROVED, most))]


def load_answers(session: Session, ids: Sequence[int]) -> list[CachedAnswer]:
    """Return the answers of these entries, in the order of `ids`; those that no longer count are left out."""
    author = aliased(KeyRow)
    query = (
        select(CachedAnswerRow.id, AnswerRow, FeedbackRow, KeyRow.name, author.name)
        .join(AnswerRow, AnswerRow.id == CachedAnswerRow.answer_id)
        .outerjoin(FeedbackRow, FeedbackRow.id == CachedAnswerRow.feedback_id)
        .outerjoin(KeyRow, KeyRow.id == FeedbackRow.reviewed_by)
        .outerjoin(author, author.id == FeedbackRow.key_id)
        .where(CachedAnswerRow.id.in_(ids), _counts())
    )
    found = {row[0]: _cached_answer(*row) for row in session.execute(query)}
    return [found[row_id] for row_id in ids if row_id in found]


def store_vectors(session: Session, embedder: str, vectors: Mapping[int, Vectors]) -> None:
    """Store vectors of questions by row id, in place of another embedder's."""
    for row_id, vector in vectors.items():
        values = {"embedder": embedder, "vector": _bytes(vector)}
        session.execute(update(CachedAnswerRow).where(CachedAnswerRow.id == row_id).values(values))


def delete_contradicted(session: Session, feedback: Feedback, words: str) -> int:
    """Delete the entries of an answer that an approved feedback calls wrong; return how many there were.

    These are the answer's own, those of the answer that it was reused from, and those with the same question and text.
    """
    answer = feedback.answer
    if answer is None:
        return 0
    source = (answer.body.get("remembered") or {}).get("answer_id")
    query = select(CachedAnswerRow.id, AnswerRow.id, AnswerRow.body).join(
        AnswerRow, AnswerRow.id == CachedAnswerRow.answer_id
    )
    rows = session.execute(
        query.where(or_(CachedAnswerRow.words == words, AnswerRow.id.in_([answer.id, source or ""])))
    )
    wrong = [
        row_id
        for row_id, answer_id, body in rows
        if answer_id in (answer.id, source) or body.get("text") == answer.body.get("text")
    ]
    return _drop(session, CachedAnswerRow.id.in_(wrong))


def delete_doubted(session: Session, words: str) -> int:
    """Delete the question's entries that nobody approved, because someone called one of them wrong; return how many."""
    return _drop(session, CachedAnswerRow.words == words, CachedAnswerRow.feedback_id.is_(None))


def delete_citing(session: Session, document_id: str) -> int:
    """Delete the entries that cite the document; return how many there were."""
    names_it = cast(CachedAnswerRow.document_ids, Text).contains(f'"{document_id}"', autoescape=True)
    return _drop(session, names_it)


def delete_old(session: Session, minutes: float) -> int:
    """Delete entries without approval that are older than this; return how many there were."""
    old = CachedAnswerRow.created_at < now() - timedelta(minutes=minutes)
    return _drop(session, old, CachedAnswerRow.feedback_id.is_(None))


def _add(
    session: Session,
    answer_id: str,
    feedback_id: str | None,
    scope: str,
    digests: QuestionDigests,
    document_ids: Collection[str],
    embedder: str | None = None,
    vector: Vectors | None = None,
) -> None:
    row = CachedAnswerRow(
        answer_id=answer_id,
        feedback_id=feedback_id,
        scope=scope,
        words=digests.words,
        shape=digests.shape,
        embedder=embedder,
        vector=_bytes(vector) if vector is not None else None,
        document_ids=sorted(document_ids),
        created_at=now(),
    )
    session.add(row)
    session.flush()


def _counts() -> ColumnElement[bool]:
    """Return the condition that the row needs no approval, or that its feedback is still approved."""
    return CachedAnswerRow.feedback_id.is_(None) | (FeedbackRow.state == "approved")


def _drop(session: Session, *which: ColumnElement[bool]) -> int:
    result = session.execute(delete(CachedAnswerRow).where(*which))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _newest(scope: str, most: int) -> Select[*tuple[Any, ...]]:
    """Return the query for the entries of a scope that count, newest first."""
    return (
        select(*_ENTRY_COLUMNS, AnswerRow.question)
        .join(AnswerRow, AnswerRow.id == CachedAnswerRow.answer_id)
        .outerjoin(FeedbackRow, FeedbackRow.id == CachedAnswerRow.feedback_id)
        .where(CachedAnswerRow.scope == scope, _counts())
        .order_by(CachedAnswerRow.id.desc())
        .limit(most)
    )


def _entry(row: Row[Any], digests: QuestionDigests, embedder: str) -> CacheEntry:
    usable = row.vector is not None and row.embedder == embedder
    vector = np.frombuffer(row.vector, "<f4") if usable else None
    return CacheEntry(row.id, row.question, row.words == digests.words, vector, frozenset(row.document_ids))


def _cached_answer(
    row_id: int, answer: AnswerRow, feedback: FeedbackRow | None, reviewer: str | None, author: str | None
) -> CachedAnswer:
    if feedback is None:
        return CachedAnswer(row_id, answer_record(answer))
    return CachedAnswer(
        row_id,
        answer_record(answer),
        opinion_of(feedback),
        reviewer or feedback.reviewed_by,
        feedback.updated_at,
        author or feedback.key_id,
    )


def _bytes(vector: Vectors) -> bytes:
    return vector.astype("<f4").tobytes()
