"""Places the cells of an HTML table: a cell takes the first free place of its row and all places that it spans."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from evaluation.parsing.content import NOTHING, Place, Table, leading_headers, make_table

WIDEST = 1000


@dataclass(slots=True)
class SourceCell:
    header: bool
    down: int
    across: int
    text: str = ""


@dataclass(slots=True)
class SourceRow:
    """A row; `part` is 0 in the head, 1 in the body, 2 in the foot; `group` counts such parts."""

    part: int
    group: int
    cells: list[SourceCell] = field(default_factory=list)


def placed(source: Sequence[SourceRow]) -> Table:
    """Return the table as it is shown: head first, foot last. Without a head, rows of headers alone are its head."""
    rows = sorted(source, key=lambda row: row.part)
    last = {row.group: y for y, row in enumerate(rows)}
    grid: list[list[Place | None]] = [[] for _ in rows]
    for y, row in enumerate(rows):
        x = 0
        for cell in row.cells:
            while x < len(grid[y]) and grid[y][x] is not None:
                x += 1
            end = last[row.group] + 1
            down = min(y + cell.down, end) if cell.down else end
            across = min(max(cell.across, 1), WIDEST - min(x, WIDEST))
            for below in range(y, down):
                _fill(grid[below], x, across, cell, below == y)
            x += across
    shown = [[place or NOTHING for place in line] for line in grid]
    head = sum(row.part == 0 for row in rows)
    return make_table(shown, head or leading_headers(shown))


def _fill(line: list[Place | None], x: int, across: int, cell: SourceCell, first: bool) -> None:
    line.extend([None] * (x + across - len(line)))
    for column in range(x, x + across):
        if line[column] is None:
            line[column] = Place(cell.text, cell.header, first and column == x)
