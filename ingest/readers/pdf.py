"""Reads a PDF with pypdfium2 into lines of text with boxes and sizes; `ingest.readers.pdf_layout` makes them elements.

A page without text but with a picture goes to OCR. Knows nothing of headings or paragraphs.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from statistics import median

import pypdfium2
import pypdfium2.raw as pdfium

from core.errors import DocumentRejected
from core.types import Box
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.hidden_text import pdf
from ingest.readers.ocr import Ocr
from ingest.readers.pdf_layout import arrange
from ingest.readers.pdf_lines import Cell, Line, join_cut_lines

_GRID = 100_000
"""Device units that a page is mapped to, so that rotated and cropped coordinates become fractions."""
_FEW_CHARACTERS = 8
"""A page with a picture and fewer characters than this (a stamped page number) counts as a scan."""


def read_pdf(data: bytes, ocr: Ocr) -> Reading:
    """Return a PDF's elements with page and boxes. Raises DocumentRejected: encrypted, damaged, scans without OCR."""
    document = _open(data)
    try:
        return _read(document, ocr)
    finally:
        document.close()


def _open(data: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise DocumentRejected(
                "The PDF is encrypted with a password.", hint="Remove the password and upload it again."
            ) from error
        raise DocumentRejected(
            "The PDF is damaged or truncated and cannot be opened.", hint="Print it to a new PDF and upload that."
        ) from error


def _read(document: pypdfium2.PdfDocument, ocr: Ocr) -> Reading:
    pages: list[list[Line]] = []
    scanned: dict[int, list[Node]] = {}
    warnings: list[str] = []
    unread = 0
    for index in range(len(document)):
        number = index + 1
        try:
            page = document[index]
        except pypdfium2.PdfiumError:
            warnings.append(f"Page {number} is damaged and was left out.")
            pages.append([])
            continue
        lines = _lines(page, number)
        if sum(len(line.text) for line in lines) < _FEW_CHARACTERS and _has_picture(page):
            found = _scan(page, number, ocr)
            unread += found is None
            scanned[number] = found or []
        pages.append(lines if number not in scanned or not scanned[number] else [])
        page.close()
    return _assembled(document, pages, scanned, warnings, unread, ocr)


def _assembled(
    document: pypdfium2.PdfDocument,
    pages: list[list[Line]],
    scanned: dict[int, list[Node]],
    warnings: list[str],
    unread: int,
    ocr: Ocr,
) -> Reading:
    if unread and unread == len(scanned) and not any(pages):
        raise DocumentRejected("The PDF holds only scanned pages, and OCR is not installed here.", hint=ocr.advice)
    if unread:
        warnings.append(f"{unread} scanned pages were left out. {ocr.advice}")
    elements: list[Node] = []
    for number, found in enumerate(arrange(pages, _outline(document)), start=1):
        elements.extend(found or scanned.get(number, []))
    return Reading(tuple(elements), title=_title(document), pages=len(pages), warnings=tuple(warnings))


def _scan(page: pypdfium2.PdfPage, number: int, ocr: Ocr) -> list[Node] | None:
    """Return the elements that OCR finds on a page; None when OCR is not installed."""
    if not ocr.available:
        return None
    width, height = page.get_size()
    scale = ocr.scale(width, height)
    return ocr.read(page.render(scale=scale, grayscale=True).to_pil(), number)


def _has_picture(page: pypdfium2.PdfPage) -> bool:
    return any(True for _ in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=4))


def _title(document: pypdfium2.PdfDocument) -> str | None:
    try:
        return one_line(document.get_metadata_value("Title")) or None
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return None


def _outline(document: pypdfium2.PdfDocument) -> dict[str, int]:
    """Return the bookmarks' titles with their depth from 1; a line that equals a title is a heading."""
    outline: dict[str, int] = {}
    try:
        for mark in document.get_toc(max_depth=6):
            outline.setdefault(one_line(mark.get_title()).casefold(), mark.level + 1)
    except (pypdfium2.PdfiumError, UnicodeDecodeError):
        return {}
    return outline


def _lines(page: pypdfium2.PdfPage, number: int) -> list[Line]:
    """Return the page's lines in the order of its content stream, which is the order the program wrote them."""
    text = page.get_textpage()
    hidden = pdf.find_hidden(page, text, number - 1)
    try:
        measured = (_line(page, text, run, number) for run in _runs(text, hidden))
        return join_cut_lines([line for line in measured if line is not None])
    finally:
        hidden.record()
        text.close()


