"""What a chat asks: the last user message, read against the user messages before it.

Programs send the whole chat each time, so nothing is stored here; `service.conversation` keeps conversations of
`/v1/answers` and both read follow-ups by the rule in `generation.question.follow_up`. What the assistant said is not
read: only callers' own words are carried over.
"""

from __future__ import annotations

from collections.abc import Sequence

from api.openai.requests import ChatMessage
from core.errors import Invalid
from generation.question.follow_up import understand
from generation.question.guard import MAX_CHARACTERS, checked_question

LOOKED_BACK = 20
"""User messages before the last one that are read."""


def standalone(messages: Sequence[ChatMessage]) -> str | None:
    """Return the question that a follow-up stands for; None where the last user message is taken as it is."""
    *before, last = [message.content for message in messages if message.role == "user"][-LOOKED_BACK - 1 :]
    earlier: list[str] = []
    for text in before:
        if (said := _question(text)) is not None:
            earlier.append(understand(said, earlier).question or said)
    typed = _question(last)
    meant = understand(typed, earlier).question if typed is not None and earlier else None
    return meant if meant is not None and meant != typed and len(meant) <= MAX_CHARACTERS else None


def _question(text: str) -> str | None:
    """Return a message as a question, None for one that is none: whatever else was said before is no matter here."""
    try:
        return checked_question(text)
    except Invalid:
        return None
