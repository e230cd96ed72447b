"""What people think of answers, and what reviewers see of it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.answers import KeptAnswerView
from api.schemas.common import Body, PageQuery, View, Words
from core.types import FeedbackState, Rating

Reason = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class OpinionBody(Body):
    """An opinion; sent again by the same key it takes the earlier one's place, whole."""

    rating: Rating
    reasons: list[Reason] = Field([], max_length=10, description="Codes such as `incomplete` or `outdated`.")
    correction: Words | None = Field(None, description="What the answer should have been.")
    wrong_citations: list[int] = Field([], max_length=50, description="Ids of citations that do not say this.")
    comment: Words | None = None


class FeedbackView(View):
    """An opinion on file and where its review stands; `answer` is there for reviewers."""

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
    answer: KeptAnswerView | None = None


class FeedbackQuery(PageQuery):
    """Which feedback."""

    state: FeedbackState | None = None
    rating: Rating | None = None
