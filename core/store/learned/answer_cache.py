"""Answers that may be given again: which they are, by the words and the shape of their questions.

A row points at an answer, and at the feedback that approved it; a cached one has none. Texts stay in the journal, so
what is forgotten there is forgotten here, and an opinion that is rejected or replaced counts no more. Whether an answer
still stands and who may have it is decided in `learning.answer_cache.recall`, when it is asked for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, CursorResult, Row, Select, Text, cast, delete, or_, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.ports import Vectors
from core.store.journal import AnswerRecord, Feedback, Opinion, answer_record
from core.store.tables import AnswerRow, FeedbackRow, KeyRow, RememberedRow

APPROVED = ""
"""The scope of approved answers: they are for everybody who may see what they cite."""
MOST = 1000
"""Questions of one shape that are compared, the newest."""
_SHELVED = (
    *(RememberedRow.id, RememberedRow.words, RememberedRow.embedder, RememberedRow.vector),
    RememberedRow.document_ids,
)
"""What a shelf is made of: columns, since whole rows as objects take three times as long to read."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """Digests of a question: of its words as they are compared, and of what like questions must have in common."""

    words: str
    shape: str


@dataclass(frozen=True, slots=True)
class Shelved:
    """A row that a question may match: its own question, whether that has the same words, the documents it cites.

    `vector` is the question's, of unit length; None where the embedder that serves has not read it.
    """

    row_id: int
    question: str
    same: bool
    vector: Vectors | None
    cites: frozenset[str]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An answer that may be given again, and what approved it: an opinion, the name of the reviewer's key, the time."""

    row_id: int
    answer: AnswerRecord
    opinion: Opinion | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None


def remember(session: Session, feedback: Feedback, likeness: Likeness, document_ids: Collection[str]) -> None:
    """Let the answer of an approved opinion be given again, from the commit on; remembered twice it is once."""
    session.execute(delete(RememberedRow).where(RememberedRow.feedback_id == feedback.id))
    _add(session, feedback.answer_id, feedback.id, APPROVED, likeness, document_ids)


def keep_recent(
    session: Session,
    answer_id: str,
    scope: str,
    likeness: Likeness,
    document_ids: Collection[str],
    embedder: str | None = None,
    vector: Vectors | None = None,
) -> None:
    """Let an answer be given again within `scope`, a digest of all that must be as it was. Its row must be written."""
    session.flush()
    _add(session, answer_id, None, scope, likeness, document_ids, embedder, vector)


def shelf(
    session: Session, scope: str, likeness: Likeness, embedder: str, *, minutes: float | None = None, near: bool = True
) -> list[Shelved]:
    """Return what a question may match in a scope, the newest first.

    `minutes` is how old it may be, `near` whether the words may differ.
    """
    like = [RememberedRow.words == likeness.words, *([RememberedRow.shape == likeness.shape] if near else [])]
    query = _newest(scope, MOST).where(or_(*like))
    if minutes is not None:
        query = query.where(RememberedRow.created_at > now() - timedelta(minutes=minutes))
    return [_shelved(row, likeness, embedder) for row in session.execute(query)]


def approved(session: Session, likeness: Likeness, embedder: str, most: int = MOST) -> list[Shelved]:
    """Return the approved rows, the newest first, whatever their questions are like."""
    return [_shelved(row, likeness, embedder) for row in session.execute(_newest(APPROVED, most))]


def candidates(session: Session, ids: Sequence[int]) -> list[Candidate]:
    """Return rows of a shelf with their answers, in the order of `ids`."""
    query = (
        select(RememberedRow.id, AnswerRow, FeedbackRow, KeyRow.name)
        .join(AnswerRow, AnswerRow.id == RememberedRow.answer_id)
        .outerjoin(FeedbackRow, FeedbackRow.id == RememberedRow.feedback_id)
        .outerjoin(KeyRow, KeyRow.id == FeedbackRow.reviewed_by)
        .where(RememberedRow.id.in_(ids), _counts())
    )
    found = {row[0]: _candidate(*row) for row in session.execute(query)}
    return [found[row_id] for row_id in ids if row_id in found]


