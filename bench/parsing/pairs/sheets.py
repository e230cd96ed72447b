"""Makes workbooks with openpyxl: tables of pages as text, and made-up tables of typed values as Excel shows them.

Every second made-up workbook goes through LibreOffice, which computes its formulas and writes the file anew.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter

from bench.parsing.pairs.outline import Cell, Grid, outline, page_html, part_html
from bench.parsing.pairs.printed import recomputed
from bench.parsing.pairs.sources import Page

THIN = Side(style="thin", color="888888")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of made-up values: its header, a value, the format, and how Excel shows the value."""

    name: str
    draw: Callable[[random.Random], Any]
    format: str
    shown: Callable[[Any], str]


COLUMNS = (
    Column("Units", lambda r: r.randrange(1, 99999), "#,##0", lambda v: f"{v:,}"),
    Column("Price (EUR)", lambda r: r.randrange(100, 999999) / 100, "#,##0.00", lambda v: f"{v:,.2f}"),
    Column("Share", lambda r: r.randrange(1, 1000) / 1000, "0.0%", lambda v: f"{v * 100:.1f}%"),
    Column(
        "Checked on", lambda r: date(2019, 1, 1) + timedelta(r.randrange(2500)), "yyyy-mm-dd", lambda v: v.isoformat()
    ),
    Column("Article", lambda r: f"{r.randrange(1, 99999):05d}", "@", str),
    Column("Diameter", lambda r: r.randrange(1, 500) / 10, '0.0" mm"', lambda v: f"{v:.1f} mm"),
    Column("Room", lambda r: r.choice(["Kitchen", "Workshop", "Store 2", "Cellar, left", "Roof"]), "General", str),
    Column("Pressure [bar]", lambda r: r.randrange(1, 400) / 4, "0.00", lambda v: f"{v:.2f}"),
    Column("Spare", lambda r: r.choice([None, "yes", "no"]), "General", lambda v: v or ""),
)
SUBJECTS = ("Pumps", "Valves", "Sensors", "Filters", "Cables", "Motors", "Gaskets", "Fans", "Lamps", "Relays")


def sheet_pages(folder: Path, pages: Sequence[Page]) -> None:
    """Write workbooks of the first half of the pages, which have tables, and as many with made-up values."""
    folder.mkdir(parents=True, exist_ok=True)
    half = len(pages) // 2
    for page in pages[:half]:
        _page(folder, page)
    again = [_made_up(folder, number, pages[half].name) for number in range(half)]
    recomputed(folder, again[1::2])


def _page(folder: Path, page: Page) -> None:
    """Write a page's tables: each on a sheet, or all below one another on one, under their section's title."""
    drawn = random.Random(page.name)
    found = [(each.title, part) for each in outline(page.body) for part in each.parts if isinstance(part, Grid)]
    book, one, inner = Workbook(), drawn.random() < 0.5, []
    book.remove(book.active)
    row = 1
    for number, (title, grid) in enumerate(found):
        if not number or not one:
            name = _sheet_name(title, number)
            sheet, row = book.create_sheet(name), 1
            inner.append(f"<h2>{escape(name)}</h2>")
        if one:
            sheet.cell(row, 1, title).font = Font(bold=True, size=14)
            inner.append(f"<h3>{escape(title)}</h3>")
            row += 2
        _grid(sheet, row, grid, ruled=drawn.random() < 0.5)
        inner.append(part_html(grid))
        row += len(grid.rows) + 2
    if found:
        book.save(folder / f"{page.name}.xlsx")
        (folder / f"{page.name}.html").write_text(page_html(page.title, "\n".join(inner)), encoding="utf-8")


def _grid(sheet: Any, top: int, grid: Grid, *, ruled: bool) -> None:
    for y, row in enumerate(grid.places()):
        for x, cell in row:
            made = sheet.cell(top + y, x + 1, cell.text or None)
            made.data_type = "s" if cell.text else "n"
            made.font = Font(bold=cell.header)
            if ruled:
                made.border = Border(THIN, THIN, THIN, THIN)
            if cell.down > 1 or cell.across > 1:
                sheet.merge_cells(
                    start_row=top + y, end_row=top + y + cell.down - 1, start_column=x + 1, end_column=x + cell.across
                )


def _made_up(folder: Path, number: int, part: str) -> Path:
    """Write a workbook of typed values; `part` is mixed into the seed, so that the held ones differ."""
    drawn = random.Random(f"{part} {number}")
    book, inner = Workbook(), []
    book.remove(book.active)
    for subject in drawn.sample(SUBJECTS, drawn.choice((1, 1, 2, 3))):
        sheet = book.create_sheet(subject)
        inner.append(f"<h2>{subject}</h2>")
        top = 1
        if drawn.random() < 0.4:
            title = f"{subject} in stock, {drawn.randrange(2015, 2026)}"
            sheet.cell(1, 1, title)
            inner.append(f"<p>{title}</p>")
            top = 3
        inner.append(part_html(_typed(sheet, top, drawn, subject, computed=bool(number % 2))))
    path = folder / f"made-up-{number:02d}.xlsx"
    book.save(path)
    path.with_suffix(".html").write_text(page_html("", "\n".join(inner)), encoding="utf-8")
    return path


def _typed(sheet: Any, top: int, drawn: random.Random, subject: str, *, computed: bool) -> Grid:
    """Write a table with a header row, and a total below units that LibreOffice can compute."""
    columns = drawn.sample(COLUMNS, drawn.randrange(3, 7))
    rows = [[Cell("Name", True), *[Cell(column.name, True) for column in columns]]]
    fill = PatternFill("solid", fgColor="D9E2F0") if drawn.random() < 0.6 else None
    for x, cell in enumerate(rows[0], 1):
        made = sheet.cell(top, x, cell.text)
        made.font = Font(bold=True)
        if fill:
            made.fill = fill
    units = next((x for x, column in enumerate(columns, 2) if column.name == "Units"), None)
    total = 0
    for y in range(1, drawn.randrange(4, 15)):
        name = f"{subject[:-1]} {chr(64 + y)}{drawn.randrange(10, 99)}"
        sheet.cell(top + y, 1, name)
        line = [Cell(name)]
        for x, column in enumerate(columns, 2):
            value = column.draw(drawn)
            made = sheet.cell(top + y, x, value)
            made.number_format = column.format
            line.append(Cell(column.shown(value)))
            total += value if x == units else 0
        rows.append(line)
    if units and computed:
        letter, last = get_column_letter(units), top + len(rows) - 1
        sheet.cell(last + 1, 1, "Total")
        made = sheet.cell(last + 1, units, f"=SUM({letter}{top + 1}:{letter}{last})")
        made.number_format = COLUMNS[0].format
        rows.append([Cell("Total"), *[Cell(f"{total:,}" if x == units else "") for x in range(2, len(columns) + 2)]])
    return Grid(rows)


def _sheet_name(title: str, number: int) -> str:
    name = re.sub(r"[\\/*?:\[\]']", " ", title).strip()[:24] or "Table"
    return " ".join(f"{name} {number + 1}".split())
