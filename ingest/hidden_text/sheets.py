"""Finds hidden text in workbooks: hidden sheets, rows and columns, and cells whose format does not show them.

Colours of cells in a table or under a conditional format are not compared: a rule decides about those.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Hidden:
    """What of a sheet nobody sees. Rows and columns count from 1, as in openpyxl."""

    rows: frozenset[int] = frozenset()
    columns: frozenset[int] = frozenset()
    cells: frozenset[tuple[int, int]] = frozenset()

    def hides(self, row: int, column: int) -> bool:
        return row in self.rows or column in self.columns or (row, column) in self.cells


def may_hide(data: bytes) -> bool:
    """Return whether the raw XML of a workbook has a sign of hidden text: one without need not be looked at."""
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


def is_hidden_sheet(sheet: Any) -> bool:
    """Return whether a sheet is hidden, and report its text."""
    if sheet.sheet_state == "visible":
        return False
    report.record("hidden_sheet", _text_of(iter(sheet._cells.values())))
    return True


def hidden_places(sheet: Any) -> Hidden:
    """Return the hidden rows, columns and cells of a sheet with values, and report their texts."""
    rows, columns = _hidden_lines(sheet)
    return Hidden(rows, columns, _hidden_cells(sheet, rows, columns))


def _hidden_lines(sheet: Any) -> tuple[frozenset[int], frozenset[int]]:
    sizes = sheet.row_dimensions.items()
    rows = {number for number, row in sizes if row.hidden or _below(row.height, _LOW)}
    wide = [size for size in sheet.column_dimensions.values() if size.hidden or _is_narrow(size)]
    last = max((column for _, column in sheet._cells), default=0)
    columns = {number for size in wide for number in range(size.min, min(size.max, last) + 1)}
    texts: dict[tuple[str, int], list[Any]] = {}
    for (row, column), cell in sheet._cells.items() if rows or columns else ():
        if row in rows:
            texts.setdefault(("hidden_row", row), []).append(cell)
        if column in columns:
            texts.setdefault(("hidden_column", column), []).append(cell)
    for (why, _), cells in texts.items():
        report.record(why, _text_of(iter(cells)))
    return frozenset(rows), frozenset(columns)


def _below(size: float | None, least: float) -> bool:
    return size is not None and size < least


def _is_narrow(size: Any) -> bool:
    return bool(size.customWidth) and _below(size.width, _NARROW)


def _hidden_cells(sheet: Any, rows: frozenset[int], columns: frozenset[int]) -> frozenset[tuple[int, int]]:
    """Return the cells whose format does not show their value; those of hidden lines are reported with them."""
    colours = theme_colours(_parsed(sheet.parent.loaded_theme))
    ruled = [area for each in sheet.conditional_formatting for area in each.sqref.ranges]
    ruled += [each for table in sheet.tables.values() for each in _ranges(table.ref)]
    known: dict[int, str | None] = {}
    found = set()
    for (row, column), cell in sheet._cells.items():
        if cell.value is None or not cell.has_style or row in rows or column in columns:
            continue
        if cell.style_id not in known:
            known[cell.style_id] = _cell_hidden_by(cell, colours)
        why = known[cell.style_id]
        if why is not None and not any(_contains(area, cell) for area in ruled):
            found.add((row, column))
            report.record(why, str(cell.value))
    return frozenset(found)


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
