"""Makes the nodes of a sheet: its name as a heading, then titles, tables, notes and drawings in reading order.

A region between empty rows and columns is a table, or lines of text. A table goes on below one empty row, or beside one
empty column, if what follows has no names of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ingest.blocks.headers import Headers, Look, find_headers, is_title_row, kind_of, trailing_notes
from ingest.blocks.items import gathered, unnumbered
from ingest.blocks.nodes import Node, heading
from ingest.blocks.tables import TableCell, table
from ingest.readers.office.sheets.regions import clipped, covered, places, regions
from ingest.readers.office.sheets.sheet import Area, Sheet, SheetCell

_SHORT = 100
"""Characters of a title at most."""
_VALUE = 60
"""Characters of a value in a column of values at most."""
_LIST = 6
"""Rows from which a column of short texts is a table."""
_EMPTY = Look("")


def sheet_nodes(sheet: Sheet, page: int | None) -> list[Node]:
    """Return the nodes of a sheet, the first one its name; only that for an empty sheet."""
    nodes = [heading(sheet.name, 1, page)] if sheet.name else []
    view = _View(sheet, page)
    drawn = sorted(sheet.drawn, key=lambda each: each[:2])
    for area in view.areas():
        while drawn and drawn[0][0] < area.top:
            nodes.append(drawn.pop(0)[2])
        nodes += view.nodes(area)
    return nodes + [node for _, _, node in drawn]


class _View:
    """A sheet with its merged cells at their places."""

    def __init__(self, sheet: Sheet, page: int | None) -> None:
        self._sheet = sheet
        self._page = page
        sheet.merged = clipped(sheet.merged, sheet.cells)
        self._covered = frozenset(covered(sheet.merged))
        for place in self._covered.intersection(sheet.cells):
            del sheet.cells[place]  # under a merged cell, where nobody sees it
        self._places = places(sheet.cells, sheet.merged)
        self._merged = {(area.top, area.left): area for area in sheet.merged}
        self._declared = dict(sheet.tables)
        self._styled = any(cell.bold or cell.filled for cell in sheet.cells.values())

    def areas(self) -> list[Area]:
        """Return the regions in reading order, declared tables apart."""
        found: list[Area] = []
        for area in regions(self._places):
            declared = [each for each in self._declared if _inside(each, area)]
            found += self._apart(area, declared) if declared else [area]
        return self._joined(found)

    def _joined(self, found: Iterable[Area]) -> list[Area]:
        joined: list[Area] = []
        for area in found:
            if joined and self._goes_on(joined[-1], area):
                last = joined.pop()
                area = Area(last.top, last.left, area.bottom, max(last.right, area.right))
            joined.append(area)
        return joined

    def _apart(self, area: Area, declared: Sequence[Area]) -> list[Area]:
        rest = {
            row: [column for column in columns if not any(_has(each, row, column) for each in declared)]
            for row, columns in self._places.items()
            if area.top <= row <= area.bottom
        }
        return sorted([*regions({row: columns for row, columns in rest.items() if columns}, area), *declared])

    def _goes_on(self, first: Area, second: Area) -> bool:
        """Return whether the second region is a part of the first one's table."""
        if first in self._declared or second in self._declared:
            return False
        below = second.top == first.bottom + 2 and first.left <= second.left and second.right <= first.right
        beside = (
            second.left == first.right + 2
            and first.top <= second.top <= first.top + 3
            and second.bottom == first.bottom
        )
        if first.right == first.left or not (below or beside):
            return False
        own = self.looks(second)
        if beside:
            values = [row[0] for row in own[1:] if row[0].text]
            return bool(values) and all(_is_number(cell) for cell in values)
        if second.right == second.left:
            return False
        rows = self.looks(Area(second.top, first.left, second.bottom, first.right))
        if first.bottom - first.top < 3 and second.bottom > second.top:
            return self._names(first, rows)
        return self._has_values_like(first, rows)

    def _names(self, first: Area, rows: Sequence[Sequence[Look]]) -> bool:
        """Return whether a region is a header without its table, and the rows are a table without a header."""
        head = self.looks(first)
        cells = [cell for row in head for cell in row if cell.text]
        wide = sum(bool(cell.text) for cell in head[-1]) > 1
        return wide and not any(_is_number(cell) for cell in cells) and self._is_bare(rows)

    def _is_bare(self, rows: Sequence[Sequence[Look]]) -> bool:
        """Return whether each row has numbers where the others have them: none is a header."""
        found = find_headers(rows, styled=self._styled)
        columns = [place for place in range(len(rows[0])) if _are_numbers(row[place] for row in rows)]
        return found.rows == 0 and found.titles == 0 and bool(columns)

    def _has_values_like(self, first: Area, rows: Sequence[Sequence[Look]]) -> bool:
        """Return whether the rows have numbers where the region has them, and nothing else there."""
        body = self.looks(first)[1:][-50:]
        if not body:
            return False
        columns = [place for place in range(len(body[0])) if _are_numbers(row[place] for row in body)]
        cells = [row[place] for row in rows for place in columns if row[place].text]
        return bool(cells) and all(_is_number(cell) for cell in cells)

    def looks(self, area: Area) -> list[list[Look]]:
        """Return what the cells of a region look like."""
        return [
            [self._look(row, column, area) for column in range(area.left, area.right + 1)]
            for row in range(area.top, area.bottom + 1)
        ]

    def _look(self, row: int, column: int, area: Area) -> Look:
        cell = self._sheet.cells.get((row, column))
        if cell is None:
            return Look("", covered=True) if (row, column) in self._covered else _EMPTY
        rows, columns = self._spans(row, column, area)
        return Look(cell.text, cell.type, cell.bold, cell.filled, rows, columns)

    def _spans(self, row: int, column: int, area: Area) -> tuple[int, int]:
        merged = self._merged.get((row, column))
        if merged is None:
            return 1, 1
        return min(merged.bottom, area.bottom) - row + 1, min(merged.right, area.right) - column + 1

    def nodes(self, area: Area) -> list[Node]:
        """Return the nodes of a region."""
        if area in self._declared:
            made = self._table(area, Headers(0, self._declared[area], self._columns(area, 0)), "")
            return [made] if made else []
        rows = self.looks(area)
        if area.left == area.right or all(is_title_row(row) for row in rows):
            return self._column(area, rows)
        found = find_headers(rows, styled=self._styled)
        if found.titles:
            below = self._joined(regions(self._places, area._replace(top=area.top + found.titles)))
            if len(below) > 1:  # tables side by side below one title
                above = [self._line(row, area, first=row == area.top) for row in _range(area, found.titles)]
                return [*above, *(node for each in below for node in self.nodes(each))]
        notes = trailing_notes(rows, found)
        inner = area._replace(top=area.top + found.titles, bottom=area.bottom - notes)
        found = self._with_hints(inner, found)
        caption = ""
        nodes: list[Node] = []
        if found.titles == 1 and area.bottom > area.top:
            caption = self._text(area.top, area)
        else:
            nodes = [self._line(row, area, first=row == area.top) for row in _range(area, found.titles)]
        made = self._table(inner, found, caption)
        nodes += [made] if made else []
        below_it = [self._line(row, area) for row in range(inner.bottom + 1, area.bottom + 1)]
        return [*nodes, *gathered(_as_items(below_it))]

    def _with_hints(self, area: Area, found: Headers) -> Headers:
        """Return the headers with what the file itself treats as such."""
        rows = found.rows
        for headed, last in self._sheet.headed:
            if area.top <= last < area.bottom and headed.left <= area.right and area.left <= headed.right:
                rows = max(rows, last + 1 - area.top) if last + 1 - area.top <= 10 else rows
        return Headers(found.titles, rows, self._columns(area, found.columns))

    def _columns(self, area: Area, found: int) -> int:
        hinted = self._sheet.header_columns - area.left
        return max(found, hinted) if 0 < hinted <= min(3, area.right - area.left) else found

    def _table(self, area: Area, found: Headers, caption: str) -> Node | None:
        rows = [list(self._cells(row, area)) for row in range(area.top, area.bottom + 1)]
        shown = [any(cell.text for cell in row) for row in rows]
        head = sum(shown[: found.rows]) if any(shown[found.rows :]) else 0
        used = {cell.column for row in rows for cell in row}
        columns = sum(1 for column in range(found.columns) if column in used)
        return table(rows, header_rows=head, header_columns=columns, caption=caption, page=self._page)

    def _cells(self, row: int, area: Area) -> Iterator[TableCell]:
        for column in range(area.left, area.right + 1):
            cell = self._sheet.cells.get((row, column))
            if cell is None:
                continue
            rows, columns = self._spans(row, column, area)
            yield TableCell(
                cell.text,
                rows,
                columns,
                column=column - area.left,
                type=cell.type,
                unit=cell.unit,
                inlines=cell.inlines,
            )

    def _column(self, area: Area, rows: Sequence[Sequence[Look]]) -> list[Node]:
        """Return a region of one column: a table if its first row names it, else lines of text."""
        if area.left < area.right or any(_is_prose(row[0].text) for row in rows[1:]):
            return self._lines(area)
        found = self._with_hints(area, find_headers(rows, styled=self._styled))
        numbers = [_is_number(row[0]) for row in rows if row[0].text]
        named = found.rows > 0 and len(rows) > 2 and (_stands_out(rows) or any(numbers[1:]))
        if named or len(rows) >= _LIST or all(numbers):
            made = self._table(area, found, "")
            return [made] if made else []
        return self._lines(area)

    def _lines(self, area: Area) -> list[Node]:
        last = max(self._places)
        lines = [
            self._line(row, area, first=row == area.top and row < last) for row in range(area.top, area.bottom + 1)
        ]
        return list(gathered(_as_items(lines)))

    def _line(self, row: int, area: Area, *, first: bool = False) -> Node:
        """Return a row of text: a heading if it is the first of several and looks like one."""
        cells = self._row(row, area)
        text = self._text(row, area)
        inlines = cells[0].inlines if len(cells) == 1 else ()
        if first and len(text) <= _SHORT and any(cell.bold or cell.large for cell in cells):
            return Node("heading", text, level=2, page=self._page, inlines=inlines)
        return Node("paragraph", text, page=self._page, inlines=inlines)

    def _row(self, row: int, area: Area) -> list[SheetCell]:
        found = (self._sheet.cells.get((row, column)) for column in range(area.left, area.right + 1))
        return [cell for cell in found if cell is not None]

    def _text(self, row: int, area: Area) -> str:
        return " ".join(cell.text for cell in self._row(row, area))


