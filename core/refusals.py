"""Why there is no answer: all reasons, and what can be asked instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RefusalCode = Literal["nothing_found", "not_answered", "question_unclear", "question_too_broad", "contradictory"]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A narrower subject to ask about: the title or a heading of a passage that the caller may see."""

    text: str
    document_id: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no answer: a stable code for programs, a message for people."""

    code: RefusalCode
    message: str
    suggestions: tuple[Suggestion, ...] = ()