def keep_vectors(session: Session, embedder: str, vectors: Mapping[int, Vectors]) -> None:
    """Keep vectors of questions, by row, in place of those of an embedder that served before."""
    for row_id, vector in vectors.items():
        values = {"embedder": embedder, "vector": _bytes(vector)}
        session.execute(update(RememberedRow).where(RememberedRow.id == row_id).values(values))


def contradict(session: Session, feedback: Feedback, words: str) -> int:
    """Give an answer that was called wrong, with a reviewer's consent, never again; return how many rows that were.

    That is the answer itself, the one that it was remembered from, and whatever says the same to the same question.
    """
    answer = feedback.answer
    if answer is None:
        return 0
    source = (answer.body.get("remembered") or {}).get("answer_id")
    query = select(RememberedRow.id, AnswerRow.id, AnswerRow.body).join(
        AnswerRow, AnswerRow.id == RememberedRow.answer_id
    )
    rows = session.execute(query.where(or_(RememberedRow.words == words, AnswerRow.id.in_([answer.id, source or ""]))))
    wrong = [
        row_id
        for row_id, answer_id, body in rows
        if answer_id in (answer.id, source) or body.get("text") == answer.body.get("text")
    ]
    return _drop(session, RememberedRow.id.in_(wrong))


def doubt(session: Session, words: str) -> int:
    """Take the question's answers that nobody approved out of the cache: somebody doubts one of them."""
    return _drop(session, RememberedRow.words == words, RememberedRow.feedback_id.is_(None))


def forget_document(session: Session, document_id: str) -> int:
    """Give no answer again that cites the document; return how many those were."""
    names_it = cast(RememberedRow.document_ids, Text).contains(f'"{document_id}"', autoescape=True)
    return _drop(session, names_it)


def drop_old(session: Session, minutes: float) -> int:
    """Delete cached answers that are older; return how many."""
    old = RememberedRow.created_at < now() - timedelta(minutes=minutes)
    return _drop(session, old, RememberedRow.feedback_id.is_(None))


def _add(
    session: Session,
    answer_id: str,
    feedback_id: str | None,
    scope: str,
    likeness: Likeness,
    document_ids: Collection[str],
    embedder: str | None = None,
    vector: Vectors | None = None,
) -> None:
    row = RememberedRow(
        answer_id=answer_id,
        feedback_id=feedback_id,
        scope=scope,
        words=likeness.words,
        shape=likeness.shape,
        embedder=embedder,
        vector=_bytes(vector) if vector is not None else None,
        document_ids=sorted(document_ids),
        created_at=now(),
    )
    session.add(row)
    session.flush()


def _counts() -> ColumnElement[bool]:
    """Return the condition that an opinion still approves of the row's answer, or that none is needed."""
    return RememberedRow.feedback_id.is_(None) | (FeedbackRow.state == "approved")


def _drop(session: Session, *which: ColumnElement[bool]) -> int:
    result = session.execute(delete(RememberedRow).where(*which))
    return result.rowcount if isinstance(result, CursorResult) else 0


def _newest(scope: str, most: int) -> Select[*tuple[Any, ...]]:
    """Return the query for what counts in a scope, the newest first."""
    return (
        select(*_SHELVED, AnswerRow.question)
        .join(AnswerRow, AnswerRow.id == RememberedRow.answer_id)
        .outerjoin(FeedbackRow, FeedbackRow.id == RememberedRow.feedback_id)
        .where(RememberedRow.scope == scope, _counts())
        .order_by(RememberedRow.id.desc())
        .limit(most)
    )


def _shelved(row: Row[Any], likeness: Likeness, embedder: str) -> Shelved:
    known = row.vector is not None and row.embedder == embedder
    vector = np.frombuffer(row.vector, "<f4") if known else None
    return Shelved(row.id, row.question, row.words == likeness.words, vector, frozenset(row.document_ids))


def _candidate(row_id: int, answer: AnswerRow, feedback: FeedbackRow | None, reviewer: str | None) -> Candidate:
    if feedback is None:
        return Candidate(row_id, answer_record(answer))
    said = Opinion(
        feedback.rating, tuple(feedback.reasons), feedback.correction, tuple(feedback.wrong_citations), feedback.comment
    )
    return Candidate(row_id, answer_record(answer), said, reviewer or feedback.reviewed_by, feedback.updated_at)


def _bytes(vector: Vectors) -> bytes:
    return vector.astype("<f4").tobytes()
