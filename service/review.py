"""Feedback on answers, and its review: nothing is learned from feedback before a reviewer approves it.

Approved feedback goes on to `learning.dataset` and `learning.answer_cache`.
"""

from __future__ import annotations

from dataclasses import replace

from core.store import journal
from core.store.access import audit
from core.store.journal import Feedback, Opinion
from core.types import Caller, FeedbackState
from learning.answer_cache.cache import delete_unapproved, store_approved
from service.compose import Services


def give_feedback(services: Services, caller: Caller, answer_id: str, opinion: Opinion) -> Feedback:
    """Store an opinion, redacted; it replaces the same caller's earlier one. Raises NotFound, Invalid.

    An answer that is rated down is no longer given from the cache.
    """
    redacted = replace(
        opinion,
        correction=services.redact(opinion.correction) if opinion.correction else None,
        comment=services.redact(opinion.comment) if opinion.comment else None,
    )
    with services.db.write() as session:
        given = journal.give_feedback(session, answer_id, caller, redacted)
        if given.answer is not None and opinion.rating == "down":
            delete_unapproved(session, given.answer.question)
    return given


def review(services: Services, caller: Caller, feedback_id: str, state: FeedbackState) -> Feedback:
    """Approve or reject an opinion; an approval takes effect at once. Raises NotFound, Conflict."""
    with services.db.write() as session:
        feedback = journal.review_feedback(session, feedback_id, caller, state)
        remembered = state == "approved" and store_approved(session, feedback, caller)
        detail = {"answer": feedback.answer_id, "remembered": remembered}
        audit.record(session, caller, f"feedback.{state}", feedback_id, **detail)
    return feedback
