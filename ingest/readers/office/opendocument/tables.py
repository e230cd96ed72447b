"""Reads the tables of an OpenDocument text: spans, repeated cells and rows, header rows, value types."""

from __future__ import annotations

from collections.abc import Iterator

from core.types import CellType
from ingest.blocks.tables import MAX_COLUMNS, MAX_SPAN
from ingest.cleaning import one_line
from ingest.readers.office.flow.grids import Grid, GridCell, grid_pieces
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.opendocument.context import MAX_DEPTH, Text
from ingest.readers.office.opendocument.names import OFFICE, TABLE, TEXT, Xml, all_text, count

_TYPES: dict[str, CellType] = {
    "float": "number", "percentage": "number", "currency": "number", "date": "date", "time": "date", "string": "text",
}  # fmt: skip
_GROUPS = frozenset({f"{TABLE}{name}" for name in ("table-row-group", "table-rows", "table-header-rows")})
_MOST_REPEATED = 1000


def table_pieces(node: Xml, text: Text, depth: int) -> list[Piece]:
    """Return the pieces of a table: the table, or what it holds if it is a layout."""
    if depth >= MAX_DEPTH:
        return [Piece("paragraph", one_line(" ".join("".join(map(str, p.itertext())) for p in node.iter(f"{TEXT}p"))))]
    grid = Grid(has_lines=False)
    in_header = True
    for row, is_header in _rows(node):
        cells = list(_cells(row, text, depth, grid))
        in_header = in_header and is_header
        grid.header_rows += in_header
        grid.rows.append(cells)
    return grid_pieces(grid)


def _rows(node: Xml) -> Iterator[tuple[Xml, bool]]:
    """Yield the rows of a table, and whether each is marked as a header; empty rows that repeat come once."""
    stack = [(child, False) for child in reversed(node)]
    while stack:
        child, header = stack.pop()
        if child.tag == f"{TABLE}table-row":
            yield child, header
            times = count(child, f"{TABLE}number-rows-repeated", 1, _MOST_REPEATED)
            for _ in range(times - 1 if all_text(child).strip() else 0):
                yield child, header
        elif child.tag in _GROUPS:
            inside = header or child.tag == f"{TABLE}table-header-rows"
            stack.extend((each, inside) for each in reversed(child))


def _cells(row: Xml, text: Text, depth: int, grid: Grid) -> Iterator[GridCell]:
    column = 0
    for node in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        times = count(node, f"{TABLE}number-columns-repeated", 1, MAX_COLUMNS)
        if node.tag == f"{TABLE}covered-table-cell":
            column += times
            continue
        shown = text.pieces(node, depth + 1, False)
        style = node.get(f"{TABLE}style-name")
        grid.has_lines = grid.has_lines or text.styles.has_lines(style)
        for _ in range(times if shown else 1):
            if column >= MAX_COLUMNS:
                return
            yield GridCell(
                shown,
                column,
                count(node, f"{TABLE}number-rows-spanned", 1, MAX_SPAN),
                count(node, f"{TABLE}number-columns-spanned", 1, MAX_COLUMNS),
                filled=text.styles.is_filled(style),
                type=_TYPES.get(node.get(f"{OFFICE}value-type") or ""),
                unit=node.get(f"{OFFICE}currency"),
            )
            column += 1
        column += 0 if shown else times - 1
