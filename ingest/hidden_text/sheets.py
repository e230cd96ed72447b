"""Removes hidden text from workbooks: hidden sheets, rows and columns, and cells whose format does not show them.

Colours of cells in a table or under a conditional format are not compared: a rule decides about those.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from ingest.hidden_text import report
from ingest.hidden_text.colours import BLACK, WHITE, Colour, are_alike
from ingest.hidden_text.theme import EXCEL_ORDER, Element, hex_colour, lightened, theme_colours

_HIDING = re.compile(rb"\bhidden=\"(?:1|true)\"|\bstate=\"(?:hidden|veryHidden)\"|\b(?:ht|width)=\"0?(?:\.\d+)?\"")
_FORMATS = re.compile(
    rb"formatCode=\";;|<(?:x:)?sz val=\"[0-2](?:\.\d+)?\"|patternType=\"solid\"|theme=\"0\"|indexed=\"(?:1|9)\"|"
    rb"rgb=\"[0-9A-Fa-f]{2}(?:[D-Fd-f][0-9A-Fa-f]){3}\""
)
"""Signs that a cell's own format may hide it."""
_NOTHING_SHOWN = re.compile(r"(?:\[[^\]]*\]|\"\s*\"|[;\s])*;;(?:\[[^\]]*\]|\"\s*\"|[;\s])*")
_TINY = 2.0
"""The largest font size, in points, that nobody can read."""
_LOW, _NARROW = 1.5, 0.3
"""Heights of rows in points, and widths of columns in letters, in which nothing can be read."""


def visible_xlsx(data: bytes) -> bytes:
    """Return a workbook of values without what nobody sees; the same bytes where there is nothing of the kind."""
    if not _may_hide(data):
        return data
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    hidden = [sheet for sheet in book.worksheets if sheet.sheet_state != "visible"]
    for sheet in hidden:
        report.record("hidden_sheet", _text_of(cell for row in sheet.iter_rows() for cell in row))
    if len(hidden) == len(book.worksheets):  # a workbook must have at least one
        book.create_sheet("Sheet")
    for sheet in hidden:
        book.remove(sheet)
    changed = [_delete_hidden_lines(sheet) for sheet in book.worksheets]
    colours = theme_colours(_parsed(book.loaded_theme))
    changed += [_empty_hidden_cells(sheet, colours) for sheet in book.worksheets]
    if not hidden and not any(changed):
        return data
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _may_hide(data: bytes) -> bool:
    """Return whether the raw XML has a sign of hidden text: a file without one need not be opened twice."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if name.startswith("xl/") and name.endswith(".xml")]
            return any(
                (_FORMATS if name == "xl/styles.xml" else _HIDING).search(archive.read(name))
                for name in names
                if "theme" not in name
            )
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError):
        return False  # the reader reports the damage


def _delete_hidden_lines(sheet: Any) -> bool:
    """Delete a sheet's hidden rows and columns; return whether there were any."""
    sizes = sheet.row_dimensions.items()
    rows = [number for number, row in sizes if number <= sheet.max_row and (row.hidden or _below(row.height, _LOW))]
    wide = [size for size in sheet.column_dimensions.values() if size.hidden or _is_narrow(size)]
    columns = [number for size in wide for number in range(size.min, min(size.max, sheet.max_column) + 1)]
    lines = [("hidden_row", list(sheet[number])) for number in rows]
    lines += [("hidden_column", [sheet.cell(at, number) for at in range(1, sheet.max_row + 1)]) for number in columns]
    for why, cells in lines:
        report.record(why, _text_of(iter(cells)))
    for number in sorted(rows, reverse=True):
        sheet.delete_rows(number)
    for number in sorted(columns, reverse=True):
        sheet.delete_cols(number)
    return bool(lines)


def _below(size: float | None, least: float) -> bool:
    return size is not None and size < least


def _is_narrow(size: Any) -> bool:
    return bool(size.customWidth) and _below(size.width, _NARROW)


def _empty_hidden_cells(sheet: Any, colours: Mapping[str, Colour]) -> bool:
    """Empty the cells whose format does not show their value; return whether there were any."""
    ruled = [area for each in sheet.conditional_formatting for area in each.sqref.ranges]
    ruled += [each for table in sheet.tables.values() for each in _ranges(table.ref)]
    known: dict[int, str | None] = {}
    found = []
    for row in sheet.iter_rows():
        for cell in row:
            if cell.value is None or not cell.has_style:
                continue
            if cell.style_id not in known:
                known[cell.style_id] = _cell_hidden_by(cell, colours)
            why = known[cell.style_id]
            if why is not None and not any(_contains(area, cell) for area in ruled):
                found.append((cell, why))
    for cell, why in found:
        report.record(why, str(cell.value))
        cell.value = None
    return bool(found)


def _cell_hidden_by(cell: Any, colours: Mapping[str, Colour]) -> str | None:
    if _NOTHING_SHOWN.fullmatch(cell.number_format or "") and (cell.number_format or "").count(";") >= _sections(cell):
        return "hidden"
    if cell.font.sz is not None and cell.font.sz <= _TINY:
        return "no_size"
    colour = partial(_colour, colours=colours)
    fill = cell.fill.patternType if hasattr(cell.fill, "patternType") else "gradient"
    if fill not in {None, "none", "solid"}:
        return None
    behind = colour(cell.fill.fgColor) if fill == "solid" else WHITE
    ink = colour(cell.font.color) if cell.font.color is not None else BLACK
    return "same_colour" if ink is not None and behind is not None and are_alike(ink, behind) else None


def _sections(cell: Any) -> int:
    """Return how many semicolons a format needs to show nothing: text has the fourth section."""
    return 3 if isinstance(cell.value, str) else 2


def _colour(given: Any, colours: Mapping[str, Colour]) -> Colour | None:
    if given.type == "rgb" and isinstance(given.rgb, str):
        found = hex_colour(given.rgb)
    elif given.type == "theme" and given.theme < len(EXCEL_ORDER):
        found = colours[EXCEL_ORDER[given.theme]]
    elif given.type == "indexed" and given.indexed < 64:
        from openpyxl.styles.colors import COLOR_INDEX

        found = hex_colour(COLOR_INDEX[given.indexed])
    else:
        return BLACK if given.type == "indexed" and given.indexed == 64 else None
    if found is None or not given.tint:
        return found
    tint = float(given.tint)
    return lightened(found, 1 + tint, 0.0) if tint < 0 else lightened(found, 1 - tint, tint)


def _ranges(reference: str) -> Iterator[Any]:
    from openpyxl.worksheet.cell_range import CellRange

    yield CellRange(reference)


def _contains(area: Any, cell: Any) -> bool:
    return bool(area.min_row <= cell.row <= area.max_row and area.min_col <= cell.column <= area.max_col)


def _text_of(cells: Iterator[Any]) -> str:
    return " ".join(str(cell.value) for cell in cells if cell.value is not None)


def _parsed(xml: bytes | None) -> Element | None:
    from lxml import etree

    return (
        etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True, recover=True)) if xml else None
    )
