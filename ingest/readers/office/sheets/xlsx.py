"""Reads xlsx workbooks: each cell as Excel shows it, sheet by sheet in the order of the tabs.

Values come from openpyxl. It does not tell which cells are formulas, whether their value is stored, and what is drawn
on a sheet: that is read from the package's parts. Knows no layout (`layout`).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from lxml import etree

from ingest.account import left_out
from ingest.blocks.inline import InlineText, superscript
from ingest.blocks.nodes import Inline, Node, Reading
from ingest.cleaning import one_line
from ingest.formats.sisters import as_plain
from ingest.hidden_text.sheets import Hidden, hidden_places, is_hidden_sheet, may_hide
from ingest.readers.office.drawing.text import is_open, same_target
from ingest.readers.office.opening import opened
from ingest.readers.office.parts import Parts, local
from ingest.readers.office.sheets.drawings import sheet_drawings
from ingest.readers.office.sheets.layout import sheet_nodes
from ingest.readers.office.sheets.sheet import Area, Sheet, SheetCell
from ingest.readers.office.values.number_formats import BUILTIN, shown

_HYPERLINK = re.compile(r'^\s*HYPERLINK\(\s*"([^"]+)"\s*[,;)]', re.IGNORECASE)
_REFERENCE = re.compile(r"(?:'((?:[^']|'')+)'|([^'!]+))!\$?([A-Z]{1,3})\$?(\d+)(?::\$?([A-Z]{1,3})\$?(\d+))?")
_PRINT_CODE = re.compile(r'&(?:"[^"]*"|K[0-9A-Fa-f]{6}|\d+|[A-Za-z&+\-])')
_LARGE = 14
"""Points from which the text of a cell is a title."""
_THIN_ROW, _THIN_COLUMN = 9, 4
"""Height in points and width in letters below which nothing is written."""
_WITHOUT_VALUE = (
    "A workbook has {count} formulas without a stored value ({sheets}); open it in Excel and save it again."
)
_FORMULA = re.compile(rb"<(?:\w{1,20}:)?f[ />]")
_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Style:
    code: str
    bold: bool
    filled: bool
    large: bool
    struck: bool


def read_xlsx(data: bytes) -> Reading:
    """Return a workbook's sheets, one page a sheet, each under its name; hidden ones are left out."""
    import openpyxl

    plain = as_plain(data)
    with opened(), _merged_as_areas():
        book = openpyxl.load_workbook(io.BytesIO(plain), data_only=True, rich_text=True, keep_links=False)
        return _Workbook(book, Parts(plain), may_hide(plain)).reading()


@contextmanager
def _merged_as_areas() -> Iterator[None]:
    """Keep openpyxl from making a cell for each place of a merged area, which may be a whole sheet."""
    from openpyxl.worksheet._reader import WorksheetReader
    from openpyxl.worksheet.cell_range import CellRange, MultiCellRange

    def bind(reader: Any) -> None:
        found = reader.parser.merged_cells
        if found:
            reader.ws.merged_cells = MultiCellRange([CellRange(each.ref) for each in found.mergeCell])

    usual = WorksheetReader.bind_merged_cells
    WorksheetReader.bind_merged_cells = bind
    try:
        yield
    finally:
        WorksheetReader.bind_merged_cells = usual


