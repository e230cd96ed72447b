"""Feedback on answers, and its review."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.answers import StoredAnswerView
from api.schemas.common import JSON_NUMBER, Body, PageQuery, View, Words
from core.types import FeedbackState, Rating

Reason = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class OpinionBody(Body):
    """An opinion on an answer; a second one from the same key replaces the first one completely."""

    rating: Rating
    reasons: list[Reason] = Field([], max_length=10, description="Codes such as `incomplete` or `outdated`.")
    correction: Words | None = Field(None, description="What the answer should have been.")
    wrong_citations: list[Annotated[int, JSON_NUMBER]] = Field(
        [], max_length=50, description="Ids of citations that do not say this."
    )
    comment: Words | None = None


class FeedbackView(View):
    """A stored opinion and the state of its review; reviewers also get the `answer`."""

    id: str
    answer_id: str
    rating: Rating
    reasons: list[str]
    correction: str | None
    wrong_citations: list[int]
    comment: str | None
    state: FeedbackState
    reviewed_by: str | None
    created_at: datetime
    updated_at: datetime
    answer: StoredAnswerView | None = None


class FeedbackQuery(PageQuery):
    """Filters of the list of feedback."""

    state: FeedbackState | None = None
    rating: Rating | None = None
