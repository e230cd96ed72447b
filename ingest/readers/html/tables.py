"""Gathers the cells of a table while the page is walked, and tells tables of data from tables that lay out a page.

Spans end with their group of rows, as in a browser; `ingest.blocks.tables` finds the cells' places.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

from selectolax.lexbor import LexborNode

from ingest.blocks.headers import SAMPLE, Look, find_headers, kind_of
from ingest.blocks.nodes import Inline, Node
from ingest.blocks.tables import TableCell, first_places, table
from ingest.readers.html.numbers import whole

_LAYOUT_CELL = 1200
"""A cell with more characters than this is page layout, not data."""
_LONG_DATA_CELL = 6000
"""The same where the table has header cells."""
_TO_THE_END = 65_534


@dataclass(slots=True)
class _Group:
    """The rows of one `thead`, `tbody` or `tfoot`."""

    kind: str
    rows: list[list[TableCell]] = field(default_factory=list)
    bold: list[list[bool]] = field(default_factory=list)
    """Whether the text of each cell is all bold."""


@dataclass(slots=True)
class Grid:
    """The rows of the table that is being read."""

    caption: str = ""
    groups: list[_Group] = field(default_factory=list)
    opened: bool = False

    def group(self, kind: str) -> None:
        """Begin a group of rows."""
        self.groups.append(_Group(kind))

    def row(self) -> None:
        """Begin a row."""
        if not self.groups:
            self.group("tbody")
        self.groups[-1].rows.append([])
        self.groups[-1].bold.append([])

    def cell(self, cell: TableCell, *, bold: bool) -> None:
        """Add a cell to the last row."""
        if not self.groups or not self.groups[-1].rows:
            self.row()
        self.groups[-1].rows[-1].append(cell)
        self.groups[-1].bold[-1].append(bold)

    def table(self) -> Node | None:
        """Return the table's node, with its head on top and its foot at the bottom; None without text."""
        heads = [group for group in self.groups if group.kind == "thead"][:1]
        feet = [group for group in self.groups if group.kind == "tfoot"][:1]
        bodies = [group for group in self.groups if not any(group is each for each in heads + feet)]
        groups = [*heads, *bodies, *feet]
        rows = [row for group in groups for row in _within(group.rows)]
        if heads and bodies:
            header_rows, header_columns = len(heads[0].rows), 0
        elif any(cell.header for row in rows for cell in row):
            header_rows, header_columns = _marked_rows(rows), 0
        else:
            looks = _looks(rows, [line for group in groups for line in group.bold])
            found = find_headers(looks)
            headed = found.rows > 0 and _differs(looks[found.titles :], found.rows)
            header_rows, header_columns = found.titles + found.rows if headed else 0, found.columns
        return table(rows, header_rows=header_rows, header_columns=header_columns, caption=self.caption)


def _looks(rows: Sequence[Sequence[TableCell]], bold: Sequence[Sequence[bool]]) -> list[list[Look]]:
    """Return how the first rows look, for a table that does not say which cells are headers."""
    found = first_places(rows[:SAMPLE])
    width = max((placed.column + across for placed, _, across in found), default=0)
    looks = [[Look("") for _ in range(width)] for _ in rows[:SAMPLE]]
    for (placed, down, across), is_bold in zip(found, chain.from_iterable(bold), strict=False):
        row, column, text = placed.row, placed.column, placed.cell.text
        for y in range(row, row + down):
            looks[y][column : column + across] = [Look(text, covered=True)] * across
        looks[row][column] = Look(text, bold=is_bold, rows=down, columns=across)
    return looks


def _differs(looks: Sequence[Sequence[Look]], count: int) -> bool:
    """Return whether rows differ from those below as headers do: bold, merged, or words above numbers.

    A page that means a header could say so; without a sign the first row is a row like the others.
    """
    head, body = looks[:count], looks[count:]
    if all(cell.bold for row in head for cell in row if cell.text and not cell.covered):
        return True
    if any(cell.columns > 1 for row in head for cell in row):
        return True
    for column, cell in enumerate(head[-1]):
        kinds = [kind_of(row[column].text) for row in body if row[column].text]
        if cell.text and kind_of(cell.text) == "text" and kinds.count("text") < 0.4 * len(kinds):
            return True
    return False


def _marked_rows(rows: Sequence[Sequence[TableCell]]) -> int:
    """Return how many rows at the top name columns, in a table whose header cells say so."""
    count = 0
    for row in rows:
        cells = [cell for cell in row if cell.text]
        if not cells or not all(cell.header for cell in cells) or (count and len(row) == 1):
            break
        count += 1
    if 0 < count < len(rows):
        return count + _second_header(rows[:count], rows[count:])
    return 1 if count and len(rows) > 1 else 0


def cell_of(attributes: Mapping[str, str | None], text: str, inlines: tuple[Inline, ...], *, header: bool) -> TableCell:
    """Return a cell with the spans of its attributes."""
    rows = whole(attributes.get("rowspan") or attributes.get("aria-rowspan"))
    columns = whole(attributes.get("colspan") or attributes.get("aria-colspan"))
    return TableCell(text, _TO_THE_END if rows == 0 else rows or 1, columns or 1, header, inlines=inlines)


def is_data(node: LexborNode, attributes: Mapping[str, str | None]) -> bool:
    """Return whether a table is one of data, and not the layout of a page."""
    if attributes.get("role") in {"presentation", "none"}:
        return False
    cells = node.css("td, th, [role=cell], [role=gridcell], [role=columnheader], [role=rowheader]")
    if len(cells) <= 1:
        return False
    inner = [each for each in node.css("table") if each.mem_id != node.mem_id]
    headings = node.css("th, thead, caption, [role=columnheader], [role=rowheader]")
    headed = any(_owner(each) == node.mem_id for each in headings) if inner else bool(headings)
    long = _LONG_DATA_CELL if headed else _LAYOUT_CELL
    length = len(node.text())
    if length > long and any(len(cell.text()) > long for cell in cells):
        return False
    if headed:
        return True
    if node.css_first("td h1, td h2, td h3, td ul, td ol, td pre, td dl, td form") is not None:
        return False
    return not inner or sum(len(each.text()) for each in inner) < 0.5 * length


def _owner(node: LexborNode) -> int | None:
    """Return the `mem_id` of the table that an element is in."""
    parent = node.parent
    while parent is not None and parent.tag != "table":
        parent = parent.parent
    return parent.mem_id if parent is not None else None


def _within(rows: Sequence[list[TableCell]]) -> list[list[TableCell]]:
    """Return the rows of a group with spans that end in it."""
    return [
        [cell if cell.rows <= len(rows) - at else replace(cell, rows=len(rows) - at) for cell in row]
        for at, row in enumerate(rows)
    ]


def _second_header(head: Sequence[Sequence[TableCell]], body: Sequence[Sequence[TableCell]]) -> int:
    """Return 1 if the row below a header with merged cells goes on naming columns: words, over rows with numbers."""
    if not any(cell.columns > 1 for cell in head[-1]) or len(body) < 2:
        return 0
    first = [cell.text for cell in body[0] if cell.text]
    numbers = any(any(char.isdigit() for char in cell.text) for cell in body[1])
    words = bool(first) and not any(any(char.isdigit() for char in text) for text in first)
    merged = sum(cell.columns for cell in head[-1] if cell.columns > 1)
    return 1 if words and numbers and len(first) >= merged else 0
