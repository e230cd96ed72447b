"""Feedback on answers, and its review."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.answers import CitationView, StoredAnswerView
from api.schemas.common import JSON_NUMBER, Body, PageQuery, View, Words
from api.schemas.units import UnitView
from core.store.journal import Pick
from core.types import FeedbackReason, FeedbackState, Rating

Offset = Annotated[int, Field(ge=0), JSON_NUMBER]


class RightPassageBody(Body):
    """A passage that answers: characters `start` to `end` of its text, or all of it without them."""

    chunk_id: Annotated[int, Field(ge=0, le=2**63 - 1), JSON_NUMBER]
    start: Offset | None = None
    end: Offset | None = None

    def as_pick(self) -> Pick:
        return Pick(self.chunk_id, self.start, self.end)


class OpinionBody(Body):
    """An opinion on an answer; a second one from the same key replaces the first one completely."""

    rating: Rating
    reasons: list[FeedbackReason] = Field([], max_length=8, description="What is wrong with the answer.")
    correction: Words | None = Field(None, description="What the answer should have been.")
    wrong_citations: list[Annotated[int, JSON_NUMBER]] = Field(
        [], max_length=50, description="Ids of citations that do not say this."
    )
    right_passages: list[RightPassageBody] = Field(
        [], max_length=8, description="Passages that answer the question. This key must be able to read them now."
    )
    comment: Words | None = None


class EditBody(Body):
    """What a reviewer makes of a correction; without `right_passages` those that were picked stay."""

    correction: Words | None = None
    right_passages: list[RightPassageBody] | None = Field(None, max_length=8)


class IfApprovedView(View):
    """The answer to the same question from an approval on, as the reviewer would get it; a part of an AnswerView."""

    text: str
    units: list[UnitView]
    citations: list[CitationView]


class RightPassageView(View):
    """A passage that was picked, and the version of its document; without `start` and `end` all of it."""

    chunk_id: int
    document_id: str
    version: int
    start: int | None
    end: int | None


class FeedbackView(View):
    """A stored opinion and the state of its review.

    Reviewers also get the `answer`, and `right_citations`: what was picked, if it is unchanged and they may read it;
    then `right_passages` has it, too. `if_approved` is null if approving changes no answer, or if nothing supports the
    correction.
    """

    id: str
    answer_id: str
    rating: Rating
    reasons: list[str]
    correction: str | None
    wrong_citations: list[int]
    right_passages: list[RightPassageView]
    comment: str | None
    state: FeedbackState
    reviewed_by: str | None
    created_at: datetime
    updated_at: datetime
    answer: StoredAnswerView | None = None
    right_citations: list[CitationView] = Field(default=[])
    if_approved: IfApprovedView | None = None


class FeedbackQuery(PageQuery):
    """Filters of the list of feedback."""

    state: FeedbackState | None = None
    rating: Rating | None = None
