"""Makes the node of a table from cells with spans: finds each cell's place, repeats merged cells, drops empty lines.

The algorithm of places is that of HTML ("forming a table"): a cell takes the first free column of its row, and its
spans reserve the places right of it and below it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.types import Box, CellType
from ingest.blocks.nodes import Inline, Node
from ingest.cleaning import one_line

MAX_COLUMNS = 1000
MAX_SPAN = 1000


@dataclass(frozen=True, slots=True)
class TableCell:
    """A cell as its row lists it. `column` is its place if the format tells; else it is computed from the spans."""

    text: str
    rows: int = 1
    columns: int = 1
    header: bool = False
    column: int | None = None
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    type: CellType | None = None
    unit: str | None = None
    inlines: tuple[Inline, ...] = ()


def table(
    rows: Sequence[Sequence[TableCell]],
    *,
    header_rows: int | None = None,
    header_columns: int = 0,
    caption: str = "",
    page: int | None = None,
    boxes: tuple[Box, ...] = (),
) -> Node | None:
    """Return the node of a table; None for one without text.

    The cells of the first `header_rows` rows and `header_columns` columns are headers, besides those that say so
    themselves. None: the leading rows whose cells all say so.
    """
    grid = _without_empty(_placed(rows))
    if not grid:
        return None
    marked = header_rows if header_rows is not None else _leading_headers(grid)
    children = [Node("caption", one_line(caption), page=page)] if one_line(caption) else []
    for row, line in enumerate(grid):
        shown = [_cell(row, column, grid, row < marked or column < header_columns) for column in range(len(line))]
        kept = tuple(dict.fromkeys(box for cell in shown if not cell.repeated for box in cell.boxes))
        first = next((cell.page for cell in shown if cell.page is not None and not cell.repeated), page)
        children.append(Node("row", children=shown, row=row, header=row < marked, page=first, boxes=_around(kept)))
    return Node("table", children=children, page=page, boxes=boxes)


def plain_table(rows: Iterable[Iterable[str]], *, header_rows: int = 1, caption: str = "") -> Node | None:
    """Return the node of a table without spans whose first `header_rows` rows are its header."""
    return table([[TableCell(text) for text in row] for row in rows], header_rows=header_rows, caption=caption)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A cell at one of its places; `row` and `column` are its first place."""

    cell: TableCell
    row: int
    column: int


def _placed(rows: Sequence[Sequence[TableCell]]) -> list[list[_Placed | None]]:
    """Return a rectangle of places; a merged cell is at each of its places."""
    places: dict[tuple[int, int], _Placed] = {}
    width = 0
    for row, cells in enumerate(rows):
        column = 0
        for cell in cells:
            column = cell.column if cell.column is not None else column
            while (row, column) in places:
                column += 1
            if column >= MAX_COLUMNS:
                break
            down = min(max(cell.rows, 1), MAX_SPAN, len(rows) - row)
            across = min(max(cell.columns, 1), MAX_COLUMNS - column)
            text = cell.text if cell.inlines else one_line(cell.text)
            found = _Placed(cell if text == cell.text else replace(cell, text=text), row, column)
            for y in range(row, row + down):
                for x in range(column, column + across):
                    places.setdefault((y, x), found)
            width = max(width, column + across)
            column += across
    return [[places.get((row, column)) for column in range(width)] for row in range(len(rows))]


def _without_empty(grid: list[list[_Placed | None]]) -> list[list[_Placed | None]]:
    """Leave out rows and columns in which no cell with text begins."""
    rows = [y for y, line in enumerate(grid) if any(p and p.cell.text and p.row == y for p in line)]
    width = len(grid[0]) if grid else 0
    columns = [x for x in range(width) if any((p := grid[y][x]) and p.cell.text and p.column == x for y in rows)]
    return [[grid[row][column] for column in columns] for row in rows]


def _leading_headers(grid: Sequence[Sequence[_Placed | None]]) -> int:
    count = 0
    for line in grid:
        cells = [placed.cell for placed in line if placed is not None and placed.cell.text]
        if not cells or not all(cell.header for cell in cells):
            break
        count += 1
    return count if count < len(grid) else 0


def _cell(row: int, column: int, grid: Sequence[Sequence[_Placed | None]], header: bool) -> Node:
    """Return the node of a place: the cell, its repetition where it is merged, an empty one where there is none."""
    placed = grid[row][column]
    if placed is None:
        return Node("cell", row=row, column=column, header=header)
    cell = placed.cell
    above = row > 0 and grid[row - 1][column] is placed
    before = column > 0 and grid[row][column - 1] is placed
    down, across = 1, 1
    if not above and not before:
        while row + down < len(grid) and grid[row + down][column] is placed:
            down += 1
        while column + across < len(grid[row]) and grid[row][column + across] is placed:
            across += 1
    return Node(
        "cell", cell.text, page=cell.page, boxes=cell.boxes, row=row, column=column, rows=down, columns=across,
        header=header or cell.header, type=cell.type, unit=cell.unit, repeated=above or before, inlines=cell.inlines,
    )  # fmt: skip


def _around(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Return one box a page around all boxes."""
    pages: dict[int, list[Box]] = {}
    for box in boxes:
        pages.setdefault(box.page, []).append(box)
    return tuple(
        Box(page, min(b.x0 for b in some), min(b.y0 for b in some), max(b.x1 for b in some), max(b.y1 for b in some))
        for page, some in pages.items()
    )
