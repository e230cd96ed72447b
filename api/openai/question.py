"""The question of a chat: the last user message, understood with the user messages before it.

Programs send the whole chat each time, so nothing is stored here. `service.conversation` stores the conversations of
`/v1/answers`; both understand follow-ups by the rule in `generation.question.follow_up`. The assistant's messages are
not read: only the callers' own words are carried over.
"""

from __future__ import annotations

from collections.abc import Sequence

from api.openai.requests import ChatMessage
from core.errors import Invalid
from generation.question.follow_up import understand
from generation.question.guard import MAX_CHARACTERS, checked_question

MAX_EARLIER = 20
"""User messages before the last one that are read."""


def standalone_question(messages: Sequence[ChatMessage]) -> str | None:
    """Return a follow-up as a question that needs no context; None if the last user message is asked as it is."""
    *before, last = [message.content for message in messages if message.role == "user"][-MAX_EARLIER - 1 :]
    earlier: list[str] = []
    for text in before:
        if (question := _question(text)) is not None:
            earlier.append(understand(question, earlier).question or question)
    typed = _question(last)
    meant = understand(typed, earlier).question if typed is not None and earlier else None
    return meant if meant is not None and meant != typed and len(meant) <= MAX_CHARACTERS else None


def _question(text: str) -> str | None:
    """Return a message as a question; None if it is not one, because then it does not matter for the follow-up."""
    try:
        return checked_question(text)
    except Invalid:
        return None
