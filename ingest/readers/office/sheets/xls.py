"""Reads xls workbooks of Excel 97 to 2003 with xlrd: each cell as Excel shows it, without hidden sheets, rows, columns.

xlrd does not tell which cells are formulas, and reads no drawings.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import xlrd  # type: ignore[import-untyped]
from xlrd.compdoc import CompDocError  # type: ignore[import-untyped]

from core.errors import DocumentRejected
from ingest.account import left_out
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.hidden_text import report
from ingest.readers.office.opening import opened
from ingest.readers.office.sheets.layout import sheet_nodes
from ingest.readers.office.sheets.sheet import Area, Sheet, SheetCell
from ingest.readers.office.sheets.xlsx import with_link
from ingest.readers.office.values.number_formats import BUILTIN, shown

_LARGE = 14 * 20
"""Height of a font, in twentieths of a point, from which the text of a cell is a title."""
_THIN_ROW, _THIN_COLUMN = 9 * 20, 4 * 256
_WHITE = frozenset({9, 64, 65})


def read_xls(data: bytes) -> Reading:
    """Return a workbook's sheets, one page a sheet. Raises DocumentRejected for a damaged or encrypted one."""
    with opened():
        try:
            book = _opened(data)
        except (xlrd.XLRDError, CompDocError) as error:
            raise _refusal(str(error)) from error
        nodes: list[Node] = []
        pages = 0
        for source in book.sheets():
            if source.visibility:
                report.record("hidden_sheet", _text(source, range(source.nrows), range(source.ncols)))
                continue
            pages += 1
            made = sheet_nodes(_sheet(source, book), pages)
            nodes += made if len(made) > 1 else []
        return Reading(nodes, pages=pages or None)


def _opened(data: bytes) -> Any:
    """Return the workbook with its formats; without them where xlrd cannot read those."""
    quiet = io.StringIO()
    try:
        return xlrd.open_workbook(file_contents=data, formatting_info=True, logfile=quiet)
    except (xlrd.XLRDError, CompDocError):
        raise
    except Exception:  # xlrd fails in many ways on formats that other programs wrote
        return xlrd.open_workbook(file_contents=data, logfile=quiet)


def _refusal(why: str) -> DocumentRejected:
    if "password" in why or "encrypted" in why:
        return DocumentRejected(
            "The Office file is encrypted with a password.", hint="Remove the password and upload it again."
        )
    return DocumentRejected(
        f"The workbook is damaged or of an unknown kind: {why}",
        hint="Open it in the program that made it and save it as xlsx or PDF.",
    )


def _sheet(source: Any, book: Any) -> Sheet:
    sheet = Sheet(one_line(source.name))
    rows, columns = _hidden_lines(source)
    links = {(link.frowx, link.fcolx): link for link in getattr(source, "hyperlink_list", [])}
    for row in range(source.nrows):
        for column in range(source.row_len(row)):
            if row in rows or column in columns:
                continue
            link = links.get((row, column))
            made = _cell(source.cell(row, column), book, getattr(link, "url_or_path", None) if link else None)
            if made is not None:
                sheet.cells[row, column] = made
    for row, column in getattr(source, "cell_note_map", {}):
        left_out("comment", source.cell_note_map[row, column].text or "")
    sheet.merged = [Area(top, left, bottom - 1, right - 1) for top, bottom, left, right in source.merged_cells]
    thin_rows, thin_columns = _thin(source, sheet)
    sheet.close_up(rows | thin_rows, columns | thin_columns)
    if getattr(source, "panes_are_frozen", False) and 0 < (source.horz_split_pos or 0) <= 10:
        sheet.headed.append((Area(0, 0, 1 << 16, 1 << 8), source.horz_split_pos - 1))
    return sheet


def _cell(cell: Any, book: Any, target: Any) -> SheetCell | None:
    if cell.ctype in {xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK}:
        return None
    known = cell.xf_index is not None and cell.xf_index < len(book.xf_list)
    style = book.xf_list[cell.xf_index] if known and book.font_list else None
    font = book.font_list[style.font_index] if style is not None else None
    if font is not None and font.struck_out:
        left_out("struck", str(cell.value))
        return None
    found = shown(_value(cell), _code(book, style, cell), from_1904=bool(book.datemode))
    text, inlines = with_link(found.text, target if isinstance(target, str) else None)
    if not text:
        return None
    filled = style is not None and style.background.fill_pattern and style.background.pattern_colour_index not in _WHITE
    return SheetCell(
        text, found.type, found.unit, bool(font is not None and font.weight >= 600), bool(filled),
        bool(font is not None and font.height >= _LARGE), inlines,
    )  # fmt: skip


def _value(cell: Any) -> str | float | bool:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    return float(cell.value) if cell.ctype in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE} else str(cell.value)


def _code(book: Any, style: Any, cell: Any) -> str:
    if style is None:
        return "yyyy-mm-dd" if cell.ctype == xlrd.XL_CELL_DATE else "General"
    return BUILTIN.get(style.format_key) or str(book.format_map[style.format_key].format_str)


def _hidden_lines(source: Any) -> tuple[set[int], set[int]]:
    """Return the hidden rows and columns, and report their texts."""
    rows = {row for row, info in source.rowinfo_map.items() if info.hidden and row < source.nrows}
    columns = {column for column, info in source.colinfo_map.items() if info.hidden and column < source.ncols}
    for row in sorted(rows):
        report.record("hidden_row", _text(source, [row], range(source.ncols)))
    for column in sorted(columns):
        report.record("hidden_column", _text(source, range(source.nrows), [column]))
    return rows, columns


def _text(source: Any, rows: Any, columns: Any) -> str:
    def values() -> Iterator[str]:
        for row in rows:
            for column in columns:
                if column < source.row_len(row) and source.cell_value(row, column) not in ("", None):
                    yield str(source.cell_value(row, column))

    return " ".join(values())


def _thin(source: Any, sheet: Sheet) -> tuple[set[int], set[int]]:
    """Return the empty rows and columns that are too thin to separate tables."""
    rows, columns = {row for row, _ in sheet.cells}, {column for _, column in sheet.cells}
    low = {row for row, info in source.rowinfo_map.items() if info.height_mismatch and info.height < _THIN_ROW}
    narrow = {column for column, info in source.colinfo_map.items() if info.width < _THIN_COLUMN}
    return low - rows, narrow - columns
