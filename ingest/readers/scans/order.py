"""Finds the parts of a page in reading order: running text, columns of text, tables without lines, ruled tables.

Columns and tables both have gaps that go down through many rows. Columns are filled with long lines, cells are short
or begin in the same rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import mean, median

from ingest.readers.scans.lines import Row, Segment, rows_of

_LEAST_GAP = 0.8
"""Of the height of the type: a gap through all rows that separates columns."""
_FAR = 3.5
"""Of the height of the type: rows that are further apart do not belong to one table."""
_DEEPEST = 5
_COLUMN_WORDS = 3.5
_COLUMN_FILLED = 0.62
"""Columns of text have lines with as many words on average, and half of the lines fill as much of the width."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a page: rows of running text, or the rows of a table without lines, or a ruled table (`rows` empty)."""

    rows: tuple[tuple[Segment, ...], ...]
    is_table: bool = False
    ruled: Segment | None = None


def parts(segments: Sequence[Segment], depth: int = 0) -> list[Part]:
    """Return the parts of a page, or of a column, in reading order."""
    rows = rows_of(segments)
    found: list[Part] = []
    text: list[Row] = []

    def close() -> None:
        if text:
            found.append(Part(tuple(tuple(row) for row in text)))
            text.clear()

    at = 0
    while at < len(rows):
        if rows[at][0].grid is not None and len(rows[at]) == 1 and not _beside(rows, at):
            close()
            found.append(Part((), ruled=rows[at][0]))
            at += 1
            continue
        end, gap = _run(rows, at)
        sides = _columns(rows[at:end], gap) if gap is not None and depth < _DEEPEST else None
        if sides is not None and gap is not None:
            start = _from_above(text, rows[at], gap)
            above = [segment for row in text[start:] for segment in row]
            del text[start:]
            close()
            left = [each for each in above if each.x1 <= gap[1]] + sides[0]
            right = [each for each in above if each.x1 > gap[1]] + sides[1]
            found += parts(left, depth + 1) + parts(right, depth + 1)
            at = end
            continue
        end = _table_end(rows, at, end) if gap is not None else at
        if end > at:
            close()
            found.append(Part(tuple(tuple(row) for row in rows[at:end]), is_table=True))
            at = end
            continue
        if rows[at][0].grid is not None:
            close()
            found.append(Part((), ruled=rows[at][0]))
        else:
            text.append(rows[at])
        at += 1
    close()
    return found


def _beside(rows: Sequence[Row], at: int) -> bool:
    """Return whether text stands beside a ruled table: then it is in a column."""
    grid = rows[at][0]
    near = [*rows[max(0, at - 3) : at], *rows[at + 1 : at + 4]]
    return any(row[0].middle > grid.y0 and row[0].middle < grid.y1 for row in near)


def _run(rows: Sequence[Row], start: int) -> tuple[int, tuple[float, float] | None]:
    """Return how far down the widest gap of a row goes, and the gap; None for a row without one."""
    first = rows[start]
    if len(first) < 2:
        beside = (
            start + 1 < len(rows)
            and rows[start + 1][0].y0 < max(s.y1 for s in first)
            and _apart(first, rows[start + 1])
        )
        if not beside:
            return start, None
        first = sorted([*first, *rows[start + 1]], key=lambda each: each.x0)
    gaps = [(one.x1, other.x0) for one, other in pairwise(first)]
    size = _size(first)
    bottom = max(segment.y1 for segment in first)
    end = start
    for row in rows[start:]:
        if min(segment.y0 for segment in row) - bottom > _FAR * size:
            break
        left = [kept for gap in gaps for kept in _free(gap, row) if kept[1] - kept[0] >= _LEAST_GAP * size]
        if not left:
            break
        gaps, end = left, end + 1
        bottom = max(bottom, *(segment.y1 for segment in row))
    return end, max(gaps, key=lambda gap: gap[1] - gap[0]) if end > start else None


def _apart(one: Row, other: Row) -> bool:
    return one[-1].x1 < other[0].x0 or other[-1].x1 < one[0].x0