def _runs(text: pypdfium2.PdfTextPage, hidden: pdf.HiddenObjects) -> Iterator[list[tuple[int, str]]]:
    """Yield the visible characters of each line with their index; lines end where pdfium breaks them."""
    run: list[tuple[int, str]] = []
    for index in range(text.count_chars()):
        code = pdfium.FPDFText_GetUnicode(text.raw, index)
        if code in {0x0A, 0x0D}:
            if run:
                yield run
            run = []
        elif code in {0x02, 0xFFFE}:  # pdfium's code for a hyphen at a line end, where it reports no line break
            yield [*run, (index, "\ufffe")]
            run = []
        elif code and not hidden.contains(text, index, code):
            run.append((index, chr(code) if code < 0x110000 else "\ufffd"))
    if run:
        yield run


def _line(page: pypdfium2.PdfPage, text: pypdfium2.PdfTextPage, run: list[tuple[int, str]], number: int) -> Line | None:
    """Measure a line: its cells (separated by wide gaps), its box, its font size and weight."""
    cells: list[Cell] = []
    chars: list[str] = []
    left = right = bottom = top = 0.0
    sizes: list[float] = []
    for index, char in run:
        if char.isspace() or char == "\ufffe":
            chars.append("\ufffe" if char == "\ufffe" else " ")
            continue
        x0, x1, y0, y1 = _char_box(text, index)
        size = pdfium.FPDFText_GetFontSize(text.raw, index) if len(sizes) < 40 else sizes[-1]
        sizes.append(max(size, (y1 - y0) * 0.8) if size < 2 else size)
        if chars and any(c != " " for c in chars) and (x0 - right > 1.4 * sizes[-1] or x1 < left):
            cells.append(Cell("".join(chars).strip(), *_fractions(page, left, bottom, right, top)))
            chars = []
        if not any(c != " " for c in chars):
            left, right, bottom, top = x0, x1, y0, y1
        left, right, bottom, top = min(left, x0), max(right, x1), min(bottom, y0), max(top, y1)
        chars.append(char)
    if any(c != " " for c in chars) and sizes:
        cells.append(Cell("".join(chars).strip(), *_fractions(page, left, bottom, right, top)))
    if not cells:
        return None
    box = Box(
        number, min(c.x0 for c in cells), min(c.y0 for c in cells), max(c.x1 for c in cells), max(c.y1 for c in cells)
    )
    if box.x1 <= box.x0 or box.y1 <= box.y0:
        return None  # off the page
    solid = [index for index, char in run if not char.isspace() and char != "\ufffe"]
    bold = _is_bold(text, solid[0]) and _is_bold(text, solid[-1])
    width, height = page.get_size()
    upright = len(solid) < 4 or (box.x1 - box.x0) * width > 0.6 * (box.y1 - box.y0) * height
    return Line(tuple(cells), box, round(median(sizes), 1), bold, box.y1 - box.y0, upright)


def _char_box(text: pypdfium2.PdfTextPage, index: int) -> tuple[float, float, float, float]:
    rect = pdfium.FS_RECTF()
    pdfium.FPDFText_GetLooseCharBox(text.raw, index, rect)
    return rect.left, rect.right, min(rect.bottom, rect.top), max(rect.bottom, rect.top)


def _is_bold(text: pypdfium2.PdfTextPage, index: int) -> bool:
    if pdfium.FPDFText_GetFontWeight(text.raw, index) >= 600:
        return True
    buffer = ctypes.create_string_buffer(128)
    flags = ctypes.c_int()
    pdfium.FPDFText_GetFontInfo(text.raw, index, buffer, 128, flags)
    name = buffer.value.lower()
    return b"bold" in name or b"black" in name or b"heavy" in name


def _fractions(
    page: pypdfium2.PdfPage, x0: float, y0: float, x1: float, y1: float
) -> tuple[float, float, float, float]:
    """Map a rectangle from page coordinates to fractions of the page as shown, origin top left."""
    xs, ys = [], []
    for x, y in ((x0, y0), (x1, y1)):
        across, down = ctypes.c_int(), ctypes.c_int()
        pdfium.FPDF_PageToDevice(page.raw, 0, 0, _GRID, _GRID, 0, x, y, across, down)
        xs.append(_clamped(across.value))
        ys.append(_clamped(down.value))
    return min(xs), min(ys), max(xs), max(ys)


def _clamped(value: int) -> float:
    return round(min(max(value / _GRID, 0.0), 1.0), 4)
