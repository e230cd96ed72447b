"""Routes for reviewers: list feedback, approve or reject it. Nothing is learned from feedback before its approval."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.answering import stored_view
from api.auth import Reviewer
from api.deps import ServicesDep
from api.reference import problems
from api.schemas.answers import answer_view, citation_view
from api.schemas.common import PageView, page_view
from api.schemas.feedback import EditBody, FeedbackQuery, FeedbackView, IfApprovedView, RightPassageView
from core.store import journal
from core.store.database import Session
from core.store.journal import Feedback
from core.types import Caller
from learning.answer_cache.recall import right_citations
from service.compose import Services
from service.review import answer_if_approved, edit, review

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
        views = [_with_answer(session, caller, item) for item in page.data]
    return page_view(page, views)


@router.post("/{feedback_id}:approve", responses=problems(404, 409))
def approve(feedback_id: str, services: ServicesDep, caller: Reviewer) -> FeedbackView:
    """Approve feedback: it becomes training data, and its answer or correction is given to the same question at once.

    Approving it twice is a conflict.
    """
    return _reviewed(services, caller, review(services, caller, feedback_id, "approved"))


@router.post("/{feedback_id}:reject", responses=problems(404, 409))
def reject(feedback_id: str, services: ServicesDep, caller: Reviewer) -> FeedbackView:
    """Reject feedback: nothing is learned from it, and its answer is not given again.

    Rejecting it twice is a conflict.
    """
    return _reviewed(services, caller, review(services, caller, feedback_id, "rejected"))


@router.post("/{feedback_id}:edit", responses=problems(404))
def edit_feedback(feedback_id: str, body: EditBody, services: ServicesDep, caller: Reviewer) -> FeedbackView:
    """Replace the correction of feedback before it is approved. It waits for review then, also if it was approved."""
    picks = None if body.right_passages is None else [each.as_pick() for each in body.right_passages]
    edited = edit(services, caller, feedback_id, body.correction, picks)
    with services.db.read() as session:
        return _with_answer(session, caller, edited)


def _reviewed(services: Services, caller: Caller, feedback: Feedback) -> FeedbackView:
    with services.db.read() as session:
        return _readable(session, caller, feedback)


def _readable(session: Session, caller: Caller, feedback: Feedback) -> FeedbackView:
    """Return the view with what was picked, as this reviewer may read it; without it if they may not."""
    right = right_citations(session, feedback.opinion, caller)
    view = feedback_view(feedback)
    update = {"right_citations": [citation_view(each) for each in right]}
    return view.model_copy(update=update if right else {"right_passages": []})


def _with_answer(session: Session, caller: Caller, item: Feedback) -> FeedbackView:
    """Return the view with its answer; hide texts that may quote documents which this reviewer may not read."""
    answer = stored_view(session, item.answer, caller) if item.answer else None
    view = _readable(session, caller, item)
    if answer is not None and answer.withdrawn:
        return view.model_copy(update={"answer": answer, "correction": None, "comment": None})
    return view.model_copy(update={"answer": answer, "if_approved": _if_approved(session, caller, item)})


def _if_approved(session: Session, caller: Caller, item: Feedback) -> IfApprovedView | None:
    answer = answer_if_approved(session, caller, item)
    if answer is None:
        return None
    return IfApprovedView.model_validate(answer_view(item.answer_id, answer, {}), from_attributes=True)


def feedback_view(feedback: Feedback) -> FeedbackView:
    """Return the view of stored feedback, without its answer and without any text of a document."""
    opinion = feedback.opinion
    return FeedbackView(
        id=feedback.id,
        answer_id=feedback.answer_id,
        rating=opinion.rating,
        reasons=list(opinion.reasons),
        correction=opinion.correction,
        wrong_citations=list(opinion.wrong_citations),
        right_passages=[RightPassageView.model_validate(each) for each in opinion.right_passages],
        comment=opinion.comment,
        state=feedback.state,
        reviewed_by=feedback.reviewed_by,
        created_at=feedback.created_at,
        updated_at=feedback.updated_at,
    )