def _free(gap: tuple[float, float], row: Row) -> list[tuple[float, float]]:
    """Return what a row leaves of a gap."""
    left = [gap]
    for segment in row:
        left = [
            kept
            for a, b in left
            for kept in ((a, min(b, segment.x0)), (max(a, segment.x1), b))
            if kept[1] > kept[0]
        ]  # fmt: skip
    return list(dict.fromkeys(left))


def _size(row: Sequence[Segment]) -> float:
    return max((segment.size for segment in row), default=0.0) or 20.0


def _columns(rows: Sequence[Row], gap: tuple[float, float]) -> tuple[list[Segment], list[Segment]] | None:
    """Return what is left and right of the gap if both are columns of text; None for a table."""
    middle = (gap[0] + gap[1]) / 2
    left = [segment for row in rows for segment in row if segment.x1 <= middle]
    right = [segment for row in rows for segment in row if segment.x0 >= middle]
    if any(segment.grid for segment in left + right):
        return (left, right) if left and right else None
    if not (_is_column(left) and _is_column(right)) or _rows_begin_together(left, right):
        return None
    return left, right


def _is_column(segments: Sequence[Segment]) -> bool:
    lines = [row for row in rows_of(segments) if row]
    if len(lines) < 3:
        return False
    width = max(s.x1 for s in segments) - min(s.x0 for s in segments)
    filled = median((row[-1].x1 - row[0].x0) / max(width, 1.0) for row in lines)
    words = mean(sum(len(segment.words) for segment in row) for row in lines)
    return words >= _COLUMN_WORDS and filled >= _COLUMN_FILLED and mean(len(row) for row in lines) < 1.5


def _rows_begin_together(left: Sequence[Segment], right: Sequence[Segment]) -> bool:
    """Return whether both sides are cells with long text: their paragraphs begin at the same heights.

    Columns whose paragraphs have the same number of lines do so too; cells beside one another differ in that.
    """
    one, other = _paragraphs(left), _paragraphs(right)
    if min(len(one), len(other)) < 3:
        return False
    near = 0.5 * _size(left)
    pairs = [(a[1], b[1]) for a in one for b in other if abs(a[0] - b[0]) <= near]
    return len(pairs) >= 0.8 * max(len(one), len(other)) and any(a != b for a, b in pairs)


def _paragraphs(segments: Sequence[Segment]) -> list[tuple[float, int]]:
    """Return at which heights paragraphs begin, by steps that are larger than between lines, and their lines."""
    lines = sorted(segments, key=lambda each: each.middle)
    steps = [b.middle - a.middle for a, b in pairwise(lines)]
    usual = sorted(step for step in steps if step > 0.5 * _size(lines))
    found: list[tuple[float, int]] = []
    for line, step in zip(lines, [float("inf"), *steps], strict=True):
        if not usual or step > 1.3 * usual[len(usual) // 4]:
            found.append((line.middle, 1))
        else:
            found[-1] = (found[-1][0], found[-1][1] + 1)
    return found


def _from_above(text: Sequence[Row], first: Row, gap: tuple[float, float]) -> int:
    """Return from which of the rows above on they are in one of the columns: near, and at one side of the gap."""
    start = len(text)
    top = min(segment.y0 for segment in first)
    size = _size(first)
    while start and len(text[start - 1]) == 1:
        above = text[start - 1][0]
        aside = above.x1 <= gap[0] + 0.3 * size or above.x0 >= gap[1] - 0.3 * size
        if not aside or top - above.y1 > size or abs(above.size - size) > 0.15 * size:
            break
        top, start = above.y0, start - 1
    return start


def _table_end(rows: Sequence[Row], start: int, end: int) -> int:
    """Return where the table that begins at a row ends; `start` if there is none.

    A table has three rows with two cells, or two with three.
    """
    until = next((at for at in range(start, end) if any(segment.grid for segment in rows[at])), end)
    wide = [at for at in range(start, until) if len(rows[at]) >= 2]
    if not wide or len(wide) < (3 if max(len(rows[at]) for at in wide) < 3 else 2):
        return start
    last = wide[-1] + 1
    firsts = min(rows[at][0].x0 for at in wide)
    while last < until and len(rows[last]) == 1:
        below, above = rows[last][0], rows[last - 1]
        step = below.middle - above[0].middle
        if below.x0 < firsts + below.size or step > 1.5 * below.size:
            break
        last += 1
    return last
