"""Puts the shapes of a slide in reading order: as they were drawn, unless their places contradict that.

Shapes are drawn in the order in which they were made, and screen readers read them so. A shape that was drawn after one
below it, or right of it, was moved or added later: then the places decide, cut at the widest gap first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeVar

T = TypeVar("T")
MAX_SHAPES = 400
"""Shapes up to which places are compared; more of them stay as they were drawn."""


class Bounds(NamedTuple):
    left: int
    top: int
    right: int
    bottom: int


def in_reading_order(shapes: Sequence[tuple[Bounds | None, T]]) -> list[T]:
    """Return the shapes in the order in which they are read; those without a place keep theirs."""
    placed = [(box, shape) for box, shape in shapes if box is not None]
    if len(placed) < len(shapes) or len(placed) > MAX_SHAPES or not _is_odd([box for box, _ in placed]):
        return [shape for _, shape in shapes]
    return [placed[place][1] for place in _cut([box for box, _ in placed], list(range(len(placed))))]


def _is_odd(boxes: Sequence[Bounds]) -> bool:
    return any(_precedes(later, earlier) for at, later in enumerate(boxes) for earlier in boxes[:at])


def _precedes(one: Bounds, other: Bounds) -> bool:
    """Return whether a shape stands above another in its column, or left of it in its row."""
    beside = min(one.right, other.right) - max(one.left, other.left)
    stacked = min(one.bottom, other.bottom) - max(one.top, other.top)
    least_width = min(one.right - one.left, other.right - other.left)
    least_height = min(one.bottom - one.top, other.bottom - other.top)
    above = one.bottom <= other.top + least_height // 4 and beside > least_width // 2
    left = one.right <= other.left + least_width // 4 and stacked > least_height // 2
    return (above and one.top < other.top) or (left and one.left < other.left)


def _cut(boxes: Sequence[Bounds], places: list[int]) -> list[int]:
    """Return the places of boxes in order: parts above and below, or left and right, of the widest gap."""
    if len(places) < 2:
        return places
    across = _gap([(boxes[place].left, boxes[place].right) for place in places])
    down = _gap([(boxes[place].top, boxes[place].bottom) for place in places])
    if across is None and down is None:
        return sorted(places, key=lambda place: (boxes[place].top, boxes[place].left))
    if down is not None and (across is None or down[0] >= across[0]):
        first = [place for place in places if boxes[place].top < down[1]]
    else:
        assert across is not None
        first = [place for place in places if boxes[place].left < across[1]]
    return _cut(boxes, first) + _cut(boxes, [place for place in places if place not in first])


def _gap(spans: Sequence[tuple[int, int]]) -> tuple[int, int] | None:
    """Return the size of the widest gap between spans, and where what is behind it begins."""
    ordered = sorted(spans)
    end = ordered[0][1]
    best: tuple[int, int] | None = None
    for start, stop in ordered[1:]:
        if start >= end and (best is None or start - end > best[0]):
            best = (start - end, start)
        end = max(end, stop)
    return best
