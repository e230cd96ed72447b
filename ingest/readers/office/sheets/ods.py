"""Reads OpenDocument sheets, which store beside each value the text that is shown. Hidden sheets, rows and columns are
left out; drawings give the text of their boxes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from core.types import CellType
from ingest.account import left_out
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.hidden_text import report
from ingest.readers.office.odf import DRAW, OFFICE, TABLE, Package, opened_package, paragraph_text, text_nodes
from ingest.readers.office.opening import opened
from ingest.readers.office.parts import Element, local
from ingest.readers.office.sheets.layout import sheet_nodes
from ingest.readers.office.sheets.sheet import Area, Sheet, SheetCell

MAX_REPEATED = 1000
"""How often one cell with text is repeated at most: fills of a whole sheet are formats, not content."""
_LARGE = 14
_THIN_ROW, _THIN_COLUMN = 9, 20
"""Points below which nothing is written."""
_WITHOUT_VALUE = "A workbook has {count} formulas without a stored value; open it in LibreOffice and save it again."
_TYPES: dict[str, CellType] = {
    "float": "number",
    "percentage": "number",
    "currency": "number",
    "date": "date",
    "time": "date",
}
_HIDDEN = frozenset({"collapse", "filter"})


@dataclass(slots=True)
class _Columns:
    """Hidden columns with the text of their cells, and those that are too narrow for text."""

    hidden: set[int] = field(default_factory=set)
    narrow: set[int] = field(default_factory=set)
    texts: dict[int, list[str]] = field(default_factory=dict)


def read_ods(data: bytes) -> Reading:
    """Return the sheets, one page a sheet, each under its name."""
    with opened():
        package = opened_package(data)
        nodes: list[Node] = []
        page = missing = 0
        for table in package.content.iterfind(f"{OFFICE}body/{OFFICE}spreadsheet/{TABLE}table"):
            if package.look(table, TABLE).hidden:
                report.record("hidden_sheet", _all_text(table))
                continue
            page += 1
            reader = _Reader(package, page)
            made = sheet_nodes(reader.sheet(table), page)
            missing += reader.missing
            nodes += made if len(made) > 1 else []
    warnings = (_WITHOUT_VALUE.format(count=missing),) if missing else ()
    return Reading(nodes, title=package.title, pages=page or None, warnings=warnings)


class _Reader:
    """One sheet while it is read."""

    def __init__(self, package: Package, page: int) -> None:
        self._package = package
        self._page = page
        self._low: set[int] = set()
        self.missing = 0

    def sheet(self, table: Element) -> Sheet:
        sheet = Sheet(one_line(table.get(f"{TABLE}name") or ""))
        columns = self._columns(table)
        hidden_rows: set[int] = set()
        row = 0
        for line, is_header in _rows(table, False, 0):
            count = int(line.get(f"{TABLE}number-rows-repeated") or 1)
            if 0 < (self._package.look(line, TABLE).length or 0) < _THIN_ROW:
                self._low.update(range(row, row + min(count, MAX_REPEATED)))
            if line.get(f"{TABLE}visibility") in _HIDDEN:
                report.record("hidden_row", _all_text(line))
                hidden_rows.update(range(row, row + min(count, MAX_REPEATED)))
            else:
                for place in range(row, row + (min(count, MAX_REPEATED) if _all_text(line).strip() else 1)):
                    self._row(sheet, line, place, columns)
            row += count
            if is_header:
                sheet.headed.append((Area(0, 0, 1 << 20, 1 << 14), row - 1))
        for texts in columns.texts.values():
            report.record("hidden_column", " ".join(texts))
        for shapes in table.iterfind(f"{TABLE}shapes"):
            self._drawn(sheet, shapes, 0, 0)
        used_rows, used_columns = {row for row, _ in sheet.cells}, {column for _, column in sheet.cells}
        low = {number for number in self._low if number not in used_rows}
        narrow = {number for number in columns.narrow if number not in used_columns}
        sheet.close_up(hidden_rows | low, columns.hidden | narrow)
        return sheet

    def _columns(self, table: Element) -> _Columns:
        columns, column = _Columns(), 0
        for node in table.iter(f"{TABLE}table-column"):
            count = int(node.get(f"{TABLE}number-columns-repeated") or 1)
            places = range(column, column + min(count, MAX_REPEATED))
            if node.get(f"{TABLE}visibility") in _HIDDEN:
                columns.hidden.update(places)
            elif 0 < (self._package.look(node, TABLE).length or 0) < _THIN_COLUMN:
                columns.narrow.update(places)
            column += count
        return columns

    def _row(self, sheet: Sheet, line: Element, row: int, columns: _Columns) -> None:
        column = 0
        for cell in line:
            if local(cell) not in {"table-cell", "covered-table-cell"}:
                continue
            count = int(cell.get(f"{TABLE}number-columns-repeated") or 1)
            made = self._cell(cell) if len(cell) or cell.get(f"{TABLE}formula") else None
            self._drawn(sheet, cell, row, column)
            if made is not None and local(cell) == "table-cell":
                for place in range(column, column + min(count, MAX_REPEATED)):
                    if place in columns.hidden:
                        columns.texts.setdefault(place, []).append(made.text)
                    else:
                        sheet.cells[row, place] = made
                down = int(cell.get(f"{TABLE}number-rows-spanned") or 1)
                across = int(cell.get(f"{TABLE}number-columns-spanned") or 1)
                if down > 1 or across > 1:
                    sheet.merged.append(Area(row, column, row + down - 1, column + across - 1))
            column += count

    def _cell(self, cell: Element) -> SheetCell | None:
        look = self._package.look(cell, TABLE)
        read = [paragraph_text(each, self._package) for each in cell if local(each) == "p"]
        text = one_line(" ".join(text for text, _ in read))
        for note in cell.iterfind(f"{OFFICE}annotation"):
            left_out("comment", _all_text(note))
        formula = cell.get(f"{TABLE}formula")
        if not text and formula and cell.get(f"{OFFICE}value-type") is None:
            left_out("formula", formula)
            self.missing += 1
        if look.struck and text:
            left_out("struck", text)
            return None
        kind = _TYPES.get(cell.get(f"{OFFICE}value-type") or "", "text")
        unit = "%" if cell.get(f"{OFFICE}value-type") == "percentage" else cell.get(f"{OFFICE}currency")
        inlines = read[0][1] if len(read) == 1 else ()
        made = SheetCell(
            text, "formula" if formula else kind, unit, look.bold, look.filled, look.size >= _LARGE, inlines
        )
        return made if text else None

    def _drawn(self, sheet: Sheet, parent: Element, row: int, column: int) -> None:
        for shape in parent.iterchildren():
            if str(shape.tag).startswith(DRAW):
                for box in shape.iter(f"{DRAW}text-box", f"{DRAW}custom-shape"):
                    sheet.drawn += [(row, column, node) for node in text_nodes(box, self._package, self._page)]


def _rows(parent: Element, is_header: bool, depth: int) -> Iterator[tuple[Element, bool]]:
    """Yield the rows of a table, also of its groups, and whether they are repeated as headers in print."""
    for child in parent:
        name = local(child)
        if name == "table-row":
            yield child, is_header
        elif name in {"table-header-rows", "table-rows", "table-row-group"} and depth < 20:
            yield from _rows(child, is_header or name == "table-header-rows", depth + 1)


def _all_text(node: Element) -> str:
    return " ".join(str(part) for part in node.itertext())
