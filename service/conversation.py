"""A question as part of a conversation: what it means after those before it, and its turn once it is answered.

The rule for what it means is in `generation.question.follow_up`, the rows and whose they are in
`core.store.conversations`.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.store import conversations
from core.store.database import Session
from core.types import Answer, Caller, Refusal
from generation.question.follow_up import understand
from generation.question.guard import MAX_CHARACTERS, checked_question
from service.compose import Services

NEW = "new"
"""Sent as the id of a conversation, it begins one with this question."""
POINTS_NOWHERE = Refusal(
    "question_unclear",
    "This question says nothing by itself, and nothing was asked before it in this conversation. "
    "Please name what it is about.",
)


@dataclass(frozen=True, slots=True)
class UnderstoodQuestion:
    """A question as it was understood. `standalone` is what is asked in its place, None where it is taken as typed.

    `clear` is false for one that points at something which nobody named.
    """

    typed: str
    standalone: str | None = None
    clear: bool = True

    @property
    def text(self) -> str:
        """What is asked."""
        return self.typed if self.standalone is None else self.standalone


def understood(services: Services, caller: Caller, question: str, conversation_id: str | None) -> UnderstoodQuestion:
    """Return what a question means in its conversation. Raises NotFound for another caller's conversation, Invalid."""
    if conversation_id is None:
        return UnderstoodQuestion(question)
    earlier: list[str] = []
    if conversation_id != NEW:
        with services.db.read() as session:
            days = services.settings.keep_conversations_days
            earlier = conversations.understood(conversations.turns(session, conversation_id, caller, days))
    typed = checked_question(question)
    standalone = understand(typed, earlier).question
    if standalone is None:
        return UnderstoodQuestion(typed, clear=False)
    return UnderstoodQuestion(typed, standalone if standalone != typed and len(standalone) <= MAX_CHARACTERS else None)


def refused_as_unclear(question: str) -> Answer:
    """Return the refusal of a question that points at something which nobody named."""
    versions = dict.fromkeys(("index", "prompt", "model"), "none")
    timings = {"total": 0.0}
    return Answer(question, "refused", "", (), (), 0.0, POINTS_NOWHERE, versions=versions, timings=timings)


def conversation_of(session: Session, services: Services, caller: Caller, conversation_id: str | None) -> str | None:
    """Return the id of the conversation that the answer belongs to; a new one begins here, with its first answer."""
    if conversation_id != NEW:
        return conversation_id
    return conversations.begin(session, caller, services.settings.keep_conversations_days).id


def add_turn(
    session: Session,
    services: Services,
    caller: Caller,
    conversation_id: str,
    answer_id: str,
    question: UnderstoodQuestion,
) -> None:
    """Store a turn, redacted, in the transaction that stores its answer. Raises NotFound as the store does."""
    conversations.add_turn(
        session,
        conversation_id,
        caller,
        answer_id,
        question=question.typed,
        standalone=question.standalone,
        keep_turns=services.settings.conversation_turns,
        keep_days=services.settings.keep_conversations_days,
    )


def redacted(services: Services, question: UnderstoodQuestion) -> UnderstoodQuestion:
    """Return the question as it may be stored."""
    standalone = None if question.standalone is None else services.redact(question.standalone)
    return UnderstoodQuestion(services.redact(question.typed), standalone, question.clear)
