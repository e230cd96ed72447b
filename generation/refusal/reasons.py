"""Why a question is refused: the order in which the reasons are checked.

The reasons are in `absent`, `too_broad`, `unclear`, `support` and `contradiction`. They use only what was found for
this caller, so that none reveals what they may not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.types import Citation, Ranked, Refusal
from generation.evidence.reading import Evidence
from generation.refusal.absent import absent, which
from generation.refusal.contradiction import disagreement
from generation.refusal.too_broad import too_broad
from generation.refusal.unclear import unclear

NOTHING_FOUND = Refusal("nothing_found", "There is nothing on this in the documents that you can see.")
NOT_ANSWERED = Refusal(
    "not_answered", "The documents that you can see do not answer this. The closest passages are shown instead."
)


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a question is refused, with the quotes of sources that disagree."""

    refusal: Refusal
    citations: tuple[Citation, ...] = ()


def reason(
    question: str, passages: Sequence[Ranked], evidence: Evidence, supported: float, threshold: float
) -> Reason | None:
    """Return why the question is refused, None if it is answered. Passages and evidence are best first."""
    if not passages:
        return Reason(NOTHING_FOUND)
    if (missing := absent(question, evidence, passages)) is not None:
        return Reason(missing)
    answered = bool(evidence.passages) and supported >= threshold
    if (broad := too_broad(question, passages, evidence)) is not None:
        return Reason(broad)
    if not answered:
        return Reason(unclear(question, [ranked.passage for ranked in passages]) or NOT_ANSWERED)
    if (several := which(question, evidence)) is not None:
        return Reason(several)
    if (opposed := disagreement(question, evidence)) is not None:
        return Reason(*opposed)
    return None
