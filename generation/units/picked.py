"""Units of what a person picked: the parts of a passage in a place, as the steps, rows, code or sentences they are.

Nothing is left out for its length, and nothing of other passages is added.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.ports import UNREAD
from core.types import Passage, Ranked
from generation.evidence.parts import parts
from generation.evidence.reading import ReadPart, ReadPassage
from generation.units.compose import drafts
from generation.units.draft import Draft

PICKED = 10.0
"""The logit of a part that a person picked: surer than any that was read."""


def picked(passage: Passage, start: int, end: int) -> tuple[Draft, ...]:
    """Return the drafts of the parts that overlap `passage.text[start:end]`, in reading order."""
    every = parts(passage.text, passage.blocks, code=passage.kind == "code")
    read = tuple(ReadPart(part, PICKED if part.start < end and part.end > start else UNREAD) for part in every)
    chosen = tuple(each for each in read if each.logit == PICKED)
    return tuple(drafts(ReadPassage(Ranked(passage, 1.0), 0, 1.0, PICKED, PICKED, read), chosen, _alone))


def _alone(passage: Passage, before: int, after: int) -> Sequence[Passage]:
    """Return the passage without those around it, as nobody picked them."""
    return (passage,)
