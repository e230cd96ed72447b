"""Routes for reviewers: list feedback, approve or reject it. Nothing is learned from feedback before its approval."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.answering import stored_view
from api.auth import Reviewer
from api.deps import ServicesDep
from api.reference import problems
from api.schemas.answers import StoredAnswerView
from api.schemas.common import PageView, page_view
from api.schemas.feedback import FeedbackQuery, FeedbackView
from core.store import journal
from core.store.journal import Feedback
from service.review import review

router = APIRouter(prefix="/v1/feedback", tags=["feedback"])


@router.get("")
def list_feedback(
    query: Annotated[FeedbackQuery, Query()], services: ServicesDep, caller: Reviewer
) -> PageView[FeedbackView]:
    """List feedback with its answers, newest first."""
    with services.db.read() as session:
        page = journal.list_feedback(
            session, state=query.state, rating=query.rating, limit=query.limit, cursor=query.cursor
        )
        answers = [stored_view(session, item.answer, caller) if item.answer else None for item in page.data]
    views = [_with_answer(item, answer) for item, answer in zip(page.data, answers, strict=True)]
    return page_view(page, views)


@router.post("/{feedback_id}:approve", responses=problems(404, 409))
def approve(feedback_id: str, services: ServicesDep, caller: Reviewer) -> FeedbackView:
    """Approve feedback: it becomes training data, and its answer is given again to the same question.

    Approving it twice is a conflict.
    """
    return feedback_view(review(services, caller, feedback_id, "approved"))


@router.post("/{feedback_id}:reject", responses=problems(404, 409))
def reject(feedback_id: str, services: ServicesDep, caller: Reviewer) -> FeedbackView:
    """Reject feedback: nothing is learned from it, and its answer is not given again.

    Rejecting it twice is a conflict.
    """
    return feedback_view(review(services, caller, feedback_id, "rejected"))


def _with_answer(item: Feedback, answer: StoredAnswerView | None) -> FeedbackView:
    """Return the view with its answer; hide texts that may quote documents which this reviewer may not read."""
    hidden = {"correction": None, "comment": None} if answer is not None and answer.withdrawn else {}
    return feedback_view(item).model_copy(update={"answer": answer, **hidden})


def feedback_view(feedback: Feedback) -> FeedbackView:
    """Return the view of stored feedback, without its answer."""
    opinion = feedback.opinion
    return FeedbackView(
        id=feedback.id,
        answer_id=feedback.answer_id,
        rating=opinion.rating,
        reasons=list(opinion.reasons),
        correction=opinion.correction,
        wrong_citations=list(opinion.wrong_citations),
        comment=opinion.comment,
        state=feedback.state,
        reviewed_by=feedback.reviewed_by,
        created_at=feedback.created_at,
        updated_at=feedback.updated_at,
    )
