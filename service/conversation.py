"""A question as part of a conversation: what it means after those before it, and its turn when it was answered.

The rule for what it means is in `generation.question.follow_up`, the rows and whose they are in
`core.store.conversations`.
"""

from __future__ import annotations

from dataclasses import dataclass

from api.schemas.answers import AskBody
from core.refusals import Refusal
from core.store import conversations
from core.store.database import Session
from core.types import Answer, Caller
from generation.question.follow_up import understand
from generation.question.guard import MAX_CHARACTERS, checked_question
from service.compose import Services

NEW = "new"
"""Sent as `conversation_id`, it begins a conversation with this question."""
POINTS_NOWHERE = Refusal(
    "question_unclear",
    "This question says nothing by itself, and nothing was asked before it in this conversation. "
    "Please name what it is about.",
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A question as it was understood. `standalone` is what is asked in its place, None where it is taken as typed.

    `clear` is false for one that points at something which nobody named.
    """

    typed: str
    standalone: str | None = None
    clear: bool = True

    @property
    def question(self) -> str:
        return self.typed if self.standalone is None else self.standalone


def heard(services: Services, caller: Caller, asked: AskBody) -> Heard:
    """Return what a question means in its conversation. Raises NotFound for one that is not this caller's, Invalid."""
    if asked.conversation_id is None:
        return Heard(asked.question)
    earlier: list[str] = []
    if asked.conversation_id != NEW:
        with services.db.read() as session:
            days = services.settings.keep_conversations_days
            earlier = conversations.understood(conversations.turns(session, asked.conversation_id, caller, days))
    typed = checked_question(asked.question)
    question = understand(typed, earlier).question
    if question is None:
        return Heard(typed, clear=False)
    return Heard(typed, question if question != typed and len(question) <= MAX_CHARACTERS else None)


def not_understood(question: str) -> Answer:
    """Return the refusal of a question that points at something which nobody named."""
    versions = dict.fromkeys(("index", "prompt", "model"), "none")
    timings = {"total": 0.0}
    return Answer(question, "refused", "", (), (), 0.0, POINTS_NOWHERE, versions=versions, timings=timings)


def joined_to(session: Session, services: Services, caller: Caller, asked: AskBody) -> str | None:
    """Return the id of the conversation that the answer belongs to; a new one begins here, with its first answer."""
    if asked.conversation_id != NEW:
        return asked.conversation_id
    return conversations.begin(session, caller, services.settings.keep_conversations_days).id


def keep_turn(
    session: Session, services: Services, caller: Caller, conversation_id: str, answer_id: str, said: Heard
) -> None:
    """Keep a turn, redacted, in the transaction that keeps its answer. Raises NotFound as `conversations.add_turn`."""
    conversations.add_turn(
        session,
        conversation_id,
        caller,
        answer_id,
        question=said.typed,
        standalone=said.standalone,
        keep_turns=services.settings.conversation_turns,
        keep_days=services.settings.keep_conversations_days,
    )


def redacted(services: Services, said: Heard) -> Heard:
    """Return it as it may be stored."""
    standalone = None if said.standalone is None else services.redact(said.standalone)
    return Heard(services.redact(said.typed), standalone, said.clear)
