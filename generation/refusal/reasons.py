"""Why a question gets no answer although passages were found: in which order the reasons are looked for.

The reasons themselves are in `breadth`, `unread`, `support` and `contradiction`. They look at nothing but what was
found for this caller, so that none tells of what he may not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Citation, Ranked, Refusal
from generation.evidence.quotes import Scored
from generation.refusal.contradiction import disagreement
from generation.refusal.too_broad import too_broad
from generation.refusal.unclear import unreadable

NOTHING_FOUND = Refusal("nothing_found", "There is nothing on this in the documents that you can see.")
NOT_ANSWERED = Refusal(
    "not_answered", "The documents that you can see do not answer this. The closest passages are shown instead."
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no answer, and the quotes that show it: sources that disagree."""

    refusal: Refusal
    citations: tuple[Citation, ...] = ()


def reason(
    question: str, passages: Sequence[Ranked], spans: Sequence[Scored], supported: float, threshold: float
) -> Reason | None:
    """Return why the question is refused; None where its quotes are the answer. Both lists are best first."""
    if not passages:
        return Reason(NOTHING_FOUND)
    answered = bool(spans) and supported >= threshold
    if (broad := too_broad(question, passages, spans, answered=answered)) is not None:
        return Reason(broad)
    if not answered:
        return Reason(unreadable(question, [ranked.passage for ranked in passages]) or NOT_ANSWERED)
    if (opposed := disagreement(question, spans)) is not None:
        return Reason(*opposed)
    return None
