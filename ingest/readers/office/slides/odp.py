"""Reads OpenDocument presentations slide by slide, as `presentation` reads PowerPoint's."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.account import left_out
from ingest.blocks.headers import Look, find_headers
from ingest.blocks.nodes import Node, Reading, heading, paragraph
from ingest.blocks.tables import TableCell, table
from ingest.cleaning import one_line
from ingest.hidden_text import report
from ingest.readers.office.odf import (
    DRAW,
    OFFICE,
    PRESENTATION,
    SVG,
    TABLE,
    XLINK,
    Package,
    opened_package,
    points,
    text_nodes,
)  # fmt: skip
from ingest.readers.office.opening import opened
from ingest.readers.office.parts import Element, local
from ingest.readers.office.slides.reading_order import Bounds, in_reading_order

MAX_DEPTH = 20
_FRINGE = {"header": "header", "footer": "footer", "date-time": "footer"}


def read_odp(data: bytes) -> Reading:
    """Return the slides, one page a slide; only titles are headings."""
    with opened():
        package = opened_package(data)
        slides = package.content.findall(f"{OFFICE}body/{OFFICE}presentation/{DRAW}page")
        nodes = []
        for page, slide in enumerate(slides, 1):
            if package.look(slide, DRAW).hidden:
                report.record("hidden_slide", _all_text(slide))
            else:
                nodes += _Slide(package, page).nodes(slide)
    return Reading(nodes, title=package.title, pages=len(slides) or None)


class _Slide:
    """One slide while it is read."""

    def __init__(self, package: Package, page: int) -> None:
        self._package = package
        self._page = page

    def nodes(self, slide: Element) -> list[Node]:
        shapes = [shape for shape in slide if str(shape.tag).startswith(DRAW)]
        ordered = in_reading_order([(_bounds(shape), shape) for shape in shapes])
        titles = [shape for shape in ordered if _kind(shape) == "title"]
        found = [node for shape in titles for node in self._title(shape)]
        found += [node for shape in ordered if shape not in titles for node in self._shape(shape, 0)]
        for note in slide.iterfind(f"{OFFICE}annotation"):
            left_out("comment", _all_text(note))
        notes = [
            node
            for frame in slide.iterfind(f"{PRESENTATION}notes/{DRAW}frame")
            if _kind(frame) == "notes"
            for box in frame.iterfind(f"{DRAW}text-box")
            for node in text_nodes(box, self._package, self._page)
        ]
        return found + ([Node("note", children=notes, label="notes", page=self._page)] if notes else [])

    def _title(self, shape: Element) -> list[Node]:
        text = _words(text_nodes(box, self._package, self._page) for box in shape.iterfind(f"{DRAW}text-box"))
        return [heading(text, 1, self._page)] if text else []

    def _shape(self, shape: Element, depth: int) -> list[Node]:
        if local(shape) == "g" and depth < MAX_DEPTH:
            return [node for inner in shape for node in self._shape(inner, depth + 1)]
        if shape.get(f"{PRESENTATION}placeholder") == "true":
            return []
        if _kind(shape) == "page-number":
            left_out("page_number", _all_text(shape))
            return []
        boxes = list(shape.iterfind(f"{DRAW}text-box")) if local(shape) == "frame" else [shape]
        made = [node for box in boxes for node in text_nodes(box, self._package, self._page)]
        if kind := _FRINGE.get(_kind(shape)):
            text = _words([made])
            return [Node("header" if kind == "header" else "footer", text, page=self._page)] if text else []
        for each in shape.iterfind(f"{TABLE}table"):
            found = self._table(each)
            made += [found] if found is not None else []
        for each in shape.iterfind(f"{DRAW}object"):
            made += self._chart((each.get(f"{XLINK}href") or "").removeprefix("./"))
        if not made and (text := one_line(shape.findtext(f"{SVG}desc") or "")):
            return [Node("figure", children=[paragraph(text, self._page)], label="picture", page=self._page)]
        return made

    def _chart(self, name: str) -> list[Node]:
        """Return the figure of a chart, with the values that are stored with it."""
        root = self._package.objects.get(name)
        if root is None:
            return []
        title = next((_all_text(node) for node in root.iter() if local(node) == "title"), "")
        children = [Node("caption", one_line(title), page=self._page)] if one_line(title) else []
        tables = [self._table(node) for node in root.iter(f"{TABLE}table")]
        children += [found for found in tables if found is not None]
        return [Node("figure", children=children, label="chart", page=self._page)] if children else []

    def _table(self, node: Element) -> Node | None:
        rows: list[list[TableCell]] = []
        for line in node.iter(f"{TABLE}table-row"):
            rows.append([])
            for column, cell in enumerate(each for each in line if local(each).endswith("table-cell")):
                if local(cell) == "table-cell":
                    down = int(cell.get(f"{TABLE}number-rows-spanned") or 1)
                    across = int(cell.get(f"{TABLE}number-columns-spanned") or 1)
                    text = _words([text_nodes(cell, self._package, self._page)])
                    rows[-1].append(TableCell(text, down, across, column=column))
        width = max((cell.column or 0 for row in rows for cell in row), default=0) + 1
        looks = [[Look("") for _ in range(width)] for _ in rows]
        for place, row in enumerate(rows):
            for each in row:
                looks[place][each.column or 0] = Look(each.text, rows=each.rows, columns=each.columns)
        found = find_headers(looks)
        stated = node.get(f"{TABLE}use-first-row-styles") == "true"
        return table(rows, header_rows=max(found.titles + found.rows, stated), header_columns=found.columns,
                     page=self._page)  # fmt: skip


def _words(parts: Iterable[Sequence[Node]]) -> str:
    return one_line(" ".join(_text(node) for nodes in parts for node in nodes))


def _text(node: Node) -> str:
    return " ".join(text for text in (node.number, node.text, *(_text(child) for child in node.children)) if text)


def _kind(shape: Element) -> str:
    return shape.get(f"{PRESENTATION}class") or ""


def _bounds(shape: Element) -> Bounds | None:
    place = [points(shape.get(f"{SVG}{name}") or "") for name in ("x", "y", "width", "height")]
    if any(each is None for each in place):
        return None
    left, top, width, height = (int((each or 0) * 100) for each in place)
    return Bounds(left, top, left + width, top + height)


def _all_text(node: Element) -> str:
    return " ".join(str(part) for part in node.itertext())
