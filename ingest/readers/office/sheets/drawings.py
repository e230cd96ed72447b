"""Reads what is drawn on sheets of a workbook: text boxes, shapes, charts, diagrams, alternative text of pictures.

Knows no cells; a chart whose values are cells that a reader shows anyway is left to its title.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from ingest.blocks.nodes import Node, paragraph
from ingest.cleaning import one_line
from ingest.readers.office.drawing.charts import chart_figure, references
from ingest.readers.office.drawing.diagrams import D, diagram_nodes
from ingest.readers.office.drawing.frames import frame_nodes
from ingest.readers.office.parts import RELATION_ID, Element, Parts, local

XDR = "{http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing}"

_NO_DESCRIPTION = re.compile(r"[^\s]+\.(?:png|jpe?g|gif|bmp|svg|emf|wmf|tiff?)|\w+ \d+", re.IGNORECASE)

Shows = Callable[[str], bool]
"""Whether all cells of a reference such as "Sheet1!$B$2:$B$9" are read from a sheet."""


def sheet_drawings(parts: Parts, sheet: str, page: int | None, shows: Shows) -> list[tuple[int, int, Node]]:
    """Return what is drawn on the sheet of this part, by the row and column where it begins."""
    found: list[tuple[int, int, Node]] = []
    for relation in parts.relations(sheet).values():
        if relation.kind == "drawing":
            found += _anchored(parts, relation.target, page, shows)
    return found


def _anchored(parts: Parts, name: str, page: int | None, shows: Shows) -> Iterator[tuple[int, int, Node]]:
    root = parts.xml(name)
    reader = _Reader(parts, name, page, shows)
    for anchor in root if root is not None else ():
        start = anchor.find(f"{XDR}from")
        row = int(start.findtext(f"{XDR}row") or 0) if start is not None else 0
        column = int(start.findtext(f"{XDR}col") or 0) if start is not None else 0
        for node in reader.nodes(anchor, 0):
            yield row, column, node


class _Reader:
    """Reads the shapes of one drawing."""

    def __init__(self, parts: Parts, name: str, page: int | None, shows: Shows) -> None:
        self._parts = parts
        self._relations = parts.relations(name)
        self._page = page
        self._shows = shows

    def nodes(self, parent: Element, depth: int) -> list[Node]:
        """Return the nodes of the shapes below an element: a group, an anchor, a choice of which the first is read."""
        made: list[Node] = []
        for shape in parent:
            name = local(shape)
            if name in {"grpSp", "Choice"} and depth < 20:
                made += self.nodes(shape, depth + 1)
            elif name == "AlternateContent" and len(shape):
                made += self.nodes(shape[0] if len(shape[0]) else shape[-1], depth + 1)
            elif name in {"sp", "cxnSp"} and not _is_hidden(shape):
                body = shape.find(f"{XDR}txBody")
                made += frame_nodes(body, self._relations, page=self._page) if body is not None else []
            elif name == "pic" and not _is_hidden(shape):
                made += alternative(shape, self._page)
            elif name == "graphicFrame" and not _is_hidden(shape):
                made += self._graphic(shape)
        return made

    def _graphic(self, shape: Element) -> list[Node]:
        for node in shape.iter():
            if local(node) == "chart" and (relation := self._relations.get(node.get(f"{RELATION_ID}id") or "")):
                root = self._parts.xml(relation.target)
                figure = _chart(root, self._page, self._shows) if root is not None else None
                return [figure] if figure is not None else []
            if node.tag == f"{D}relIds" and (relation := self._relations.get(node.get(f"{RELATION_ID}dm") or "")):
                root = self._parts.xml(relation.target)
                return (
                    diagram_nodes(root, self._parts.relations(relation.target), self._page) if root is not None else []
                )
        return []


def _chart(root: Element, page: int | None, shows: Shows) -> Node | None:
    """Return a chart's figure, without its values if all of them are cells that are read."""
    cells = references(root)
    return chart_figure(root, page, with_data=not cells or not all(shows(each) for each in cells))


def alternative(shape: Element, page: int | None) -> list[Node]:
    """Return the figure of a picture that has an alternative text."""
    text = description(shape)
    return [Node("figure", children=[paragraph(text, page)], label="picture", page=page)] if text else []


def description(shape: Element) -> str:
    """Return the alternative text of a shape, but no name that a program gave it."""
    node = next((node for node in shape.iter() if local(node) == "cNvPr"), None)
    text = one_line(node.get("descr") or "") if node is not None else ""
    return "" if _NO_DESCRIPTION.fullmatch(text) else text


def _is_hidden(shape: Element) -> bool:
    return any(local(node) == "cNvPr" and node.get("hidden") in {"1", "true"} for node in shape.iter())
