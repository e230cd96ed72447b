"""A question as part of a conversation: what it means after the earlier questions, and its turn once it is answered.

The rule for what a follow-up means is in `generation.question.follow_up`. The rows, and who may read them, are in
`core.store.conversations`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.store import conversations
from core.store.conversations import Turn
from core.store.database import Session
from core.types import Answer, Caller, Refusal
from generation.question.follow_up import understand
from generation.question.guard import MAX_CHARACTERS, checked_question
from service.compose import Services

NEW = "new"
"""The conversation id that begins a conversation with this question."""
UNCLEAR = Refusal(
    "question_unclear",
    "This question is unclear by itself, and nothing was asked before it in this conversation. "
    "Please name what it is about.",
)


@dataclass(frozen=True, slots=True)
class UnderstoodQuestion:
    """A question as it was understood. `standalone` is the question that replaces it, None if it is asked as typed.

    `clear` is false for a question that refers to something that was never named.
    """

    typed: str
    standalone: str | None = None
    clear: bool = True

    @property
    def text(self) -> str:
        """The question to answer."""
        return self.typed if self.standalone is None else self.standalone


def understand_question(
    services: Services, caller: Caller, question: str, conversation_id: str | None
) -> UnderstoodQuestion:
    """Return what a question means in its conversation. Raises NotFound for another caller's conversation, Invalid."""
    if conversation_id is None:
        return UnderstoodQuestion(question)
    turns: Sequence[Turn] = ()
    if conversation_id != NEW:
        with services.db.read() as session:
            turns = conversations.turns(session, conversation_id, caller, services.settings.keep_conversations_days)
    typed = checked_question(question)
    standalone = understand(typed, conversations.understood(turns), asked_back=_asked_back(turns)).question
    if standalone is None:
        return UnderstoodQuestion(typed, clear=False)
    return UnderstoodQuestion(typed, standalone if standalone != typed and len(standalone) <= MAX_CHARACTERS else None)


def _asked_back(turns: Sequence[Turn]) -> bool:
    """Return whether the last answer was a question back: "That depends on which one is meant"."""
    refusal = turns[-1].answer.body.get("refusal") if turns else None
    return isinstance(refusal, Mapping) and refusal.get("code") == "question_too_broad"


def refuse_unclear(question: str) -> Answer:
    """Return the refusal of a question that refers to something that was never named."""
    versions = dict.fromkeys(("index", "prompt", "model"), "none")
    timings = {"total": 0.0}
    return Answer(question, "refused", "", (), (), 0.0, UNCLEAR, versions=versions, timings=timings)


def conversation_for(session: Session, services: Services, caller: Caller, conversation_id: str | None) -> str | None:
    """Return the id of the answer's conversation; begin the conversation if the id is `new`."""
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
    """Store a turn in the transaction that stores its answer; `question` is redacted. Raises NotFound as the store."""
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


def redact_question(services: Services, question: UnderstoodQuestion) -> UnderstoodQuestion:
    """Return the question as it may be stored."""
    standalone = None if question.standalone is None else services.redact(question.standalone)
    return UnderstoodQuestion(services.redact(question.typed), standalone, question.clear)
