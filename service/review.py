"""Feedback on answers, and its review: nothing is learned from feedback before a reviewer approves it.

Approved feedback goes on to `learning.dataset` and `learning.answer_cache`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.errors import Invalid
from core.store import journal
from core.store.access import audit
from core.store.database import Session
from core.store.journal import Feedback, Opinion, Pick
from core.store.learned.answer_cache import CachedAnswer
from core.store.reading import hydrate
from core.types import Answer, Caller, FeedbackState, Filters, Json
from learning.answer_cache.cache import delete_unapproved, store_approved
from learning.answer_cache.recall import is_correction, revalidate
from service.compose import Services


def give_feedback(
    services: Services, caller: Caller, answer_id: str, opinion: Opinion, picks: Sequence[Pick] = ()
) -> Feedback:
    """Store an opinion, redacted; it replaces the same caller's earlier one. Raises NotFound, Invalid.

    An answer that is rated down is no longer given from the cache. Only passages that the caller may read now can be
    picked.
    """
    redacted = replace(
        opinion,
        correction=services.redact(opinion.correction) if opinion.correction else None,
        comment=services.redact(opinion.comment) if opinion.comment else None,
    )
    with services.db.write() as session:
        picked = replace(redacted, right_passages=_picked(session, caller, picks))
        given = journal.give_feedback(session, answer_id, caller, picked)
        if given.answer is not None and opinion.rating == "down":
            delete_unapproved(session, given.answer.question)
    return given


def answer_if_approved(session: Session, caller: Caller, feedback: Feedback) -> Answer | None:
    """Return what the same question is answered once this correction is approved, as `caller` gets it.

    None if the opinion corrects nothing, or if what it says cannot be quoted for this caller.
    """
    answer = feedback.answer
    if answer is None or not is_correction(feedback.opinion):
        return None
    as_asked = Filters(answer.collections or frozenset())
    approved = CachedAnswer(0, answer, feedback.opinion)
    return revalidate(session, approved, caller, answer.question, mode="auto", filters=as_asked, similarity=1.0)


def review(services: Services, caller: Caller, feedback_id: str, state: FeedbackState) -> Feedback:
    """Approve or reject an opinion; an approval takes effect at once. Raises NotFound, Conflict."""
    with services.db.write() as session:
        feedback = journal.review_feedback(session, feedback_id, caller, state)
        remembered = state == "approved" and store_approved(session, feedback, caller)
        picked = len(feedback.opinion.right_passages)
        detail = {"answer": feedback.answer_id, "remembered": remembered} | ({"picked": picked} if picked else {})
        audit.record(session, caller, f"feedback.{state}", feedback_id, **detail)
    return feedback


def edit(
    services: Services, caller: Caller, feedback_id: str, correction: str | None, picks: Sequence[Pick] | None = None
) -> Feedback:
    """Replace a correction, redacted, and its picked passages unless None; it waits for review then.

    Raises NotFound, Invalid.
    """
    words = services.redact(correction) if correction else None
    with services.db.write() as session:
        picked = None if picks is None else _picked(session, caller, picks)
        edited = journal.edit_feedback(session, feedback_id, caller, correction=words, right_passages=picked)
        detail = {"answer": edited.answer_id, "correction": bool(words)}
        audit.record(session, caller, "feedback.edited", feedback_id, **detail)
    return edited


def _picked(session: Session, caller: Caller, picks: Sequence[Pick]) -> tuple[dict[str, Json], ...]:
    """Return references to what was picked, as it is now. Raises Invalid."""
    found = hydrate(session, caller, [pick.chunk_id for pick in picks])
    references = []
    for pick in dict.fromkeys(picks):
        passage = found.get(pick.chunk_id)
        if passage is None:
            raise Invalid(
                f"right_passages has chunk {pick.chunk_id}, which is in no document that this key may read now.",
                hint="Its document may have a new version: pick the passage there.",
            )
        start, end = pick.start or 0, len(passage.text) if pick.end is None else pick.end
        if end > len(passage.text) or not passage.text[start:end].strip():
            raise Invalid(
                f"right_passages has {start} to {end} of chunk {pick.chunk_id}, where no text is.",
                hint=f"The passage has {len(passage.text)} characters; leave both out to pick all of it.",
            )
        references.append(
            {
                "chunk_id": passage.chunk_id,
                "document_id": passage.document_id,
                "version": passage.version,
                "sha256": passage.sha256,
                "start": start if (pick.start, pick.end) != (None, None) else None,
                "end": end if (pick.start, pick.end) != (None, None) else None,
            }
        )
    return tuple(references)
