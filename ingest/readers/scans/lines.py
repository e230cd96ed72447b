"""Puts the words of a page into rows of segments: words next to one another without a wide gap.

Works on levelled words. What rows mean together is found in `ingest.readers.scans.order`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from ingest.blocks.items import NUMBER
from ingest.readers.scans.rules import Grid
from ingest.readers.scans.words import Word

_SAME_ROW = 0.45
"""Of the height of the type: how far the middles of words in one row are apart at most."""
_WIDE = 1.0
"""Of the height of the type: a gap that is wider separates two segments."""
LIKE_BULLET = re.compile(r"[•▪◦‣●○■□▶►➢✓✔·–—*+«»©®°¢eo-]\s+(?=\S)")
"""What OCR makes of bullets; some are also words."""
MISREAD_NUMBER = re.compile(r"(\d{1,2})[,:;]\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Segment:
    """Words in a row without a wide gap, or a ruled table that stands in their place."""

    words: tuple[Word, ...]
    x0: float
    y0: float
    x1: float
    y1: float
    grid: Grid | None = None

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    @property
    def size(self) -> float:
        return median(word.size or word.y1 - word.y0 for word in self.words) if self.words else 0.0

    @property
    def middle(self) -> float:
        return (self.y0 + self.y1) / 2


Row = list[Segment]


def around(words: Sequence[Word]) -> Segment:
    """Return the segment of words."""
    return Segment(
        tuple(words), min(w.x0 for w in words), min(w.y0 for w in words), max(w.x1 for w in words),
        max(w.y1 for w in words),
    )  # fmt: skip


def rows_of(segments: Iterable[Segment]) -> list[Row]:
    """Return the rows of a page or of a part of it, from top to bottom; a ruled table is a row."""
    grids: list[Row] = []
    words: list[Word] = []
    for segment in segments:
        if segment.grid is not None:
            grids.append([segment])
        words.extend(segment.words)
    rows = [_segments(row) for row in _rows(words)] + grids
    return sorted(rows, key=lambda row: min(segment.y0 for segment in row))


def _rows(words: Sequence[Word]) -> list[list[Word]]:
    rows: list[list[Word]] = []
    middles: list[float] = []
    for word in sorted(words, key=lambda each: each.middle):
        reach = _SAME_ROW * (word.size or word.y1 - word.y0)
        near = [at for at in range(max(0, len(rows) - 3), len(rows)) if abs(middles[at] - word.middle) <= reach]
        if near:
            at = min(near, key=lambda each: abs(middles[each] - word.middle))
            middles[at] += (word.middle - middles[at]) / (len(rows[at]) + 1)
            rows[at].append(word)
        else:
            rows.append([word])
            middles.append(word.middle)
    return rows


def _segments(row: list[Word]) -> Row:
    """Cut a row at wide gaps; a number or bullet stays with the text of its item."""
    row.sort(key=lambda each: each.x0)
    size = median(word.size or word.y1 - word.y0 for word in row)
    found: list[list[Word]] = []
    for word in row:
        if found and word.x0 - max(each.x1 for each in found[-1]) <= (
            4 * size if _is_mark(found[-1]) else _WIDE * size
        ):
            found[-1].append(word)
        else:
            found.append([word])
    return [around(words) for words in found]


def _is_mark(words: Sequence[Word]) -> bool:
    text = words[0].text + " x"
    return len(words) == 1 and (NUMBER.match(text) or MISREAD_NUMBER.match(text) or LIKE_BULLET.match(text)) is not None
