"""Text of a paragraph, gathered piece by piece: blanks collapse, and links, struck and inserted text keep their places.

Raised digits become Unicode's superscripts, so that 10 to the power of 6 is not read as 106.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from core.types import BlockKind
from ingest.blocks.nodes import Inline
from ingest.cleaning import clean, one_line

_RAISED = str.maketrans("0123456789+-−–=()ni", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻⁼⁽⁾ⁿⁱ")
_RAISABLE = re.compile(r"[0-9+\-−–=()ni]*[0-9n][0-9+\-−–=()ni]*")
_ORDINAL = re.compile(r"(?:st|nd|rd|th|er|re|e|o|a|os|as|TM|SM|®|©|\*+|†|‡)", re.IGNORECASE)


def superscript(text: str, before: str = "") -> str:
    """Return raised text as characters that stay raised: "6" after "10" is "⁶"; "^ab" where Unicode has none.

    `before` is the text that it follows. The ends of ordinals ("4th") and marks ("®") are as they are.
    """
    bare = text.strip()
    if not bare or _ORDINAL.fullmatch(bare):
        return text
    if _RAISABLE.fullmatch(bare):
        return bare.translate(_RAISED)
    return f"^{bare}" if before[-1:].isalnum() and len(bare) <= 4 and bare.isalnum() else text


@dataclass(slots=True)
class InlineText:
    """The text of one paragraph while a reader walks through its runs."""

    parts: list[str] = field(default_factory=list)
    marks: list[tuple[BlockKind, int, int, str | None]] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> None:
        """Append text; a line feed in it is a line break that the document shows."""
        if text:
            self.parts.append(text)
            self.length += len(text)

    def mark(self, kind: BlockKind, start: int, label: str | None = None) -> None:
        """Mark what was added since `length` was `start`."""
        if self.length > start:
            self.marks.append((kind, start, self.length, label))

    def taken(self, *, lines: bool = False) -> tuple[str, tuple[Inline, ...]]:
        """Return the clean text, in one line unless `lines`, and the marks in it; the gathered text is then empty."""
        raw, marks = "".join(self.parts), self.marks
        self.parts, self.marks, self.length = [], [], 0
        tidy: Callable[[str], str] = clean if lines else one_line
        if not marks:
            return tidy(raw), ()
        text, places = _tidied(raw, {at for _, start, end, _ in marks for at in (start, end)}, tidy)
        found = []
        for kind, start, end, label in sorted(marks, key=lambda mark: (mark[1], -mark[2])):
            first, last = places[start], places[end]
            while first < last and text[first].isspace():
                first += 1
            while first < last and text[last - 1].isspace():
                last -= 1
            if first < last:
                found.append(Inline(kind, first, last, label))
        return text, tuple(found)


_FLAG = "\ufdd0"
"""A code point that is no character and stands in no text."""


def _tidied(raw: str, marked: set[int], tidy: Callable[[str], str]) -> tuple[str, dict[int, int]]:
    """Return the clean text, and where in it the marked places of the raw text are."""
    order = sorted(marked)
    raw = raw.replace(_FLAG, " ")
    bounds = [0, *order, len(raw)]
    flagged = _FLAG.join(raw[start:end] for start, end in pairwise(bounds))
    text = ""
    places: list[int] = []
    for piece in tidy(flagged).split(_FLAG):
        if places and (not text or text[-1].isspace()):
            piece = piece.lstrip()
        elif piece.startswith("\n"):
            text = text.rstrip()
        text += piece
        places.append(len(text))
    text = text.rstrip()
    return text, {at: min(place, len(text)) for at, place in zip(order, places, strict=False)}
