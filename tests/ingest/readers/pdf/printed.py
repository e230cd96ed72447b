"""Small PDFs with a known structure, and what was read of them in a form that tests compare."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from core.types import Block, Element
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse

STYLES = getSampleStyleSheet()
BODY, BOLD, MONO = "Helvetica", "Helvetica-Bold", "Courier"
Look = Sequence[Any]
GRID: Look = [("GRID", (0, 0), (-1, -1), 0.5, colors.black), ("VALIGN", (0, 0), (-1, -1), "TOP")]


def read(data: bytes) -> list[Element]:
    return list(parse(data, "application/pdf", "manual.pdf", Ocr()).elements)


def tables(data: bytes) -> list[Element]:
    return [element for element in read(data) if element.kind == "table"]


def rows(table: Element) -> list[list[str]]:
    """Return the texts of a table's cells."""
    return [
        [table.text[cell.start : cell.end] for cell in row.children]
        for row in table.block.children
        if row.kind == "row"
    ]


def headers(table: Element) -> int:
    return sum(row.kind == "row" and row.header for row in table.block.children)


def shape(data: bytes) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in read(data)]


def items(elements: Sequence[Element]) -> list[tuple[int, str | None, str]]:
    """Return the depth, number and own text of each item."""
    return [found for element in elements for found in _items(element.block, element.text, 0)]


def _items(block: Block, text: str, depth: int) -> Iterator[tuple[int, str | None, str]]:
    if block.kind == "item":
        end = block.children[0].start if block.children else block.end
        yield depth, block.number, text[block.start : end].strip()
    for child in block.children:
        yield from _items(child, text, depth + (block.kind == "list"))


def drawn(*pages: Callable[[Canvas], object], size: tuple[float, float] = A4) -> bytes:
    """Return a PDF whose pages are drawn by the functions."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=size)
    for page in pages:
        canvas.setFont(BODY, 10)
        page(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def laid_out(*flowables: Flowable) -> bytes:
    """Return a PDF of flowables, over as many pages as they need."""
    buffer = io.BytesIO()
    SimpleDocTemplate(buffer, pagesize=A4).build(list(flowables))
    return buffer.getvalue()


def text(words: str, style: str = "BodyText") -> Paragraph:
    return Paragraph(words, STYLES[style])


def table(data: Sequence[Sequence[str]], look: Look = GRID, widths: Sequence[float] | None = None) -> Table:
    """Return a table whose cells wrap; the first row is bold."""
    cells = [[text(f"<b>{cell}</b>" if y == 0 else cell) for cell in row] for y, row in enumerate(data)]
    return Table(cells, style=TableStyle(list(look)), colWidths=widths, repeatRows=1)


SPACE = Spacer(1, 10)


def lines(canvas: Canvas, x: float, y: float, texts: Sequence[str], pitch: float = 13) -> float:
    """Draw lines below one another from y points below the top; return where the next one would be."""
    for each in texts:
        canvas.drawString(x, A4[1] - y, each)
        y += pitch
    return y
