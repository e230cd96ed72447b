"""Measures the rows of words on a page: where they leave space free, and which spaces no blank between words has."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf.markers import is_marker
from ingest.readers.pdf.page.lines import rows
from ingest.readers.pdf.page.parts import Area, Word

WIDE = 1.1
"""A gap in font sizes that no blank between words has."""
_LEADERS = re.compile(r"\.{4,}|(?:\. ){3,}|…{2,}|_{4,}")
_INF = 1e6


@dataclass(slots=True)
class Row:
    """A row of words with the gaps between them."""

    words: list[Word]
    y0: float
    y1: float
    size: float
    wide: list[tuple[float, float]] = field(default_factory=list)
    free: list[tuple[float, float]] = field(default_factory=list)
    plain: bool = False
    """Whether its gaps mean nothing: code, dotted leaders."""

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def bold(self) -> bool:
        return all(word.bold for word in self.words)


def measured_rows(words: Sequence[Word], bands: Sequence[Area] = ()) -> list[Row]:
    """Return the rows of some words; code has no columns, unless bands show that it stands in a table."""
    found = [_row(each, any(band.holds(each[0].middle, each[0].base - 1) for band in bands)) for each in rows(words)]
    for above, row, below in zip([None, *found], found, [*found[1:], None], strict=False):
        if above is None or below is None or row.wide or row.plain or above.size != row.size != below.size:
            continue
        marker = row.words[1].x0 if len(row.words) > 1 and is_marker(row.words[0].text) else None
        for low, high in row.free:
            wide = 0.65 * row.size <= high - low < _INF / 2
            if high != marker and wide and all(_has_gap(each, low, high, row.size) for each in (above, below)):
                row.wide.append((low, high))
    for above, below in itertools.pairwise(found):
        left, right = sorted((above, below), key=lambda row: row.words[0].x0)
        low, high = left.words[-1].x1, right.words[0].x0
        near = below.words[0].base - above.words[0].base < 0.8 * above.size
        if near and high - low > WIDE * above.size and not (above.plain or below.plain):
            for row in (above, below):  # cells in the middle of their rows
                row.wide.append((low, high))
    return found


def _has_gap(row: Row, low: float, high: float, size: float) -> bool:
    """Return whether a row has a gap in the same place that is wider than a blank."""
    return any(
        min(high, right) - max(low, left) >= 2 and 0.65 * size <= right - left < _INF / 2 for left, right in row.free
    )


def _row(words: list[Word], banded: bool) -> Row:
    size = max(word.size for word in words)
    found = Row(words, min(w.y0 for w in words), max(w.y1 for w in words), size)
    right = words[0].x1
    plain = (all(w.mono for w in words) and not banded) or _LEADERS.search(" ".join(w.text for w in words)) is not None
    found.plain = plain
    found.free.append((-_INF, words[0].x0))
    for before, word in itertools.pairwise(words):
        if word.x0 - right >= 1.5:
            found.free.append((right, word.x0))
            marker = before is words[0] and is_marker(before.text) and len(words) > 1
            if before.lane != word.lane or (word.x0 - right > WIDE * size and not plain and not marker):
                found.wide.append((right, word.x0))
        right = max(right, word.x1)
    found.free.append((right, _INF))
    return found
