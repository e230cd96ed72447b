"""Finds ruled lines in a picture, takes them out so that they disturb no character, and makes grids of them.

Works on pixels with numpy; knows no words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image

_SHORTEST_ACROSS = 70
_SHORTEST_DOWN = 42
"""Pixels at 200 dpi: longer than the strokes of ordinary type."""
_THICKEST = 9
_JOINED = 10
"""Pixels within which two lines meet, or are one."""
_BESIDE = 5
_BROKEN = 30
"""Pixels that a line may jump to the side, and that may be missing in it."""
_MOST_LINES = 400
_MOST_RUNS = 40_000
_MOST_PLACES = 4000
MAX_PIXELS = 24_000_000
"""A larger picture is read without looking for lines, which needs about 20 bytes a pixel."""
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Rule:
    """A line: at `at` (y of a line across, x of a line down) from `start` to `end`."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Area:
    """A cell of a grid: its places (`row`, `column`, spans) and its rectangle in pixels."""

    row: int
    column: int
    rows: int
    columns: int
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A ruled table: its cells row by row and its rectangle, as they would be if the page lay straight.

    `slope` is how far lines across go down for each pixel to the right.
    """

    cells: tuple[Area, ...]
    x0: float
    y0: float
    x1: float
    y1: float
    slope: float = 0.0


def without_rules(image: Image.Image) -> tuple[Image.Image, list[Grid]]:
    """Return the grey picture without the ruled lines of tables, and the grids that they made, in levelled pixels."""
    if image.width * image.height > MAX_PIXELS or min(image.size) < _SHORTEST_ACROSS:
        return image, []
    pixels = np.asarray(image.convert("L"))
    paper = float(np.percentile(pixels[::7, ::7], 90))
    dark = pixels < 0.72 * paper
    across, down = _lines(dark, _SHORTEST_ACROSS), _lines(dark.T, _SHORTEST_DOWN)
    lines_across, lines_down = _strokes(across), _strokes(down)
    if not lines_across or not lines_down:
        return image, []
    slope = _slope(lines_across)
    grids = grids_of(
        _collinear([line.levelled(slope) for line in lines_across]),
        _collinear([line.levelled(-slope) for line in lines_down]),
    )
    if not grids:
        return image, []
    cleared = pixels.copy()
    cleared[_grown(across | down.T)] = int(paper)
    return Image.fromarray(cleared), [replace(grid, slope=slope) for grid in grids]


def _lines(dark: Mask, length: int) -> Mask:
    """Return the pixels of long thin lines along the rows."""
    if dark.shape[1] <= length or dark.shape[0] <= _THICKEST + 2:
        return np.zeros_like(dark)
    long = _opened(dark, length)
    thick = _opened(long.T, _THICKEST + 2).T
    return long & ~thick


def _opened(dark: Mask, length: int) -> Mask:
    """Return the pixels in runs of at least `length` dark pixels along a row."""
    if dark.shape[1] < length:
        return np.zeros_like(dark)
    sums = np.zeros((dark.shape[0], dark.shape[1] + 1), dtype=np.int32)
    np.cumsum(dark, axis=1, out=sums[:, 1:])
    full = sums[:, length:] - sums[:, :-length] == length
    marks = np.zeros((dark.shape[0], dark.shape[1] + 1), dtype=np.int32)
    marks[:, : full.shape[1]] += full
    marks[:, length : length + full.shape[1]] -= full
    return np.cumsum(marks, axis=1)[:, :-1] > 0


def _grown(lines: Mask) -> Mask:
    """Return the lines with the grey pixels at their edges."""
    grown = lines.copy()
    for by in (1, 2):
        grown[by:] |= lines[:-by]
        grown[:-by] |= lines[by:]
        grown[:, by:] |= lines[:, :-by]
        grown[:, :-by] |= lines[:, by:]
    return grown


@dataclass(slots=True)
class _Stroke:
    """Pixels of one line: its ends, the middle of all its pixels, and the two heights at its ends."""

    start: int
    end: int
    pixels: int = 0
    along: float = 0.0
    beside: float = 0.0
    first: float = 0.0
    last: float = 0.0

    @property
    def slope(self) -> float:
        return (self.last - self.first) / max(self.end - self.start, 1)

    def levelled(self, slope: float) -> Rule:
        middle, at = self.along / self.pixels, self.beside / self.pixels
        return Rule(at - slope * middle, self.start + slope * at, self.end + slope * at)


def _strokes(lines: Mask) -> list[_Stroke]:
    """Join the runs of neighbouring rows to lines."""
    padded = np.zeros((lines.shape[0], lines.shape[1] + 2), dtype=np.int8)
    padded[:, 1:-1] = lines
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    if len(rows) > _MOST_RUNS:
        return []
    strokes: list[_Stroke] = []
    open_strokes: list[tuple[int, int, int, _Stroke]] = []
    for row, start, end in zip(rows.tolist(), starts.tolist(), ends.tolist(), strict=True):
        open_strokes = [each for each in open_strokes if row - each[0] <= 2]
        stroke = next((s for at, x0, x1, s in open_strokes if at < row and x0 <= end + 2 and start <= x1 + 2), None)
        if stroke is None:
            stroke = _Stroke(start, end, first=row, last=row)
            strokes.append(stroke)
        if start <= stroke.start:
            stroke.start, stroke.first = start, row
        if end >= stroke.end:
            stroke.end, stroke.last = end, row
        count = end - start
        stroke.pixels += count
        stroke.along += count * (start + end) / 2
        stroke.beside += count * row
        open_strokes.append((row, start, end, stroke))
    return sorted(strokes, key=lambda each: each.start - each.end)[:_MOST_LINES]


def _slope(lines: Sequence[_Stroke]) -> float:
    longest = sorted(line.slope for line in lines[:9])
    slope = longest[len(longest) // 2]
    return slope if abs(slope) >= 0.001 else 0.0


def _collinear(lines: Sequence[Rule]) -> list[Rule]:
    """Join the pieces of broken lines."""
    joined: list[Rule] = []
    for line in sorted(lines, key=lambda each: each.start):
        for at, known in enumerate(joined):
            if abs(known.at - line.at) <= _BESIDE and line.start - known.end <= _BROKEN:
                joined[at] = Rule(known.at, known.start, max(known.end, line.end))
                break
        else:
            joined.append(line)
    return joined


def grids_of(across: Sequence[Rule], down: Sequence[Rule]) -> list[Grid]:
    """Return the grids of lines that meet; a frame around something is none."""
    left = list(range(len(across)))
    found = []
    while left:
        rows, columns = _meeting(left[0], across, down)
        left = [each for each in left if each not in rows]
        if len(rows) >= 2 and columns:
            grid = _grid([across[each] for each in rows], [down[each] for each in columns])
            if grid is not None:
                found.append(grid)
    return sorted(found, key=lambda grid: (grid.y0, grid.x0))


def _meeting(first: int, across: Sequence[Rule], down: Sequence[Rule]) -> tuple[set[int], set[int]]:
    rows, columns = {first}, set[int]()
    waiting = [(True, first)]
    while waiting:
        is_row, index = waiting.pop()
        own, others, known = (across[index], down, columns) if is_row else (down[index], across, rows)
        for at, other in enumerate(others):
            if at not in known and _meet(own, other):
                known.add(at)
                waiting.append((not is_row, at))
    return rows, columns


def _meet(one: Rule, other: Rule) -> bool:
    return (
        one.start - _JOINED <= other.at <= one.end + _JOINED and other.start - _JOINED <= one.at <= other.end + _JOINED
    )


def _grid(across: Sequence[Rule], down: Sequence[Rule]) -> Grid | None:
    ys = _positions(across, [line.start for line in down], [line.end for line in down])
    xs = _positions(down, [line.start for line in across], [line.end for line in across])
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 2 or columns < 2 or rows * columns > _MOST_PLACES:
        return None
    open_right = [[not _covered(down, xs[x + 1], ys[y], ys[y + 1]) for x in range(columns - 1)] for y in range(rows)]
    open_below = [[not _covered(across, ys[y + 1], xs[x], xs[x + 1]) for x in range(columns)] for y in range(rows - 1)]
    cells = [
        Area(y, x, y1 - y, x1 - x, xs[x], ys[y], xs[x1], ys[y1])
        for y, x, y1, x1 in _merged(rows, columns, open_right, open_below)
    ]
    if len({cell.column for cell in cells}) < 2 or len({cell.row for cell in cells}) < 2:
        return None
    return Grid(tuple(cells), xs[0], ys[0], xs[-1], ys[-1])


def _positions(lines: Sequence[Rule], starts: Sequence[float], ends: Sequence[float]) -> list[float]:
    """Return where the lines are, and the edges of a table that is open there."""
    found: list[float] = []
    for at in sorted([line.at for line in lines]):
        if not found or at - found[-1] > _JOINED:
            found.append(at)
    if min(starts) < found[0] - 2 * _JOINED:
        found.insert(0, min(starts))
    if max(ends) > found[-1] + 2 * _JOINED:
        found.append(max(ends))
    return found


def _covered(lines: Sequence[Rule], at: float, start: float, end: float) -> bool:
    """Return whether lines at a place cover most of the way from start to end."""
    spans = [(line.start, line.end) for line in lines if abs(line.at - at) <= _JOINED]
    return sum(max(0.0, min(end, b) - max(start, a)) for a, b in spans) > 0.6 * (end - start)


def _merged(
    rows: int, columns: int, open_right: Sequence[Sequence[bool]], open_below: Sequence[Sequence[bool]]
) -> list[tuple[int, int, int, int]]:
    """Return the rectangles (first row, first column, ends) of places between which no line is."""
    taken: set[tuple[int, int]] = set()
    found = []
    for y in range(rows):
        for x in range(columns):
            if (y, x) in taken:
                continue
            x1 = x + 1
            while x1 < columns and open_right[y][x1 - 1] and (y, x1) not in taken:
                x1 += 1
            y1 = y + 1
            while y1 < rows and all(open_below[y1 - 1][each] for each in range(x, x1)):
                y1 += 1
            taken |= {(row, column) for row in range(y, y1) for column in range(x, x1)}
            found.append((y, x, y1, x1))
    return found
