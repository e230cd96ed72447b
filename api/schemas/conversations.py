"""Conversations."""

from __future__ import annotations

from datetime import datetime

from api.schemas.answers import Status
from api.schemas.common import Body, View


class ConversationBody(Body):
    """A new conversation; it has no fields yet."""


class ConversationView(View):
    """A conversation. `turn_count` is the number of stored turns; each question moves `expires_at`."""

    id: str
    turn_count: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime


class TurnView(View):
    """A question as it was typed, as it was understood if that differs, and its answer.

    `text` is empty and `withdrawn` true when a document that the answer quotes is deleted or this key may not see it.
    """

    question: str
    standalone_question: str | None
    answer_id: str
    status: Status
    text: str
    withdrawn: bool
    created_at: datetime


class WholeConversationView(ConversationView):
    """A conversation with its stored turns, oldest first."""

    turns: list[TurnView]
