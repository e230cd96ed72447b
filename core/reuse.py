"""Where a reused answer comes from: a part of `core.types.Answer`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class ReusedFrom:
    """The origin of a reused answer: one that a reviewer approved, or a recent one from the cache.

    `similarity` is the cosine of both questions, 1 for the same words. `corrected` says that a person wrote the text.
    If another caller asked the cached question, only `kind` is set: the question is private to that caller.
    """

    kind: Literal["approved", "cached"]
    answer_id: str | None = None
    question: str | None = None
    similarity: float | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    corrected: bool = False
