"""Answers and the feedback on them.

An answer belongs to its caller; reviewers see all. There is one feedback per caller and answer. Datasets made of
feedback are in `core.store.learned.lineage`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Invalid, NotFound
from core.ids import new_id
from core.paging import Page, checked_limit, decode, page_of
from core.store.tables import AnswerRow, FeedbackRow
from core.types import Caller, FeedbackState, Json, Rating


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """An answer as it was given: `body` is what the caller received, `passages` what the answer was made from.

    Each passage is `{chunk_id, document_id, version, sha256}`; `question` is redacted. `collections` are the ones that
    were searched, empty for all of them; None for answers from before they were stored.
    """

    id: str
    key_id: str
    groups: frozenset[str]
    question: str
    mode: str
    status: str
    body: Mapping[str, Json]
    passages: tuple[Mapping[str, Json], ...]
    versions: Mapping[str, str]
    conversation_id: str | None
    created_at: datetime
    collections: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Opinion:
    """What a caller thinks of an answer; `wrong_citations` are ids of citations of that answer.

    `right_passages` are the passages that answer, `{chunk_id, document_id, version, sha256, start, end}` each; the
    answer is `text[start:end]` of the passage, or all of it where both are None.
    """

    rating: Rating
    reasons: tuple[str, ...] = ()
    correction: str | None = None
    wrong_citations: tuple[int, ...] = ()
    comment: str | None = None
    right_passages: tuple[Mapping[str, Json], ...] = ()


@dataclass(frozen=True, slots=True)
class Pick:
    """A passage that answers, as a person picked it: `text[start:end]` of it, all of it if both are None."""

    chunk_id: int
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """A stored opinion, with the state of its review."""

    id: str
    answer_id: str
    key_id: str
    opinion: Opinion
    state: FeedbackState
    reviewed_by: str | None
    created_at: datetime
    updated_at: datetime
    answer: AnswerRecord | None = field(default=None)


def new_answer_id() -> str:
    return new_id("ans")


def record_answer(
    session: Session,
    answer_id: str,
    caller: Caller,
    *,
    question: str,
    mode: str,
    body: Mapping[str, Json],
    passages: Sequence[Mapping[str, Json]],
    versions: Mapping[str, str],
    conversation_id: str | None = None,
    collections: Collection[str] | None = None,
) -> None:
    """Store an answer; `question` and `body` must be redacted as the settings say."""
    session.add(
        AnswerRow(
            id=answer_id,
            key_id=caller.key_id,
            groups=sorted(caller.groups),
            conversation_id=conversation_id,
            question=question,
            mode=mode,
            status=str(body["status"]),
            body=dict(body),
            passages=[dict(p) for p in passages],
            versions=dict(versions),
            collections=sorted(collections) if collections is not None else None,
            created_at=now(),
        )
    )


def get_answer(session: Session, answer_id: str, caller: Caller) -> AnswerRecord:
    """Return an answer of the caller, or any answer if the caller may review. Raises NotFound."""
    row = session.get(AnswerRow, answer_id)
    if row is None or not (row.key_id == caller.key_id or caller.may("review")):
        raise NotFound(f"There is no answer {answer_id!r}.")
    return answer_record(row)


def give_feedback(session: Session, answer_id: str, caller: Caller, opinion: Opinion) -> Feedback:
    """Store the caller's opinion, in place of an earlier one, as pending. Raises NotFound, Invalid."""
    answer = get_answer(session, answer_id, caller)
    known = {int(citation["id"]) for citation in answer.body.get("citations", ())}
    if unknown := set(opinion.wrong_citations) - known:
        raise Invalid(f"wrong_citations names {sorted(unknown)}, which the answer does not have.")
    query = select(FeedbackRow).where(FeedbackRow.answer_id == answer_id, FeedbackRow.key_id == caller.key_id)
    row = session.scalar(query)
    if row is None:
        row = FeedbackRow(id=new_id("fb"), answer_id=answer_id, key_id=caller.key_id, created_at=now())
        session.add(row)
    row.rating, row.correction, row.comment = opinion.rating, opinion.correction, opinion.comment
    row.reasons, row.wrong_citations = list(opinion.reasons), list(opinion.wrong_citations)
    row.right_passages = [dict(each) for each in opinion.right_passages]
    row.state, row.reviewed_by, row.updated_at = "pending", None, now()
    session.flush()
    return _feedback(row, answer)