def _range(area: Area, count: int) -> range:
    return range(area.top, area.top + count)


def _inside(inner: Area, outer: Area) -> bool:
    return _has(outer, inner.top, inner.left) and _has(outer, inner.bottom, inner.right)


def _has(area: Area, row: int, column: int) -> bool:
    return area.top <= row <= area.bottom and area.left <= column <= area.right


def _is_number(cell: Look) -> bool:
    return cell.type in {"number", "date"} or kind_of(cell.text) != "text"


def _are_numbers(cells: Iterable[Look]) -> bool:
    shown = [cell for cell in cells if cell.text]
    return bool(shown) and sum(_is_number(cell) for cell in shown) >= 0.6 * len(shown)


def _is_prose(text: str) -> bool:
    return len(text) > _VALUE or text[-1:] in {".", "!", "?", ":", ";"} or unnumbered(text)[1] != text


def _stands_out(rows: Sequence[Sequence[Look]]) -> bool:
    first, rest = rows[0][0], [row[0] for row in rows[1:]]
    bold = first.bold and not any(cell.bold for cell in rest)
    return bold or (first.filled and not any(cell.filled for cell in rest))


def _as_items(lines: Sequence[Node]) -> Iterator[Node]:
    """Yield lines of text, with items where two or more in a row begin with a bullet or a number."""
    marked = [line.kind == "paragraph" and unnumbered(line.text)[1] != line.text for line in lines]
    for place, line in enumerate(lines):
        beside = (place > 0 and marked[place - 1]) or marked[place + 1 : place + 2] == [True]
        if marked[place] and beside and not line.inlines:
            number, text = unnumbered(line.text)
            yield Node("item", text, page=line.page, number=number)
        else:
            yield line
