"""Reads the structure tree of a tagged PDF page: which text is a heading or a paragraph, and the cells of tables.

The tree only helps: words keep their places, and what it does not say is found from them. Tables that it names are
checked against their places, since programs write wrong trees.
"""

from __future__ import annotations

import ctypes
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.readers.pdf.page.parts import Area, Frame, Tag, Word, around
from ingest.readers.pdf.tables.found import FoundCell, FoundTable

_HEADING = re.compile(r"H(?:eading ?)?([1-6])?")
_TEXTS = frozenset({"P", "Caption", "BlockQuote", "Note", "FENote", "TOCI", "Lbl", "LI", "LBody", "Title"})
_DEEPEST = 40
_MOST = 20_000


@dataclass(slots=True)
class _Cell:
    marks: list[int]
    rows: int
    columns: int
    header: bool


@dataclass(slots=True)
class Structure:
    """What the tree says of a page: the tag of each marked content, and tables as rows of cells."""

    tags: dict[int, Tag] = field(default_factory=dict)
    tables: list[list[list[_Cell]]] = field(default_factory=list)
    captions: list[list[int]] = field(default_factory=list)


def structure(page: pypdfium2.PdfPage) -> Structure | None:
    """Return what the tree says of a page; None where there is no tree."""
    tree = pdfium.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return None
    try:
        found = Structure()
        reader = _Reader(found)
        for index in range(max(pdfium.FPDF_StructTree_CountChildren(tree), 0)):
            child = pdfium.FPDF_StructTree_GetChildAtIndex(tree, index)
            if child:
                reader.read(child, Tag("", 0), 0)
        return found if found.tags else None
    finally:
        pdfium.FPDF_StructTree_Close(tree)


@dataclass(slots=True)
class _Reader:
    found: Structure
    count: int = 0

    def read(self, element: object, tag: Tag, depth: int) -> None:
        """Take in an element and what is inside it."""
        self.count += 1
        if depth > _DEEPEST or self.count > _MOST:
            return
        kind = _string(pdfium.FPDF_StructElement_GetType, element)
        heading = _HEADING.fullmatch(kind)
        if heading:
            tag = Tag("heading", self.count, int(heading.group(1) or 1))
        elif kind in _TEXTS:
            tag = Tag(kind, self.count)
        elif kind == "Table":
            self._table(element, depth)
            return
        for mark, child in _children(element):
            if child is None:
                self.found.tags.setdefault(mark, tag)
            else:
                self.read(child, tag, depth + 1)

    def _table(self, element: object, depth: int) -> None:
        rows: list[list[_Cell]] = []
        caption: list[int] = []
        self._rows(element, rows, caption, depth)
        if rows:
            self.found.tables.append(rows)
            self.found.captions.append(caption)

    def _rows(self, element: object, rows: list[list[_Cell]], caption: list[int], depth: int) -> None:
        for mark, child in _children(element):
            if child is None:
                self.found.tags.setdefault(mark, Tag("", 0))
                continue
            kind = _string(pdfium.FPDF_StructElement_GetType, child)
            if kind == "TR":
                rows.append([self._cell(cell, depth) for _, cell in _children(child) if cell is not None])
            elif kind == "Caption":
                marks = list(self._marks(child, depth))
                caption += marks
                self.count += 1
                for each in marks:
                    self.found.tags.setdefault(each, Tag("Caption", self.count))
            elif depth < _DEEPEST:
                self._rows(child, rows, caption, depth + 1)

    def _cell(self, element: object, depth: int) -> _Cell:
        numbers = dict(_attributes(element))
        kind = _string(pdfium.FPDF_StructElement_GetType, element)
        marks = list(self._marks(element, depth))
        for mark in marks:
            self.found.tags.setdefault(mark, Tag("cell", 0))
        return _Cell(marks, int(numbers.get("RowSpan", 1)), int(numbers.get("ColSpan", 1)), kind == "TH")

    def _marks(self, element: object, depth: int) -> Iterator[int]:
        self.count += 1
        for mark, child in _children(element):
            if child is None:
                yield mark
            elif depth < _DEEPEST and self.count < _MOST:
                yield from self._marks(child, depth + 1)


def _children(element: object) -> Iterator[tuple[int, object | None]]:
    """Yield each child: an element, or the id of marked content."""
    for index in range(min(max(pdfium.FPDF_StructElement_CountChildren(element), 0), _MOST)):
        child = pdfium.FPDF_StructElement_GetChildAtIndex(element, index)
        if child:
            yield -1, child
            continue
        mark = pdfium.FPDF_StructElement_GetChildMarkedContentID(element, index)
        if mark >= 0:
            yield mark, None


def _string(get: object, element: object) -> str:
    length = get(element, None, 0)  # type: ignore[operator]
    if length <= 2 or length > 1000:
        return ""
    buffer = ctypes.create_string_buffer(length)
    get(element, buffer, length)  # type: ignore[operator]
    return buffer.raw[: length - 2].decode("utf-16-le", "replace")


def _attributes(element: object) -> Iterator[tuple[str, float]]:
    """Yield the attributes that are numbers."""
    name, length, value = ctypes.create_string_buffer(64), ctypes.c_ulong(), ctypes.c_float()
    for index in range(min(max(pdfium.FPDF_StructElement_GetAttributeCount(element), 0), 50)):
        attribute = pdfium.FPDF_StructElement_GetAttributeAtIndex(element, index)
        for at in range(min(max(pdfium.FPDF_StructElement_Attr_GetCount(attribute), 0), 50)):
            if not pdfium.FPDF_StructElement_Attr_GetName(attribute, at, name, 64, length):
                continue
            found = pdfium.FPDF_StructElement_Attr_GetValue(attribute, name.value)
            if found and pdfium.FPDF_StructElement_Attr_GetNumberValue(found, value):
                yield name.value.decode("latin-1"), min(max(value.value, 1.0), 1000.0)


