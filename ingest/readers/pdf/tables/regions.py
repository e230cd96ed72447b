"""Finds where bands of fills or rules of one width follow one another: one table, whatever its rows hold."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise, takewhile
from typing import Protocol

from ingest.readers.pdf.page.parts import Area, Rule, Word

_SAME = 3.0
_TITLE = 1.15
_PADDING = 8.0
_MOST_OF = 0.6
_LONG = 5
_FEWEST = 3
_MOST = 2000


class RowLike(Protocol):
    """A row of words with the wide gaps between them."""

    words: list[Word]
    y0: float
    y1: float
    size: float
    wide: list[tuple[float, float]]


def regions(across: Sequence[Rule], fills: Sequence[Area], lines: Sequence[RowLike]) -> list[Area]:
    """Return the areas of tables that bands show: three or more of the same width, with only rows between them."""
    bands = joined_bands(fills)[:_MOST] + [Area(r.start, r.at, r.end, r.at) for r in across[:_MOST]]
    found: list[list[Area]] = []
    for band in sorted(bands, key=lambda each: (each.y0, each.y1)):
        for group in found[::-1]:
            last = group[-1]
            same = abs(last.x0 - band.x0) < _SAME and abs(last.x1 - band.x1) < _SAME
            if same and band.y0 - last.y1 < _reach(group) and not _is_text_between(last, band, lines):
                group.append(band)
                break
        else:
            found.append([band])
    return [_around(group) for group in found if len(group) >= _FEWEST]


def _is_text_between(above: Area, below: Area, lines: Sequence[RowLike]) -> bool:
    """Return whether a heading or a line of a paragraph stands between two bands."""
    start = bisect_left(lines, above.y1 - 1, key=lambda line: line.y0)
    inside = list(takewhile(lambda line: line.y1 < below.y0 + 2, lines[start:]))
    usual = min((line.size for line in lines[max(start - 1, 0) : start]), default=1e6)
    for line in inside:
        left, right = line.words[0].x0, line.words[-1].x1
        starts = above.x0 - 1 < left < above.x0 + _PADDING
        if line.size > _TITLE * usual and not line.wide:
            return True
        if starts and not line.wide and right - left > _MOST_OF * (above.x1 - above.x0) and len(line.words) > _LONG:
            return True
    return False


def _around(group: Sequence[Area]) -> Area:
    """Return the area of some bands, and of the row above and below them where every second row has a band."""
    steps = sorted(below.y0 - above.y1 for above, below in pairwise(group))
    step = steps[len(steps) // 2]
    heights = sorted(band.y1 - band.y0 for band in group)
    more = step if step > 4 and heights[len(heights) // 2] > 4 else 0.0
    return Area(group[0].x0, group[0].y0 - more, group[0].x1, max(band.y1 for band in group) + more)


def joined_bands(fills: Sequence[Area]) -> list[Area]:
    """Join fills that stand beside one another with the same height: the cells of a row."""
    rows: dict[tuple[int, int], list[Area]] = {}
    for fill in fills:
        rows.setdefault((round(fill.y0), round(fill.y1)), []).append(fill)
    found: list[Area] = []
    for some in rows.values():
        some.sort(key=lambda each: each.x0)
        current = some[0]
        for fill in some[1:]:
            if fill.x0 <= current.x1 + _SAME:
                current = Area(current.x0, current.y0, max(current.x1, fill.x1), current.y1, current.colour)
            else:
                found.append(current)
                current = fill
        found.append(current)
    return found


def _reach(group: Sequence[Area]) -> float:
    """Return how far below the last band the next may begin: about as far as the bands so far."""
    steps = [below.y0 - above.y0 for above, below in pairwise(group)]
    heights = [band.y1 - band.y0 for band in group]
    return max([2.5 * max(steps, default=0.0), 3.0 * max(heights), 60.0])
