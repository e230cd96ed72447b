"""Makes the block of a table from what was found on one page or on several: header, joined pages, texts of cells.

A table that goes on at the top of the next page with the same columns is one table; its header that comes again is left
out.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.account import left_out
from ingest.blocks.nodes import Node
from ingest.blocks.tables import TableCell, table
from ingest.readers.pdf.page.lines import Known, cell_text, links
from ingest.readers.pdf.page.parts import Area, Line
from ingest.readers.pdf.tables.found import FoundCell, FoundTable

_EDGE = 6.0
_NUMBER = re.compile(r"[-+−–±~≈<>≤≥]?\s*[€$£]?\s*\d[\d.,  /:×x%°-]*\s*[^\W\d]{0,4}[%°²³]?")


class Grid:
    """The cells of a table with their texts, joined over pages."""

    def __init__(self, found: FoundTable, known: Known) -> None:
        self.known = known
        self.parts = [found]
        self.cells = _texts(found, known)
        self.rows = found.rows
        self.columns = found.columns
        self.header_rows, self.header_columns = _headers(found, self.cells)
        self._part: FoundTable | None = None

    def takes_group(self, line: Line, area: Area, following: FoundTable) -> bool:
        """Take a filled line between two parts of this table as a row over all columns; return False if it is none.

        The part below has the same columns and no header of its own, and the line stands as near to the rows above as
        to those below.
        """
        before = self.parts[-1]
        same_page = following.frame.page == before.frame.page
        above, below = area.y0 - before.area.y1, following.area.y0 - area.y1
        near = -line.size < above < line.size and abs(above - below) < 0.5 * line.size
        if not same_page or not near or following.columns != self.columns or self.columns < 2:
            return False
        if abs(area.x0 - before.area.x0) > 2 * _EDGE or not _same_edges(before, following):
            return False
        if _headers(following, _texts(following, self.known))[0]:
            return False
        place = Area(line.x0, line.y0, line.x1, line.y1)
        cell = FoundCell(self.rows, 0, columns=self.columns, words=list(line.words), place=place)
        before.cells.append(cell)
        self.cells.append((cell, line.text))
        self.rows += 1
        self._part = following
        return True

    def add(self, found: FoundTable) -> bool:
        """Join the table of the next page; return False where it is another table."""
        before = self.parts[-1]
        if found.source and found.columns < self.columns and found.frame.page == before.frame.page + 1:
            self._spread(found)
        if found.columns != self.columns or not (found is self._part or _alike(before, found)):
            return False
        cells = _texts(found, self.known)
        again = self._comes_again(cells)
        own, _ = _headers(found, cells)
        same = bool(found.source) and found.source == before.source
        if not again and own and self.header_rows and _is_bold(cells, 0) and not same:
            return False
        if again:
            left_out("repeated_header", " ".join(text for cell, text in cells if cell.row < again))
        offset = self.rows - again
        rest = [(cell, text) for cell, text in cells if cell.row >= again]
        if self._is_torn([(cell, text) for cell, text in rest if cell.row == again]):
            self._mend([(cell, text) for cell, text in rest if cell.row == again])
            rest = [(cell, text) for cell, text in rest if cell.row > again]
            offset -= 1
        for cell, text in rest:
            if cell.row == again and not text and self._stretched(cell):
                continue
            cell.row += offset
            self.cells.append((cell, text))
        self.rows = offset + found.rows
        self.parts.append(found)
        return True

    def _spread(self, found: FoundTable) -> None:
        """Put the cells of a table that lacks columns, since they are empty on its page, below those of this one."""
        extents: dict[int, tuple[float, float]] = {}
        for cell, text in self.cells:
            if text and cell.columns == 1 and cell.place is not None:
                low, high = extents.get(cell.column, (cell.place.x0, cell.place.x1))
                extents[cell.column] = min(low, cell.place.x0), max(high, cell.place.x1)
        placed: dict[int, int] = {}
        used: set[tuple[int, int]] = set()
        for cell in found.cells:
            if cell.place is None:
                continue
            x0, x1 = cell.place.x0, cell.place.x1
            over = {x: min(high, x1) - max(low, x0) for x, (low, high) in extents.items()}
            best = max(over, key=lambda x: over[x], default=None)
            if best is None or over[best] <= 0 or (cell.row, best) in used or cell.columns > 1:
                return
            used.add((cell.row, best))
            placed[id(cell)] = best
        for cell in found.cells:
            cell.column = placed.get(id(cell), cell.column)
        found.columns = self.columns
        found.edges = self.parts[-1].edges

    def _comes_again(self, cells: Sequence[tuple[FoundCell, str]]) -> int:
        """Return how many first rows say the header again."""
        for count in range(max(self.header_rows, 1), 0, -1):
            head = [(c.row, c.column, text) for c, text in self.cells if c.row < count]
            if head and sorted(head) == sorted((c.row, c.column, text) for c, text in cells if c.row < count):
                return count
        return 0

    def _is_torn(self, first: Sequence[tuple[FoundCell, str]]) -> bool:
        """Return whether a row goes on from the page before: its first column is empty, as in no row before."""
        filled = {cell.column for cell, text in first if text}
        lacking = (
            set(range(self.columns))
            - {x for c, _ in first if c.columns > 1 for x in range(c.column, c.column + c.columns)}
            - filled
        )
        if not first or not lacking or any(cell.columns > 1 or cell.rows > 1 for cell, _ in first):
            return False
        last = {cell.column for cell, text in self.cells if cell.row + cell.rows == self.rows and text}
        rows = {cell.row for cell, _ in self.cells}
        full = [x for x in lacking if {c.row for c, text in self.cells if c.column == x and text} >= rows - {0}]
        return (len(full) == len(lacking) or 0 in full) and filled <= last

    def _mend(self, first: Sequence[tuple[FoundCell, str]]) -> None:
        for cell, text in first:
            for at, (other, before) in enumerate(self.cells):
                if other.row + other.rows == self.rows and other.column == cell.column:
                    self.cells[at] = other, f"{before} {text}".strip()

    def _stretched(self, cell: FoundCell) -> bool:
        """Let a cell over rows that ends with the page before go on in an empty place of the next one."""
        for above, text in self.cells:
            same = (above.column, above.columns) == (cell.column, cell.columns)
            if same and above.row + above.rows == self.rows and above.rows > 1 and text:
                above.rows += cell.rows
                return True
        return False

    def node(self, caption: str = "") -> Node | None:
        """Return the block of the whole table."""
        rows: list[list[TableCell]] = [[] for _ in range(self.rows)]
        bounds = {id(cell): part for part in self.parts for cell in part.cells}
        for cell, text in sorted(self.cells, key=lambda each: (each[0].row, each[0].column)):
            frame = bounds[id(cell)].frame
            place = cell.place
            boxes = (frame.box(place.x0, place.y0, place.x1, place.y1),) if place is not None else ()
            rows[cell.row].append(
                TableCell(
                    text,
                    cell.rows,
                    cell.columns,
                    cell.header,
                    cell.column,
                    frame.page,
                    boxes,
                    inlines=links(cell.words, text),
                )
            )
        whole = tuple(p.frame.box(p.area.x0, p.area.y0, p.area.x1, p.area.y1) for p in self.parts)
        return table(
            rows, header_rows=self.header_rows, header_columns=self.header_columns, caption=caption,
            page=self.parts[0].frame.page, boxes=whole,
        )  # fmt: skip


def _texts(found: FoundTable, known: Known) -> list[tuple[FoundCell, str]]:
    """Return each cell with its text."""
    return [(cell, cell_text(cell.words, known, cell.right, cell.exact)) for cell in found.cells]


def _alike(before: FoundTable, found: FoundTable) -> bool:
    if found.source and found.source == before.source and found.frame.page == before.frame.page:
        return True
    beside = found.frame.page == before.frame.page and found.area.x0 > before.area.x1 and found.area.y0 < before.area.y1
    if beside:
        shift = found.area.x0 - before.area.x0
        return all(abs(a + shift - b) <= _EDGE for a, b in zip(before.edges, found.edges, strict=False))
    if found.frame.page != before.frame.page + 1:
        return False
    return _same_edges(before, found)


def _same_edges(before: FoundTable, found: FoundTable) -> bool:
    """Return whether the columns of two tables begin at the same places, as far as rules or texts can tell."""
    if before.ruled and found.ruled:
        return all(abs(a - b) <= _EDGE for a, b in zip(before.edges, found.edges, strict=False))
    return abs(before.area.x0 - found.area.x0) <= 3 * _EDGE and all(
        abs(a - b) <= 5 * _EDGE for a, b in zip(before.edges, found.edges, strict=False)
    )


def _is_bold(cells: Sequence[tuple[FoundCell, str]], row: int) -> bool:
    words = [word for cell, text in cells if cell.row == row for word in cell.words]
    return bool(words) and all(word.bold for word in words if any(c.isalnum() for c in word.text))


def _headers(found: FoundTable, cells: Sequence[tuple[FoundCell, str]]) -> tuple[int, int]:
    """Return how many rows and columns are headers: told by the file, by bold type, fills, a rule, or the texts."""
    if found.header_rows is not None:
        return found.header_rows, found.header_columns
    bold = [_is_bold(cells, row) for row in range(found.rows)]
    column = _header_column(found, cells)
    rows = 0
    if not all(bold):
        groups = {c.row for c, text in cells if text and c.columns >= found.columns > 1}
        while rows < found.rows - 1 and bold[rows] and (rows == 0 or rows not in groups):
            rows += 1
    if not rows:
        rows = _filled_rows(found)
    if not rows and len(found.cuts) == 1 and found.rows > 2 and min(found.cuts) <= 1:
        rows = min(found.cuts) + 1
    if not rows and not column:
        rows = _told_by_texts(found, cells)
        if not rows and found.columns == 2 and _are_keys(cells):
            column = 1
    spans = [c.row + c.rows for c, text in cells if c.row < rows and c.columns < found.columns and text]
    rows = min(max([rows, *spans]), found.rows - 1) if rows else 0
    return rows, column


def _header_column(found: FoundTable, cells: Sequence[tuple[FoundCell, str]]) -> int:
    """Return 1 where the first column is bold and the others are not."""
    first = [_bold_cell(cell) for cell, text in cells if cell.column == 0 and text and cell.columns == 1]
    others = [_bold_cell(cell) for cell, text in cells if cell.column > 0 and text]
    rows = found.rows - (1 if _is_bold(cells, 0) else 0)
    return int(
        len(first) >= 2 and all(first) and bool(others) and sum(others) <= 0.34 * len(others) + found.columns
        and sum(others) < len(others) and rows >= 2
    )  # fmt: skip


def _bold_cell(cell: FoundCell) -> bool:
    return all(word.bold for word in cell.words if any(c.isalnum() for c in word.text))


def _filled_rows(found: FoundTable) -> int:
    """Return how many first rows have a fill that no other row has."""
    if not found.fills or found.fills[0] is None:
        return 0
    rows = 1
    while rows < len(found.fills) and found.fills[rows] == found.fills[0]:
        rows += 1
    return rows if rows < len(found.fills) and found.fills[0] not in found.fills[rows:] and rows <= 3 else 0


def _told_by_texts(found: FoundTable, cells: Sequence[tuple[FoundCell, str]]) -> int:
    """Return 1 where the first row names columns: short texts without digits, and below numbers or more text."""
    head = {cell.column: text for cell, text in cells if cell.row == 0 and text}
    if found.rows < 2 or len(head) < found.columns or _are_keys(cells):
        return 0
    if any(len(text) > 60 or text.endswith(":") or any(c.isdigit() for c in text) for text in head.values()):
        return 0
    for column, name in head.items():
        below = [text for cell, text in cells if cell.row > 0 and cell.column == column and text]
        if below and sum(_NUMBER.fullmatch(text) is not None for text in below) >= 0.6 * len(below):
            return 1
        if found.columns > 2 and below and sum(map(len, below)) > 1.3 * len(name) * len(below):
            return int(all(len(text.split()) <= 4 for text in head.values()))
    return 0


def _are_keys(cells: Sequence[tuple[FoundCell, str]]) -> bool:
    firsts = [text for cell, text in cells if cell.column == 0 and text]
    return len(firsts) >= 2 and sum(text.endswith(":") for text in firsts) >= 0.8 * len(firsts)
