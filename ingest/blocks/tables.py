"""Makes the node of a table from cells with spans: finds each cell's place, repeats merged cells, drops empty lines.

The algorithm of places is that of HTML ("forming a table"): a cell takes the first free column of its row, and its
spans reserve the places right of it and below it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from core.types import Box, CellType
from ingest.account import left_out
from ingest.blocks.nodes import Inline, Node
from ingest.cleaning import one_line

MAX_COLUMNS = 1000
MAX_SPAN = 1000
MAX_REPEATED = 50_000
"""Places of a table up to which merged cells are repeated whatever they are."""


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
    grid, kept_rows, kept_columns = _placed(rows)
    if not grid:
        return None
    marked = sum(row < header_rows for row in kept_rows) if header_rows is not None else _leading_headers(grid)
    header_columns = sum(column < header_columns for column in kept_columns)
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
class Placed:
    """A cell at one of its places; `row` and `column` are its first place."""

    cell: TableCell
    row: int
    column: int


_Grid = list[list[Placed | None]]


def _placed(rows: Sequence[Sequence[TableCell]]) -> tuple[_Grid, list[int], list[int]]:
    """Return a rectangle of places, and which rows and columns it has: those in which a cell with text begins.

    A merged cell is at each of its places at which no other cell begins, but only at its first one where the table
    would grow beyond all measure.
    """
    found = first_places(rows)
    filled = [placed for placed, _, _ in found if placed.cell.text]
    kept_rows = sorted({placed.row for placed in filled})
    kept_columns = sorted({placed.column for placed in filled})
    grid: _Grid = [[None] * len(kept_columns) for _ in kept_rows]
    repeats = len(kept_rows) * len(kept_columns) <= MAX_REPEATED + 20 * len(found)
    if not repeats:
        return _once(grid, found, kept_rows, kept_columns), kept_rows, kept_columns
    begins = {(placed.row, placed.column) for placed in filled}
    for placed, down, across in found:
        first, last = bisect_left(kept_columns, placed.column), bisect_left(kept_columns, placed.column + across)
        for y in range(bisect_left(kept_rows, placed.row), bisect_left(kept_rows, placed.row + down)):
            for x in range(first, last):
                at = (kept_rows[y], kept_columns[x])
                if grid[y][x] is None and (at == (placed.row, placed.column) or at not in begins):
                    grid[y][x] = placed
    return grid, kept_rows, kept_columns


def _once(
    grid: _Grid, found: Sequence[tuple[Placed, int, int]], kept_rows: Sequence[int], kept_columns: Sequence[int]
) -> _Grid:
    """Return the grid with each cell at its first place only, and rows that end with their last cell."""
    rows = {row: place for place, row in enumerate(kept_rows)}
    columns = {column: place for place, column in enumerate(kept_columns)}
    for placed, _, _ in found:
        if placed.row in rows and placed.column in columns:
            grid[rows[placed.row]][columns[placed.column]] = placed
    for line in grid:
        while len(line) > 1 and line[-1] is None:
            line.pop()
    return grid


def first_places(rows: Sequence[Sequence[TableCell]]) -> list[tuple[Placed, int, int]]:
    """Return each cell with its first place, and over how many rows and columns it reaches."""
    found: list[tuple[Placed, int, int]] = []
    open_spans: list[tuple[int, int, int]] = []  # first column, column behind the last one, row behind the last one
    for row, cells in enumerate(rows):
        open_spans = sorted(span for span in open_spans if span[2] > row)
        column, at = 0, 0
        opened: list[tuple[int, int, int]] = []
        begun: set[int] = set()
        for cell in cells:
            if cell.column is not None and cell.column != column:
                column, at = cell.column, 0
            while (spanned := at < len(open_spans) and open_spans[at][0] <= column) or column in begun:
                column = max(column, open_spans[at][1]) if spanned else column + 1
                at += spanned
            if column >= MAX_COLUMNS:
                left_out("too_wide", cell.text)
                continue
            down = min(max(cell.rows, 1), MAX_SPAN, len(rows) - row)
            across = min(max(cell.columns, 1), MAX_COLUMNS - column)
            begun.add(column)
            found.append((Placed(_tidy(cell), row, column), down, across))
            if down > 1:
                opened.append((column, column + across, row + down))
            column += across
        open_spans += opened
    return found


def _tidy(cell: TableCell) -> TableCell:
    text = cell.text if cell.inlines else one_line(cell.text)
    return cell if text == cell.text else replace(cell, text=text)


def _leading_headers(grid: Sequence[Sequence[Placed | None]]) -> int:
    count = 0
    for line in grid:
        cells = [placed.cell for placed in line if placed is not None and placed.cell.text]
        if not cells or not all(cell.header for cell in cells):
            break
        count += 1
    return count if count < len(grid) else 0


def _cell(row: int, column: int, grid: Sequence[Sequence[Placed | None]], header: bool) -> Node:
    """Return the node of a place: the cell, its repetition where it is merged, an empty one where there is none."""
    placed = grid[row][column]
    if placed is None:
        return Node("cell", row=row, column=column, header=header)
    cell = placed.cell
    above = row > 0 and _is_at(grid, row - 1, column, placed)
    before = column > 0 and _is_at(grid, row, column - 1, placed)
    down, across = 1, 1
    if not above and not before:
        while row + down < len(grid) and _is_at(grid, row + down, column, placed):
            down += 1
        while _is_at(grid, row, column + across, placed):
            across += 1
    return Node(
        "cell", cell.text, page=cell.page, boxes=cell.boxes, row=row, column=column, rows=down, columns=across,
        header=header or cell.header, type=cell.type, unit=cell.unit, repeated=above or before, inlines=cell.inlines,
    )  # fmt: skip


def _is_at(grid: Sequence[Sequence[Placed | None]], row: int, column: int, placed: Placed) -> bool:
    return column < len(grid[row]) and grid[row][column] is placed


def _around(boxes: Sequence[Box]) -> tuple[Box, ...]:
    """Return one box a page around all boxes."""
    pages: dict[int, list[Box]] = {}
    for box in boxes:
        pages.setdefault(box.page, []).append(box)
    return tuple(
        Box(page, min(b.x0 for b in some), min(b.y0 for b in some), max(b.x1 for b in some), max(b.y1 for b in some))
        for page, some in pages.items()
    )
