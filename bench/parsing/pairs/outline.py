"""A page as parts that slides, sheets and plain mail can hold: a title, paragraphs, lists, tables.

What these formats cannot hold is text here: a paragraph in an item is part of its text, a definition is a paragraph.
The HTML source of such a document is written from the outline too, so that both say the same.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape

from lxml.html import HtmlElement

from bench.parsing.pairs.clean import shown


@dataclass(slots=True)
class Entry:
    """An item of a list with the lists inside it."""

    text: str
    inside: list[List] = field(default_factory=list)


@dataclass(slots=True)
class List:
    ordered: bool
    entries: list[Entry]


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    header: bool = False
    down: int = 1
    across: int = 1


@dataclass(slots=True)
class Grid:
    """A table: its rows with the cells that begin in them."""

    rows: list[list[Cell]]

    @property
    def width(self) -> int:
        return max(x + cell.across for row in self.places() for x, cell in row)

    @property
    def headers(self) -> int:
        """Return 1 if the first row is one of headers."""
        return int(all(cell.header for cell in self.rows[0] if cell.text))

    def places(self) -> list[list[tuple[int, Cell]]]:
        """Return each row's cells with their columns."""
        taken: set[tuple[int, int]] = set()
        rows = []
        for y, row in enumerate(self.rows):
            x, found = 0, []
            for cell in row:
                while (y, x) in taken:
                    x += 1
                found.append((x, cell))
                taken |= {(y + down, x + across) for down in range(cell.down) for across in range(cell.across)}
                x += cell.across
            rows.append(found)
        return rows


Part = str | List | Grid


@dataclass(slots=True)
class Section:
    """What is under a heading."""

    title: str
    parts: list[Part] = field(default_factory=list)


def outline(body: HtmlElement) -> list[Section]:
    """Return the sections of a plain page, those without parts left out."""
    sections = [Section("")]
    for child in body:
        if child.tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            sections.append(Section(shown(child)))
        else:
            sections[-1].parts.extend(_parts(child))
    return [section for section in sections if section.parts and section.title]


def _parts(element: HtmlElement) -> list[Part]:
    if element.tag in {"ul", "ol"}:
        return [_list(element)]
    if element.tag == "table":
        grid = _grid(element)
        return [grid] if grid.rows else []
    if element.tag in {"p", "pre", "dt"}:
        return [shown(element)] if shown(element) else []
    return [part for child in element for part in _parts(child)]


def _list(element: HtmlElement) -> List:
    return List(element.tag == "ol", [_entry(child) for child in element if child.tag == "li"])


def _entry(item: HtmlElement) -> Entry:
    bare = copy.deepcopy(item)
    bare.tail = None
    inside = [found for found in bare.iter("ul", "ol") if next(found.iterancestors("li")) is bare]
    lists = [_list(found) for found in inside]
    for found in [*inside, *bare.iter("table", "pre")]:
        if found.getparent() is not None:
            found.drop_tree()
    return Entry(shown(bare) or "See below", lists)


def _grid(table: HtmlElement) -> Grid:
    rows = []
    for row in table.iter("tr"):
        cells = [each for each in row if each.tag in {"td", "th"}]
        rows.append([Cell(shown(c), c.tag == "th", _span(c, "rowspan"), _span(c, "colspan")) for c in cells])
    for y, cells in enumerate(rows):
        rows[y] = [Cell(c.text, c.header, min(c.down, len(rows) - y), c.across) for c in cells]
    return Grid([row for row in rows if row])


def _span(cell: HtmlElement, name: str) -> int:
    value = (cell.get(name) or "1").strip()
    return max(int(value), 1) if value.isdecimal() else 1


def section_html(section: Section) -> str:
    """Return a section as HTML."""
    return f"<h2>{escape(section.title)}</h2>\n" + "\n".join(part_html(part) for part in section.parts)


def part_html(part: Part) -> str:
    if isinstance(part, str):
        return f"<p>{escape(part)}</p>"
    if isinstance(part, List):
        tag = "ol" if part.ordered else "ul"
        return f"<{tag}>{''.join(_entry_html(entry) for entry in part.entries)}</{tag}>"
    return f"<table>\n{''.join(_row_html(row) for row in part.rows)}</table>"


def _entry_html(entry: Entry) -> str:
    return f"<li>{escape(entry.text)}{''.join(part_html(part) for part in entry.inside)}</li>\n"


def _row_html(row: Sequence[Cell]) -> str:
    return f"<tr>{''.join(_cell_html(cell) for cell in row)}</tr>\n"


def _cell_html(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    spans = "".join(f' {name}="{n}"' for name, n in (("rowspan", cell.down), ("colspan", cell.across)) if n > 1)
    return f"<{tag}{spans}>{escape(cell.text)}</{tag}>"


def page_html(title: str, inner: str) -> str:
    head = f'<head><meta charset="utf-8"><title>{escape(title)}</title></head>'
    return f'<!DOCTYPE html>\n<html lang="en">\n{head}\n<body>\n{inner}\n</body>\n</html>\n'
