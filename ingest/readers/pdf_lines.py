"""Cells and lines of a PDF page with their boxes, and the joining of lines that pdfium cut.

pdfium cuts lines at raised type and at wide gaps; this module restores the lines that a person sees. Headings,
paragraphs and tables are found in `ingest.readers.pdf_layout`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.types import Box


@dataclass(frozen=True, slots=True)
class Cell:
    """Text between wide gaps on a line, with its box in fractions of the page."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page: its cells, the box around them, its font size in points."""

    cells: tuple[Cell, ...]
    box: Box
    size: float
    bold: bool
    height: float
    upright: bool = True

    @property
    def text(self) -> str:
        return " ".join(cell.text for cell in self.cells)


def join_cut_lines(lines: Sequence[Line]) -> list[Line]:
    """Join raised and lowered type (a footnote number, an accent) to the line that pdfium cut it from."""
    whole: list[Line] = []
    for line in lines:
        last = whole[-1] if whole else None
        if last is not None and _is_raised_or_lowered(last, line):
            whole[-1] = _join(last, line)
        elif last is not None and _is_same_row(last, line):
            box = bounding_box([last, line])
            whole[-1] = replace(last, cells=last.cells + line.cells, box=box, bold=last.bold and line.bold)
        else:
            whole.append(line)
    return whole


def _is_same_row(last: Line, line: Line) -> bool:
    """Return whether a line continues to the right on the same baseline: a table row that pdfium cut."""
    overlap = min(last.box.y1, line.box.y1) - max(last.box.y0, line.box.y0)
    alike = abs(last.size - line.size) < 0.1 * last.size and last.upright and line.upright
    return alike and line.box.x0 >= last.box.x1 and overlap > 0.7 * min(last.height, line.height)


def _is_raised_or_lowered(last: Line, line: Line) -> bool:
    smaller, larger = sorted((last.size, line.size))
    small = smaller < 0.85 * larger and min(len(last.text), len(line.text)) <= 4
    after_small = len(last.cells[-1].text.split()[-1]) <= 2 and small
    overlap = min(last.box.y1, line.box.y1) - max(last.box.y0, line.box.y0)
    gap = line.box.x0 - last.box.x1
    near = -0.5 * last.height < gap < 0.6 * max(last.height, line.height)
    return (small or after_small) and near and overlap > 0.4 * min(last.height, line.height)


def _join(last: Line, line: Line) -> Line:
    box = bounding_box([last, line])
    first, *others = line.cells
    tail = last.cells[-1]
    gap = " " if first.x0 - tail.x1 > 0.2 * last.height else ""
    seam = Cell(tail.text + gap + first.text, tail.x0, min(tail.y0, first.y0), first.x1, max(tail.y1, first.y1))
    size = max(last.size, line.size)
    return Line((*last.cells[:-1], seam, *others), box, size, last.bold and line.bold, box.y1 - box.y0, last.upright)


def bounding_box(lines: Sequence[Line]) -> Box:
    """Return the smallest box around all lines, on the page of the first."""
    boxes = [line.box for line in lines]
    return Box(
        boxes[0].page,
        min(b.x0 for b in boxes),
        min(b.y0 for b in boxes),
        max(b.x1 for b in boxes),
        max(b.y1 for b in boxes),
    )
