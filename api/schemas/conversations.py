"""Conversations."""

from __future__ import annotations

from datetime import datetime

from api.schemas.answers import Status
from api.schemas.common import Body, View


class ConversationBody(Body):
    """A new conversation: there is nothing to say about it yet."""


class ConversationView(View):
    """A conversation's card. `turn_count` counts the turns that are kept; `expires_at` moves on with each question."""

    id: str
    turn_count: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


class TurnView(View):
    """A question as it was typed, and as it was understood where that differs; and what it was answered.

    `text` is empty, and `withdrawn` true, when a document that the answer quoted is gone or may not be seen now.
    """

    question: str
    standalone_question: str | None
    answer_id: str
    status: Status
    text: str
    withdrawn: bool
    created_at: datetime


class WholeConversationView(ConversationView):
    """A conversation with the turns that are kept, oldest first."""

    turns: list[TurnView]
