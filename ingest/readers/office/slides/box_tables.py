"""Finds tables that were made of text boxes on a slide: boxes of one height in rows and columns, with values in them.

Cards, tiles and charts of boxes are arranged like that as well; a table has numbers, times or marks below and right of
its names, and no lines that connect its boxes. Knows places and texts, no file format.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from ingest.blocks.headers import Look, find_headers, kind_of
from ingest.blocks.nodes import Inline, Node
from ingest.blocks.tables import TableCell, table
from ingest.readers.office.slides.reading_order import Bounds

MAX_BOXES = 400
_LEAST_ROWS, _LEAST_COLUMNS = 3, 2
_LONG = 60
_FILLED = 0.6
"""Share of the places of a table that have a box."""
_VALUES = 0.5
"""Share of the boxes below the first row and right of the first column that hold a value."""
_SAME_SIZE, _SAME_ROW, _SAME_COLUMN, _SAME_STEP = 0.25, 0.4, 0.2, 0.3
_MARKS = frozenset("✓✔✗✘×x●○–—-")
_EDGES: tuple[Callable[[Bounds], float], ...] = (
    lambda box: box.left, lambda box: (box.left + box.right) / 2, lambda box: box.right,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TextBox:
    """A box with one line of text. `at` is its place among the shapes."""

    at: int
    bounds: Bounds
    text: str
    inlines: tuple[Inline, ...] = ()
    bold: bool = False


def box_table(boxes: Sequence[TextBox], page: int | None) -> tuple[Node, list[TextBox]] | None:
    """Return the table that boxes make, and those that it is made of; None if they make none."""
    few = [box for box in boxes if 0 < len(box.text) <= _LONG]
    if not _LEAST_ROWS * _LEAST_COLUMNS - 1 <= len(few) <= MAX_BOXES:
        return None
    grid = min((_grid(few, edge) for edge in _EDGES), key=lambda found: (-len(found), len({x for _, x in found})))
    rows, columns = sorted({y for y, _ in grid}), sorted({x for _, x in grid})
    if len(rows) < _LEAST_ROWS or len(columns) < _LEAST_COLUMNS or len(grid) < _FILLED * len(rows) * len(columns):
        return None
    if not _is_even([grid[place].bounds for place in grid], rows) or not _has_values(grid, rows[0], columns[0]):
        return None
    places = [[grid.get((y, x)) for x in columns] for y in rows]
    looks = [[Look("") if box is None else Look(box.text, bold=box.bold) for box in line] for line in places]
    cells = [
        [TableCell(box.text, column=x, inlines=box.inlines) for x, box in enumerate(line) if box is not None]
        for line in places
    ]
    found = find_headers(looks)
    named = 1 if places[0][0] is None else 0
    made = table(
        cells, header_rows=max(found.titles + found.rows, named), header_columns=max(found.columns, named), page=page
    )
    return (made, list(grid.values())) if made is not None else None


def _grid(boxes: Sequence[TextBox], edge: Callable[[Bounds], float]) -> dict[tuple[float, float], TextBox]:
    """Return the boxes of usual height by row and column, without rows and columns that are too short."""
    high = median(box.bounds.bottom - box.bounds.top for box in boxes)
    wide = median(box.bounds.right - box.bounds.left for box in boxes)
    usual = [box for box in boxes if abs(box.bounds.bottom - box.bounds.top - high) <= _SAME_SIZE * high]
    ys = _clusters([(box.bounds.top + box.bounds.bottom) / 2 for box in usual], _SAME_ROW * high)
    xs = _clusters([edge(box.bounds) for box in usual], _SAME_COLUMN * wide)
    grid: dict[tuple[float, float], TextBox] = {}
    for box, y, x in zip(usual, ys, xs, strict=True):
        if (y, x) in grid:
            return {}
        grid[y, x] = box
    for least, axis in ((_LEAST_ROWS - 1, 1), (_LEAST_COLUMNS, 0)):
        counts = Counter(place[axis] for place in grid)
        grid = {place: box for place, box in grid.items() if counts[place[axis]] >= least}
    return grid


def _clusters(values: Sequence[float], most: float) -> list[float]:
    """Return for each value the first one of those that are as good as the same."""
    first: dict[float, float] = {}
    start: float | None = None
    for value in sorted(set(values)):
        if start is None or value - start > most:
            start = value
        first[value] = start
    return [first[value] for value in values]


def _is_even(boxes: Sequence[Bounds], rows: Sequence[float]) -> bool:
    """Return whether rows follow one another in even steps, not much farther apart than they are high."""
    steps = [after - before for before, after in pairwise(rows)]
    usual = median(steps)
    high = median(box.bottom - box.top for box in boxes)
    return usual <= 4 * high and all(abs(step - usual) <= _SAME_STEP * usual for step in steps)


def _has_values(grid: dict[tuple[float, float], TextBox], head: float, names: float) -> bool:
    inner = [box.text for (y, x), box in grid.items() if y != head and x != names]
    values = sum(kind_of(text) != "text" or set(text) <= _MARKS for text in inner)
    return bool(inner) and values >= _VALUES * len(inner)
