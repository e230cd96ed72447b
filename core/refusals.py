"""Why there is no answer: the reasons that there are, and what may be asked instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RefusalCode = Literal["nothing_found", "not_answered", "question_unclear", "question_too_broad", "contradictory"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something narrower that could be asked: a title or heading of a passage that the caller may see."""

    text: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer: a stable code for programs and a sentence for people."""

    code: RefusalCode
    message: str
    suggestions: tuple[Suggestion, ...] = ()
