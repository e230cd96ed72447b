"""Removes hidden text from Office files: hidden runs, sheets, rows, columns, slides, and shapes off the slide.

Returns the file's bytes unchanged where nothing is hidden, else a copy without the hidden text; each place is recorded
in `ingest.hidden_text.report`. Checks colours only in Word's running text: the background of a cell, a shape or a slide
depends on styles and themes.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

from ingest.hidden_text import report

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_TINY = 4
"""The largest font size, in half points, that nobody can read."""
_SWITCHED_OFF = frozenset({"0", "false", "off", "none"})
_SIGNS_OF_HIDING: dict[str, re.Pattern[bytes]] = {
    "word/": re.compile(rb"<w:vanish\b|<w:sz w:val=\"[0-4]\"|<w:color [^>]*w:val=\"[Ff]{6}\""),
    "xl/": re.compile(rb"\bhidden=\"(?:1|true)\"|\bstate=\"(?:hidden|veryHidden)\""),
}
Element = Any
"""An lxml element: the Office libraries do not type theirs."""


def visible_xlsx(data: bytes) -> bytes:
    """Return a workbook of values without hidden sheets, rows and columns."""
    if not _may_hide(data, "xl/"):
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
    return _saved(book) if hidden or any(changed) else data


def visible_pptx(data: bytes) -> bytes:
    """Return a presentation without the text of hidden slides and of shapes that are hidden or lie off their slide."""
    import pptx

    show = pptx.Presentation(io.BytesIO(data))
    changed = False
    for slide in show.slides:
        whole = slide._element.get("show") in _SWITCHED_OFF
        for shape in list(slide.shapes):
            why = "hidden_slide" if whole else _shape_hidden_by(shape, show.slide_width, show.slide_height)
            if why is not None:
                report.record(why, "".join(shape._element.itertext()))
                shape._element.getparent().remove(shape._element)
                changed = True
        if whole and slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
            report.record("hidden_slide", slide.notes_slide.notes_text_frame.text)
            slide.notes_slide.notes_text_frame.text = ""
            changed = True
    return _saved(show) if changed else data


def _may_hide(data: bytes, folder: str) -> bool:
    """Return whether the raw XML has a sign of hidden text: most files have none and need not be opened twice."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if name.startswith(folder) and name.endswith(".xml")]
            return any(_SIGNS_OF_HIDING[folder].search(archive.read(name)) for name in names if "theme" not in name)
    except (zipfile.BadZipFile, RuntimeError, EOFError, OSError):
        return False  # the reader reports the damage


def _delete_hidden_lines(sheet: Any) -> bool:
    """Delete a sheet's hidden rows and columns; return whether there were any."""
    rows = [number for number, row in sheet.row_dimensions.items() if row.hidden and number <= sheet.max_row]
    spans = [(size.min, min(size.max, sheet.max_column)) for size in sheet.column_dimensions.values() if size.hidden]
    columns = [number for first, last in spans for number in range(first, last + 1)]
    lines = [("hidden_row", list(sheet[number])) for number in rows]
    lines += [("hidden_column", [sheet.cell(at, number) for at in range(1, sheet.max_row + 1)]) for number in columns]
    for why, cells in lines:
        report.record(why, _text_of(iter(cells)))
    for number in sorted(rows, reverse=True):
        sheet.delete_rows(number)
    for number in sorted(columns, reverse=True):
        sheet.delete_cols(number)
    return bool(lines)


def _shape_hidden_by(shape: Any, width: int, height: int) -> str | None:
    if any(node.get("hidden") in {"1", "true"} for node in shape._element.xpath(".//p:cNvPr")):
        return "hidden"
    if None in (shape.left, shape.top, shape.width, shape.height):  # the layout sets its position
        return None
    off = shape.left >= width or shape.top >= height or shape.left + shape.width <= 0 or shape.top + shape.height <= 0
    return "off_page" if off else None


def _text_of(cells: Iterator[Any]) -> str:
    return " ".join(str(cell.value) for cell in cells if cell.value is not None)


def _saved(document: Any) -> bytes:
    stream = io.BytesIO()
    document.save(stream)
    return stream.getvalue()
