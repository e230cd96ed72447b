"""Finds where bands of fills or rules of one width follow one another: one table, whatever its rows hold."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Protocol

from ingest.readers.pdf.page.parts import Area, Rule

_SAME = 3.0
_TITLE = 1.15
_FEWEST = 3
_MOST = 2000


class Titled(Protocol):
    """A line with the size of its type."""

    @property
    def y0(self) -> float: ...
    @property
    def y1(self) -> float: ...
    @property
    def size(self) -> float: ...


def regions(across: Sequence[Rule], fills: Sequence[Area]) -> list[Area]:
    """Return the areas of tables that bands show: three or more of the same width, not far from one another."""
    bands = _bands(fills)[:_MOST] + [Area(r.start, r.at, r.end, r.at) for r in across[:_MOST]]
    found: list[list[Area]] = []
    for band in sorted(bands, key=lambda each: (each.y0, each.y1)):
        for group in found:
            last = group[-1]
            same = abs(last.x0 - band.x0) < _SAME and abs(last.x1 - band.x1) < _SAME
            if same and band.y0 - last.y1 < _reach(group):
                group.append(band)
                break
        else:
            found.append([band])
    return [_around(group) for group in found if len(group) >= _FEWEST]


def parted_regions(found: Sequence[Area], fills: Sequence[Area], lines: Sequence[Titled]) -> list[Area]:
    """Part areas at lines that are no row: in larger type than the others, and with no band behind them."""
    parted: list[Area] = []
    for area in found:
        inside = [line for line in lines if area.y0 < (line.y0 + line.y1) / 2 < area.y1]
        sizes = sorted(line.size for line in inside)
        top = area.y0
        for line in inside:
            y = (line.y0 + line.y1) / 2
            if line.size > _TITLE * sizes[len(sizes) // 2] and not any(fill.holds(area.x0 + 4, y) for fill in fills):
                parted.append(Area(area.x0, top, area.x1, line.y0))
                top = line.y1
        parted.append(Area(area.x0, top, area.x1, area.y1))
    return parted


def _around(group: Sequence[Area]) -> Area:
    """Return the area of some bands, and of the row above and below them where every second row has a band."""
    steps = sorted(below.y0 - above.y1 for above, below in pairwise(group))
    step = steps[len(steps) // 2]
    heights = sorted(band.y1 - band.y0 for band in group)
    more = step if step > 4 and heights[len(heights) // 2] > 4 else 0.0
    return Area(group[0].x0, group[0].y0 - more, group[0].x1, max(band.y1 for band in group) + more)


def _bands(fills: Sequence[Area]) -> list[Area]:
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