def tagged_tables(found: Structure, words: list[Word], frame: Frame) -> list[tuple[FoundTable, list[Word]]]:
    """Return the tables that the tree names, each with its words; those that do not lie as they should are left out."""
    by_mark: dict[int, list[Word]] = {}
    for word in words:
        by_mark.setdefault(word.mark, []).append(word)
    tables = []
    for source, rows in enumerate(found.tables, start=1):
        cells, _taken = _placed(rows, by_mark)
        if len({cell.column for cell in cells if cell.words}) < 2:
            continue
        columns = max(cell.column + cell.columns for cell in cells)
        _mend_columns(cells, columns)
        header = 0
        for row in rows:
            if not row or not all(cell.header or not cell.marks for cell in row) or not any(c.header for c in row):
                break
            header += 1
        header = header if header < len(rows) else 0
        side = int(
            header < len(rows) and all(row and row[0].header for row in rows[header:]) and columns > 1
            and not all(cell.header for row in rows for cell in row)
        )  # fmt: skip
        parts = _parts(cells)
        if not all(_is_in_order(part) for part in parts):
            continue
        for part in parts:
            words_ = [word for cell in part for word in cell.words]
            first, last = min(cell.row for cell in part), max(cell.row for cell in part)
            for cell in part:
                cell.row -= first
            edges = [min((w.x0 for c in part if c.column == x for w in c.words), default=0.0) for x in range(columns)]
            table = FoundTable(
                frame, Area(*around(words_)), last - first + 1, columns, part, tuple(edges), ruled=False, source=source,
                header_rows=max(header - first, 0), header_columns=side,
            )  # fmt: skip
            tables.append((table, words_))
    return tables


def _parts(cells: list[FoundCell]) -> list[list[FoundCell]]:
    """Part the rows of a table that goes on in the next column of the page."""
    parts: list[list[FoundCell]] = [[]]
    lowest, right, row = -1e6, -1e6, -1
    for cell in sorted(cells, key=lambda each: (each.row, each.column)):
        place = cell.place
        if (
            place is not None
            and cell.row != row
            and (place.y1 < lowest - 40 or (place.y0 < lowest and place.x0 > right))
        ):
            parts.append([])
            lowest = right = -1e6
        row = cell.row
        if place is not None:
            lowest, right = max(lowest, place.y0), max(right, place.x1)
        parts[-1].append(cell)
    return [part for part in parts if any(cell.words for cell in part)]


def _placed(rows: list[list[_Cell]], by_mark: dict[int, list[Word]]) -> tuple[list[FoundCell], list[Word]]:
    """Return the cells at their places, by the rules of HTML, with their words."""
    taken: set[tuple[int, int]] = set()
    cells: list[FoundCell] = []
    used: list[Word] = []
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (y, x) in taken:
                x += 1
            words = [word for mark in cell.marks for word in by_mark.get(mark, ())]
            place = Area(*around(words)) if words else None
            cells.append(FoundCell(y, x, cell.rows, cell.columns, words, place, cell.header))
            used += words
            taken.update(
                (y + down, x + right)
                for down in range(min(cell.rows, 1000))
                for right in range(min(cell.columns, 1000))
            )
            x += cell.columns
    return cells, used


def _mend_columns(cells: list[FoundCell], columns: int) -> None:
    """Put the cells of rows that lack some (trees leave out empty cells) below the cells of full rows."""
    extents: dict[int, tuple[float, float]] = {}
    rows: dict[int, list[FoundCell]] = {}
    reserved: dict[int, int] = {}
    for cell in cells:
        rows.setdefault(cell.row, []).append(cell)
        for row in range(cell.row, cell.row + min(cell.rows, 1000)):
            reserved[row] = reserved.get(row, 0) + cell.columns
    for row, found in rows.items():
        if reserved[row] >= columns:
            for cell in found:
                if cell.columns == 1 and cell.place is not None:
                    low, high = extents.get(cell.column, (cell.place.x0, cell.place.x1))
                    extents[cell.column] = min(low, cell.place.x0), max(high, cell.place.x1)
    for row, found in rows.items():
        if reserved[row] >= columns:
            continue
        least = 0
        for cell in found:
            if cell.place is None or cell.columns > 1:
                continue
            x0, x1 = cell.place.x0, cell.place.x1
            over = {x: min(b, x1) - max(a, x0) for x, (a, b) in extents.items() if x >= least}
            if over and max(over.values()) > 0:
                cell.column = max(over, key=lambda x: over[x])
            least = cell.column + 1


def _is_in_order(cells: list[FoundCell]) -> bool:
    """Return whether cells of later rows stand lower and cells of later columns stand at other places across."""
    tops: dict[int, float] = {}
    for cell in cells:
        if cell.place is not None and cell.rows == 1:
            tops[cell.row] = max(tops.get(cell.row, 0.0), cell.place.y1)
    ordered = [tops[row] for row in sorted(tops)]
    return bool(ordered) and all(a <= b + 2 for a, b in itertools.pairwise(ordered))
