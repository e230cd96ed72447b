"""Makes tables of a scan: of the grid that ruled lines make, or of rows with gaps.

Finds columns, header rows and wrapped cells; merged cells come from the grid.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from statistics import median

from core.types import Box
from ingest.blocks.nodes import Node
from ingest.blocks.tables import TableCell, table
from ingest.readers.scans.lines import Row, Segment, rows_of
from ingest.readers.scans.rules import Area, Grid
from ingest.readers.scans.words import Word

Boxed = Callable[[Sequence[Word]], Box]
"""Returns the box of words on the page as shown."""
_FILLED = 0.3
"""A grid with a smaller share of cells with words is a diagram or squared paper."""

_LIKE_RULES = "|¦[]_"
"""What OCR makes of ruled lines."""


def in_cells(grid: Grid, words: Sequence[Word]) -> dict[Area, list[Word]]:
    """Return the words in each cell of a grid: the cell that their middle is in."""
    found: dict[Area, list[Word]] = {cell: [] for cell in grid.cells}
    for word in words:
        x, y = (word.x0 + word.x1) / 2, word.middle
        if not word.text.strip(_LIKE_RULES):
            continue
        if not (grid.x0 <= x <= grid.x1 and grid.y0 <= y <= grid.y1):
            continue
        for cell in grid.cells:
            if cell.x0 <= x <= cell.x1 and cell.y0 <= y <= cell.y1:
                found[cell].append(word)
                break
    return found


def is_filled(cells: dict[Area, list[Word]]) -> bool:
    """Return whether a grid is a table: several cells, and words in enough of them."""
    filled = sum(bool(words) for words in cells.values())
    return filled >= 3 and filled >= _FILLED * len(cells)


def ruled_table(grid: Grid, words: Sequence[Word], page: int, boxed: Boxed) -> Node | None:
    """Return the table of a grid; rows between which no line is are told apart by their heights."""
    cells = in_cells(grid, words)
    lines: list[list[TableCell]] = []
    for row in range(max(cell.row for cell in grid.cells) + 1):
        own = sorted((cell for cell in grid.cells if cell.row == row), key=lambda each: each.column)
        split = _unruled_rows(own, cells)
        for line in split or [[(cell, cells[cell]) for cell in own]]:
            lines += [[_ruled_cell(cell, some, page, boxed) for cell, some in line]]
    return _table(lines, page, boxed(words) if words else None)


def _ruled_cell(cell: Area, words: Sequence[Word], page: int, boxed: Boxed) -> TableCell:
    text = _text([segment for row in rows_of_words(words) for segment in row])
    boxes = (boxed(words),) if words else ()
    text = text.strip("|¦ ")
    return TableCell(text, cell.rows, cell.columns, column=cell.column, page=page, boxes=boxes)


def rows_of_words(words: Sequence[Word]) -> list[Row]:
    return rows_of([Segment((word,), word.x0, word.y0, word.x1, word.y1) for word in words])


def _unruled_rows(own: Sequence[Area], cells: dict[Area, list[Word]]) -> list[list[tuple[Area, list[Word]]]] | None:
    """Return the rows of a band without lines across: three or more, of the same heights in each of its cells."""
    if any(cell.rows > 1 or cell.columns > 1 for cell in own) or len(own) < 2:
        return None
    lines = [[[w for segment in row for w in segment.words] for row in rows_of_words(cells[cell])] for cell in own]
    count = len(lines[0])
    if count < 3 or any(len(each) != count for each in lines):
        return None
    size = median(word.size or word.y1 - word.y0 for words in lines[0] for word in words)
    for row in range(count):
        middles = [median(word.middle for word in each[row]) for each in lines]
        if max(middles) - min(middles) > 0.5 * size:
            return None
    return [[(cell, each[row]) for cell, each in zip(own, lines, strict=True)] for row in range(count)]


def gap_table(rows: Sequence[Sequence[Segment]], page: int, boxed: Boxed) -> Node | None:
    """Return the table of rows whose cells are apart."""
    columns = _columns(rows)
    grid: list[list[list[Segment]]] = []
    heights: list[float] = []
    steps = [b[0].middle - a[0].middle for a, b in pairwise(rows)]
    close = 1.25 * min(steps, default=0.0)
    two_steps = bool(steps) and max(steps) > 1.35 * min(steps)
    for at, row in enumerate(rows):
        placed: list[list[Segment]] = [[] for _ in columns]
        for segment in row:
            placed[_column(segment, columns)].append(segment)
        near = at > 0 and steps[at - 1] <= close
        if grid and near and _continues(placed, two_steps, len(grid) == 1):
            for cell, more in zip(grid[-1], placed, strict=True):
                cell.extend(more)
        else:
            grid.append(placed)
            heights.append(row[0].middle)
    lines = [[_gap_cell(cell, at, page, boxed) for at, cell in enumerate(line)] for line in grid]
    words = [word for row in rows for segment in row for word in segment.words]
    return _table(lines, page, boxed(words))


def _continues(placed: Sequence[Sequence[Segment]], two_steps: bool, below_header: bool) -> bool:
    """Return whether a row goes on with the cells above: nothing in the first column, or nearer than rows are."""
    used = [at for at, cell in enumerate(placed) if cell]
    if placed[0]:
        return two_steps and not below_header and len(used) < len(placed)
    return len(used) == 1 and not _is_number(placed[used[0]][0].text)


def _is_number(text: str) -> bool:
    return sum(char.isdigit() for char in text) >= 0.5 * len(text.replace(" ", ""))


def _gap_cell(segments: Sequence[Segment], column: int, page: int, boxed: Boxed) -> TableCell:
    words = [word for segment in segments for word in segment.words]
    return TableCell(_text(segments), column=column, page=page, boxes=(boxed(words),) if words else ())


def _columns(rows: Sequence[Sequence[Segment]]) -> list[tuple[float, float]]:
    """Return the columns' edges: the narrowest cells that are not above one another begin them, others widen them."""
    columns: list[tuple[float, float]] = []
    for segment in sorted((s for row in rows for s in row), key=lambda each: each.x1 - each.x0):
        over = [at for at, (left, right) in enumerate(columns) if segment.x0 < right and segment.x1 > left]
        if not over:
            columns.append((segment.x0, segment.x1))
        elif len(over) == 1:
            left, right = columns[over[0]]
            columns[over[0]] = (min(left, segment.x0), max(right, segment.x1))
    return sorted(columns)


def _column(segment: Segment, columns: Sequence[tuple[float, float]]) -> int:
    return max(range(len(columns)), key=lambda at: min(segment.x1, columns[at][1]) - max(segment.x0, columns[at][0]))


def _text(segments: Sequence[Segment]) -> str:
    text = ""
    for segment in segments:
        joined = text.endswith("-") and segment.text[:1].islower()
        text = text[:-1] + segment.text if joined else f"{text} {segment.text}".strip()
    return text


def _table(lines: Sequence[Sequence[TableCell]], page: int, box: Box | None) -> Node | None:
    first = [cell.text for cell in lines[0] if cell.text] if lines else []
    numbers = sum(_is_number(text) for text in first)
    keys = sum(cells[0].text.endswith(":") for cells in lines if cells)
    header = 0 if numbers > 0.4 * len(first) or keys > 0.6 * len(lines) else 1
    if header and lines[0] and max(cell.rows for cell in lines[0]) > 1:
        header = min(max(cell.rows for cell in lines[0]), len(lines) - 1)
    return table(
        lines, header_rows=header if len(lines) > 1 else 0, header_columns=0 if header or not keys else 1, page=page,
        boxes=(box,) if box else (),
    )  # fmt: skip