def review_feedback(session: Session, feedback_id: str, reviewer: Caller, state: FeedbackState) -> Feedback:
    """Approve or reject feedback; only approved feedback is used. Raises NotFound, Conflict if it has this state."""
    row = session.get(FeedbackRow, feedback_id)
    if row is None:
        raise NotFound(f"There is no feedback {feedback_id!r}.")
    if row.state == state:
        raise Conflict(f"Feedback {feedback_id} is {state} already.")
    row.state, row.reviewed_by, row.updated_at = state, reviewer.key_id, now()
    return _feedback(row, answer_record(session.get_one(AnswerRow, row.answer_id)))


def edit_feedback(
    session: Session,
    feedback_id: str,
    reviewer: Caller,
    *,
    correction: str | None,
    right_passages: Sequence[Mapping[str, Json]] | None = None,
) -> Feedback:
    """Replace the correction of a feedback, and its picked passages unless None; it is pending then. Raises NotFound.

    The rating is down from then on: what needs correcting was not right.
    """
    row = session.get(FeedbackRow, feedback_id)
    if row is None:
        raise NotFound(f"There is no feedback {feedback_id!r}.")
    row.rating, row.correction = "down", correction
    if right_passages is not None:
        row.right_passages = [dict(each) for each in right_passages]
    row.state, row.reviewed_by, row.updated_at = "pending", reviewer.key_id, now()
    return _feedback(row, answer_record(session.get_one(AnswerRow, row.answer_id)))


def list_feedback(
    session: Session,
    *,
    state: FeedbackState | None = None,
    rating: Rating | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Feedback]:
    """Return a page of all feedback with its answers, newest first. For reviewers only."""
    query = select(FeedbackRow, AnswerRow).join(AnswerRow, AnswerRow.id == FeedbackRow.answer_id)
    query = query.where(FeedbackRow.state == state) if state else query
    query = query.where(FeedbackRow.rating == rating) if rating else query
    if after := decode(cursor):
        query = query.where(FeedbackRow.id < after)
    rows = session.execute(query.order_by(FeedbackRow.id.desc()).limit(checked_limit(limit) + 1)).all()
    return page_of([_feedback(row, answer_record(answer)) for row, answer in rows], [row.id for row, _ in rows], limit)


def approved_feedback(session: Session) -> list[Feedback]:
    """Return all approved feedback with its answers, oldest first, for datasets."""
    query = select(FeedbackRow, AnswerRow).join(AnswerRow, AnswerRow.id == FeedbackRow.answer_id)
    rows = session.execute(query.where(FeedbackRow.state == "approved").order_by(FeedbackRow.id))
    return [_feedback(row, answer_record(answer)) for row, answer in rows]


def delete_old_answers(session: Session, keep_days: int) -> int:
    """Delete answers older than `keep_days`, with their feedback; return how many answers."""
    result = session.execute(delete(AnswerRow).where(AnswerRow.created_at < now() - timedelta(days=keep_days)))
    return result.rowcount if isinstance(result, CursorResult) else 0


def answer_record(row: AnswerRow) -> AnswerRecord:
    """Return the record of a row. For modules of `core.store`, which must have checked who reads it."""
    return AnswerRecord(
        row.id,
        row.key_id,
        frozenset(row.groups),
        row.question,
        row.mode,
        row.status,
        row.body,
        tuple(row.passages),
        row.versions,
        row.conversation_id,
        row.created_at,
        frozenset(row.collections) if row.collections is not None else None,
    )


def opinion_of(row: FeedbackRow) -> Opinion:
    """Return the opinion of a row."""
    return Opinion(
        row.rating,
        tuple(row.reasons),
        row.correction,
        tuple(row.wrong_citations),
        row.comment,
        tuple(row.right_passages),
    )


def _feedback(row: FeedbackRow, answer: AnswerRecord | None) -> Feedback:
    return Feedback(
        row.id,
        row.answer_id,
        row.key_id,
        opinion_of(row),
        row.state,
        row.reviewed_by,
        row.created_at,
        row.updated_at,
        answer,
    )
