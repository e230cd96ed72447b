"""Makes presentations of pages with python-pptx: a slide a section, lists with levels and numbers, tables, notes."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import Any

from lxml import etree
from pptx import Presentation
from pptx.oxml.ns import qn
from pptx.util import Inches, Pt

from bench.parsing.pairs.outline import Cell, Grid, List, Part, Section, outline, page_html, section_html
from bench.parsing.pairs.sources import Page

MOST = 9
"""Parts of a slide; a section with more goes on on the next one."""


def present_pages(folder: Path, pages: Sequence[Page]) -> None:
    """Write each page as slides, and the HTML of those slides."""
    folder.mkdir(parents=True, exist_ok=True)
    for page in pages:
        slides = [slide for section in outline(page.body) for slide in _slides(section)]
        if not slides:
            continue
        drawn = random.Random(page.name)
        show, inner = Presentation(), []
        for slide in slides:
            note = f"Say in your own words: {slide.title}" if drawn.random() < 0.25 else ""
            _slide(show, slide, note)
            inner.append(section_html(slide) + (f"\n<p>{escape(note)}</p>" if note else ""))
        show.save(str(folder / f"{page.name}.pptx"))
        (folder / f"{page.name}.html").write_text(page_html(page.title, "\n".join(inner)), encoding="utf-8")


def _slides(section: Section) -> list[Section]:
    """Return the section in slides: texts and lists, then at most one table below them."""
    slides: list[Section] = [Section(section.title)]
    for part in section.parts:
        full = len(slides[-1].parts) >= MOST or any(isinstance(each, Grid) for each in slides[-1].parts)
        if full:
            slides.append(Section(f"{section.title} (continued {len(slides)})"))
        slides[-1].parts.append(_with_headers_as_marked(part) if isinstance(part, Grid) else part)
    return slides


def _with_headers_as_marked(grid: Grid) -> Grid:
    """Return the table with headers where a slide can mark them: in the first row, in the first column."""
    first_row, first_column = grid.headers, _first_column(grid)
    rows = [
        [replace(cell, header=bool((first_row and not y) or (first_column and not x))) for x, cell in row]
        for y, row in enumerate(grid.places())
    ]
    return Grid(rows)


def _first_column(grid: Grid) -> bool:
    return all(row[0][1].header for row in grid.places() if row and not row[0][0])


def _slide(show: Any, section: Section, note: str) -> None:
    slide = show.slides.add_slide(show.slide_layouts[1])
    slide.shapes.title.text = section.title
    body = slide.placeholders[1]
    texts = [part for part in section.parts if not isinstance(part, Grid)]
    grids = [part for part in section.parts if isinstance(part, Grid)]
    if texts:
        body.height = Inches(2.4 if grids else 5)
        _write(body.text_frame, texts)
    else:
        body.element.getparent().remove(body.element)
    for grid in grids:
        _table(slide, grid, Inches(4.2 if texts else 1.5))
    if note:
        slide.notes_slide.notes_text_frame.text = note


def _write(frame: Any, parts: Sequence[Part]) -> None:
    lines: list[tuple[str, int, str]] = []
    for part in parts:
        lines.extend(
            [(part, 0, "none")] if isinstance(part, str) else _lines(part, 0) if isinstance(part, List) else ()
        )
    for place, (text, level, mark) in enumerate(lines):
        paragraph = frame.paragraphs[0] if not place else frame.add_paragraph()
        paragraph.text, paragraph.level, paragraph.font.size = text, min(level, 8), Pt(12)
        properties = paragraph._p.get_or_add_pPr()
        if mark == "none":
            properties.set("marL", "0")
            properties.set("indent", "0")
            etree.SubElement(properties, qn("a:buNone"))
        elif mark == "number":
            etree.SubElement(properties, qn("a:buAutoNum")).set("type", "arabicPeriod")


def _lines(part: List, level: int) -> list[tuple[str, int, str]]:
    found: list[tuple[str, int, str]] = []
    for entry in part.entries:
        found.append((entry.text, level, "number" if part.ordered else "bullet"))
        found.extend(line for inner in entry.inside for line in _lines(inner, level + 1))
    return found


def _table(slide: Any, grid: Grid, top: Any) -> None:
    made = slide.shapes.add_table(len(grid.rows), grid.width, Inches(0.5), top, Inches(9), Inches(0.3 * len(grid.rows)))
    table = made.table
    table.first_row, table.first_col = bool(grid.headers), _first_column(grid)
    for y, row in enumerate(grid.places()):
        for x, cell in row:
            _cell(table, y, x, cell)


def _cell(table: Any, y: int, x: int, cell: Cell) -> None:
    made = table.cell(y, x)
    made.text = cell.text
    if cell.down > 1 or cell.across > 1:
        made.merge(table.cell(y + cell.down - 1, x + cell.across - 1))
