"""Conversations: a caller's questions in order, as typed and as understood, with their answers.

A conversation belongs to its caller alone: for everyone else, also for administrators, it does not exist. It stores its
newest turns and expires some days after the last one. A turn is deleted with its answer, so no text of a forgotten
document stays here. `generation.question.follow_up` decides how a question is understood.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import NotFound
from core.ids import new_id
from core.paging import Page, checked_limit, decode, page_of
from core.store.journal import AnswerRecord, answer_record
from core.store.tables import AnswerRow, ConversationRow, TurnRow
from core.types import Caller


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation without its turns: `turns` counts the stored ones, each question moves `expires_at`."""

    id: str
    turns: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and its answer. `standalone` is the question that was asked instead; None if it was asked unchanged.

    Both texts are redacted.
    """

    question: str
    standalone: str | None
    answer: AnswerRecord

    @property
    def understood(self) -> str:
        return self.question if self.standalone is None else self.standalone


def begin(session: Session, caller: Caller, keep_days: int) -> Conversation:
    """Create a conversation of this caller."""
    at = now()
    row = ConversationRow(id=new_id("conv"), key_id=caller.key_id, created_at=at, updated_at=at)
    session.add(row)
    session.flush()
    return _card(row, 0, keep_days)


def get(session: Session, conversation_id: str, caller: Caller, keep_days: int) -> Conversation:
    """Return the caller's own conversation. Raises NotFound, also for one of another caller and for an expired one."""
    row = _owned(session, conversation_id, caller, keep_days)
    counted = select(func.count()).where(TurnRow.conversation_id == row.id)
    return _card(row, session.scalar(counted) or 0, keep_days)


def list_own(
    session: Session, caller: Caller, keep_days: int, *, limit: int = 50, cursor: str | None = None
) -> Page[Conversation]:
    """Return a page of the caller's conversations, newest first. Raises Invalid for a bad limit or cursor."""
    counted = select(func.count()).where(TurnRow.conversation_id == ConversationRow.id).scalar_subquery()
    query = select(ConversationRow, counted).where(
        ConversationRow.key_id == caller.key_id, ConversationRow.updated_at >= _oldest(keep_days)
    )
    if after := decode(cursor):
        query = query.where(ConversationRow.id < after)
    query = query.order_by(ConversationRow.id.desc()).limit(checked_limit(limit) + 1)
    found = [_card(row, count, keep_days) for row, count in session.execute(query)]
    return page_of(found, [each.id for each in found], limit)


def turns(session: Session, conversation_id: str, caller: Caller, keep_days: int) -> list[Turn]:
    """Return the stored turns, oldest first. Raises NotFound as `get` does."""
    row = _owned(session, conversation_id, caller, keep_days)
    query = (
        select(TurnRow, AnswerRow)
        .join(AnswerRow, AnswerRow.id == TurnRow.answer_id)
        .where(TurnRow.conversation_id == row.id)
        .order_by(TurnRow.answer_id)
    )
    return [Turn(turn.question, turn.standalone, answer_record(answer)) for turn, answer in session.execute(query)]


def add_turn(
    session: Session,
    conversation_id: str,
    caller: Caller,
    answer_id: str,
    *,
    question: str,
    standalone: str | None,
    keep_turns: int,
    keep_days: int,
) -> None:
    """Store a turn and delete the oldest ones beyond `keep_turns`.

    Its texts must be redacted, and its answer must be in the session. Raises NotFound, also for a conversation that was
    deleted while the question was answered.
    """
    row = _owned(session, conversation_id, caller, keep_days, lock=True)
    row.updated_at = now()
    session.flush()  # the answer first: the turn refers to it
    session.add(TurnRow(answer_id=answer_id, conversation_id=row.id, question=question, standalone=standalone))
    session.flush()
    ids = select(TurnRow.answer_id).where(TurnRow.conversation_id == row.id).order_by(TurnRow.answer_id.desc())
    if excess := list(session.scalars(ids.offset(keep_turns))):
        session.execute(delete(TurnRow).where(TurnRow.answer_id.in_(excess)))


def erase(session: Session, conversation_id: str, caller: Caller, keep_days: int) -> None:
    """Delete a conversation with all its questions and answers, also of turns that are no longer stored.

    Raises NotFound.
    """
    row = _owned(session, conversation_id, caller, keep_days, lock=True)
    own = (AnswerRow.conversation_id == row.id, AnswerRow.key_id == caller.key_id)
    session.execute(delete(AnswerRow).where(*own))
    session.execute(delete(ConversationRow).where(ConversationRow.id == row.id))


def delete_expired(session: Session, keep_days: int) -> int:
    """Delete conversations without a question for `keep_days`; return how many. Their answers stay."""
    result = session.execute(delete(ConversationRow).where(ConversationRow.updated_at < _oldest(keep_days)))
    return result.rowcount if isinstance(result, CursorResult) else 0


def understood(turns: Sequence[Turn]) -> list[str]:
    """Return the questions as they were understood, in order: the context of a follow-up."""
    return [turn.understood for turn in turns]


def _owned(
    session: Session, conversation_id: str, caller: Caller, keep_days: int, *, lock: bool = False
) -> ConversationRow:
    row = session.get(ConversationRow, conversation_id, with_for_update=lock or None)
    if row is None or row.key_id != caller.key_id or row.updated_at < _oldest(keep_days):
        raise NotFound(f"There is no conversation {conversation_id!r}.", hint="Create one with POST /v1/conversations.")
    return row


def _oldest(keep_days: int) -> datetime:
    return now() - timedelta(days=keep_days)


def _card(row: ConversationRow, count: int, keep_days: int) -> Conversation:
    expires = row.updated_at + timedelta(days=keep_days)
    return Conversation(row.id, count, row.created_at, row.updated_at, expires)