class _Workbook:
    """A workbook while it is read."""

    def __init__(self, book: Any, parts: Parts, hides: bool) -> None:
        self._book = book
        self._parts = parts
        self._from_1904 = book.epoch.year == 1904
        self._styles: dict[int, _Style] = {}
        self._missing: dict[str, int] = {}
        self._formulas: dict[_Place, str] = {}
        visible = [sheet for sheet in book.worksheets if not is_hidden_sheet(sheet)]
        self._hidden = {sheet.title: hidden_places(sheet) if hides else Hidden() for sheet in visible}

    def reading(self) -> Reading:
        nodes: list[Node] = []
        page = 0
        for name, part, kind in self._sheets():
            if kind == "chartsheet" or name in self._hidden:
                page += 1
                nodes += self._nodes(name, part, page)
        warnings: tuple[str, ...] = ()
        if self._missing:
            sheets = ", ".join(list(self._missing)[:5]) + (", …" if len(self._missing) > 5 else "")
            warnings = (_WITHOUT_VALUE.format(count=sum(self._missing.values()), sheets=sheets),)
        return Reading(nodes, title=one_line(self._book.properties.title or "") or None, pages=page or None,
                       warnings=warnings)  # fmt: skip

    def _sheets(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, part and kind of each sheet in the order of the tabs, without hidden charts."""
        main = next(
            (r.target for r in self._parts.relations("").values() if r.kind == "officeDocument"), "xl/workbook.xml"
        )
        relations = self._parts.relations(main)
        root = self._parts.xml(main)
        for node in root.iter() if root is not None else ():
            if local(node) != "sheet":
                continue
            identity = next((value for key, value in node.attrib.items() if str(key).endswith("}id")), "")
            relation = relations.get(str(identity))
            if relation is not None and not (
                relation.kind == "chartsheet" and node.get("state", "visible") != "visible"
            ):
                yield node.get("name") or "", relation.target, relation.kind

    def _nodes(self, name: str, part: str, page: int) -> list[Node]:
        sheet = Sheet(one_line(name))
        sheet.drawn = sheet_drawings(self._parts, part, page, self._shows)
        if name in self._hidden:
            self._fill(sheet, self._book[name], part)
        nodes = sheet_nodes(sheet, page)
        if len(nodes) < 2:  # nothing but a name
            return []
        return nodes + list(_printed(self._book[name], page)) if name in self._hidden else nodes

    def _shows(self, reference: str) -> bool:
        """Return whether all cells of a chart's reference are on a visible sheet and not hidden themselves."""
        match = _REFERENCE.fullmatch(reference.strip())
        name = ((match.group(1) or match.group(2)).replace("''", "'")) if match else ""
        hidden = self._hidden.get(name)
        if match is None or hidden is None:
            return False
        from openpyxl.utils import column_index_from_string as number

        left, top = number(match.group(3)), int(match.group(4))
        right, bottom = number(match.group(5) or match.group(3)), int(match.group(6) or top)
        if any(top <= row <= bottom for row in hidden.rows) or any(left <= each <= right for each in hidden.columns):
            return False
        cells = self._book[name]._cells
        return any(place in cells for place in ((top, left), (bottom, right)))

    def _fill(self, sheet: Sheet, source: Any, part: str) -> None:
        hidden = self._hidden[source.title]
        self._formulas, missing = _formulas(self._parts, part)
        for row, column in missing:
            if not hidden.hides(row, column):
                left_out("formula", self._formulas[row, column])
                self._missing[source.title] = self._missing.get(source.title, 0) + 1
        for place, cell in source._cells.items():
            if cell.comment is not None and not hidden.hides(*place):
                left_out("comment", cell.comment.text or "")
            if cell.value is None or hidden.hides(*place):
                continue
            made = self._cell(cell, place)
            if made.text:
                sheet.cells[place[0] - 1, place[1] - 1] = made
        sheet.merged = [_area(each) for each in source.merged_cells.ranges]
        _add_hints(sheet, source)
        rows, columns = _thin(source, sheet)
        sheet.close_up({row - 1 for row in hidden.rows} | rows, {column - 1 for column in hidden.columns} | columns)

    def _cell(self, cell: Any, place: _Place) -> SheetCell:
        style = self._style(cell)
        if style.struck:
            left_out("struck", str(cell.value))
            return SheetCell("")
        text, inlines, kind, unit = self._shown(cell, style, place)
        if place in self._formulas:
            kind = "formula"
        return SheetCell(text, kind, unit, style.bold, style.filled, style.large, inlines)

    def _shown(self, cell: Any, style: _Style, place: _Place) -> Any:
        value = cell.value
        if isinstance(value, datetime | date | time | timedelta):
            from openpyxl.utils.datetime import to_excel

            value = float(to_excel(value, self._book.epoch))
        if isinstance(value, int | float | str) and type(value).__name__ != "CellRichText":
            found = shown(value if cell.data_type != "e" else str(value), style.code, from_1904=self._from_1904)
            text, kind, unit = found.text, found.type, found.unit
        else:
            text, kind, unit = rich_text(value), "text", None
        return (*with_link(text, self._target(cell, place)), kind, unit)

    def _target(self, cell: Any, place: _Place) -> str | None:
        if cell.hyperlink is not None and cell.hyperlink.target:
            return str(cell.hyperlink.target)
        match = _HYPERLINK.match(self._formulas.get(place, ""))
        return match.group(1) if match else None

    def _style(self, cell: Any) -> _Style:
        known = self._styles.get(cell.style_id)
        if known is None:
            font = cell.font
            code = BUILTIN.get(cell._style.numFmtId) or cell.number_format or "General"
            fill = cell.fill.patternType if hasattr(cell.fill, "patternType") else "gradient"
            filled = fill not in {None, "none"} and not _is_white(cell.fill)
            known = _Style(code, bool(font.b), filled, (font.sz or 11) >= _LARGE, bool(font.strike))
            self._styles[cell.style_id] = known
        return known


def rich_text(value: Any) -> str:
    """Return the text of a cell with formatted parts, without what is struck out, raised digits raised."""
    if not isinstance(value, list):
        return one_line(str(value))
    text = InlineText()
    for part in value:
        font = getattr(part, "font", None)
        words = str(getattr(part, "text", part))
        if font is not None and font.strike:
            left_out("struck", words)
        else:
            raised = font is not None and font.vertAlign == "superscript"
            text.add(superscript(words, text.parts[-1] if text.parts else "") if raised else words)
    return text.taken()[0]


def with_link(text: str, target: str | None) -> tuple[str, tuple[Inline, ...]]:
    """Return a cell's text in one line, with the target of its link behind it unless it is that."""
    text = one_line(text)
    if not target or not text or not is_open(target):
        return text, ()
    whole = text if same_target(text, target) else f"{text} ({target})"
    return whole, (Inline("link", 0, len(whole), target),)


def _is_white(fill: Any) -> bool:
    colour = getattr(fill, "fgColor", None)
    return colour is not None and str(getattr(colour, "rgb", "")).upper().endswith("FFFFFF")


def _area(found: Any) -> Area:
    return Area(found.min_row - 1, found.min_col - 1, found.max_row - 1, found.max_col - 1)


def _add_hints(sheet: Sheet, source: Any) -> None:
    """Add what the file itself treats as tables and headers."""
    from openpyxl.worksheet.cell_range import CellRange

    for each in source.tables.values():
        sheet.tables.append((_area(CellRange(each.ref)), 1 if each.headerRowCount is None else each.headerRowCount))
    whole = Area(0, 0, 1 << 20, 1 << 14)
    if source.auto_filter is not None and source.auto_filter.ref:
        area = _area(CellRange(source.auto_filter.ref))
        sheet.headed.append((area, area.top))
    if match := re.search(r"\$?(\d+):\$?(\d+)", source.print_title_rows or ""):
        sheet.headed.append((whole, int(match.group(2)) - 1))
    pane = source.sheet_view.pane if source.sheet_view is not None else None
    if pane is not None and pane.state in {"frozen", "frozenSplit"}:
        if 0 < int(pane.ySplit or 0) <= 10:
            sheet.headed.append((whole, int(pane.ySplit) - 1))
        sheet.header_columns = int(pane.xSplit or 0)


def _thin(source: Any, sheet: Sheet) -> tuple[set[int], set[int]]:
    """Return the empty rows and columns that are too thin to separate tables: they only loosen one."""
    rows, columns = {row for row, _ in sheet.cells}, {column for _, column in sheet.cells}
    sizes = source.row_dimensions.items()
    low = {number - 1 for number, size in sizes if size.height is not None and size.height < _THIN_ROW}
    last = max(columns, default=0)
    narrow = {
        number - 1
        for size in source.column_dimensions.values()
        if size.customWidth and size.width < _THIN_COLUMN
        for number in range(size.min, min(size.max, last + 1) + 1)
    }
    return low - rows, narrow - columns


def _printed(source: Any, page: int) -> Iterator[Node]:
    """Yield the words that stand above and below a sheet in print."""
    for kind, place in (("header", source.oddHeader), ("footer", source.oddFooter)):
        texts = [part.text for part in (place.left, place.center, place.right) if part is not None and part.text]
        text = one_line(" ".join(_PRINT_CODE.sub(" ", text) for text in texts))
        if any(char.isalpha() for char in text):
            yield Node("header" if kind == "header" else "footer", text, page=page)


def _formulas(parts: Parts, name: str) -> tuple[dict[_Place, str], list[_Place]]:
    """Return the formulas of a sheet by their place, and the places of those without a stored value."""
    stream = parts.opened(name) if parts.has(name, _FORMULA) else None
    found: dict[_Place, str] = {}
    missing: list[_Place] = []
    if stream is None:
        return found, missing
    from openpyxl.utils.cell import coordinate_to_tuple

    row = column = 0
    with stream:
        for event, node in etree.iterparse(stream, events=("start", "end"), tag=("{*}row", "{*}c"), recover=True):
            if local(node) == "row":
                if event == "start":
                    row, column = int(node.get("r") or row + 1), 0
                else:
                    node.clear()
            elif event == "end":
                column += 1
                if node.get("r"):
                    row, column = coordinate_to_tuple(node.get("r"))
                formula = node.find("{*}f")
                if formula is not None:
                    found[row, column] = formula.text or "="
                    if node.find("{*}v") is None and node.find("{*}is") is None:
                        missing.append((row, column))
    return found, missing
