"""What an answer tells of having been given before: a part of `core.types.Answer`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Remembered:
    """That an answer was given before: approved by a reviewer, or cached from a question of a moment ago.

    `similarity` is the cosine of both questions, 1 where they have the same words. `corrected` tells that the words
    are a person's. Of somebody else's cached question only the kind is told: what he asked is his.
    """

    kind: Literal["approved", "cached"]
    answer_id: str | None = None
    question: str | None = None
    similarity: float | None = None
    approved_by: str | None = None
    approved_at: datetime | None = None
    corrected: bool = False
