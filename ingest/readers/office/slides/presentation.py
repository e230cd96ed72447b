"""Reads presentations slide by slide: title, text with its lists, tables, charts, diagrams, alternative texts, notes.

A slide's number is its page. Hidden slides and shapes are left out (`ingest.hidden_text.slides`), comments and slide
numbers too. What a layout or master shows on every slide, and the prompts of empty placeholders, are not read.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest.account import left_out
from ingest.blocks.nodes import Inline, Node, Reading, heading, paragraph
from ingest.cleaning import one_line
from ingest.formats.sisters import as_plain
from ingest.hidden_text.slides import visible_pptx
from ingest.readers.office.drawing.charts import chart_figure
from ingest.readers.office.drawing.diagrams import D, diagram_nodes
from ingest.readers.office.drawing.frames import frame_nodes
from ingest.readers.office.drawing.text import A, link_target, paragraph_text
from ingest.readers.office.opening import opened
from ingest.readers.office.parts import RELATION_ID, Element, Relation, local, parsed
from ingest.readers.office.sheets.drawings import alternative, description
from ingest.readers.office.slides.box_tables import TextBox, box_table
from ingest.readers.office.slides.reading_order import Bounds, in_reading_order
from ingest.readers.office.slides.tables import cell_text, is_bold, slide_table

P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
MAX_DEPTH = 20
_TITLES = frozenset({"title", "ctrTitle"})
_FRINGE = {"ftr": "footer", "dt": "footer", "hdr": "header"}
_SHAPES = frozenset({"sp", "grpSp", "graphicFrame", "pic", "cxnSp", "AlternateContent"})


def read_pptx(data: bytes) -> Reading:
    """Return a presentation's slides, one page a slide; only title placeholders are headings."""
    import pptx

    with opened():
        show = pptx.Presentation(io.BytesIO(visible_pptx(as_plain(data))))
        slides = list(show.slides)
        nodes = [node for page, slide in enumerate(slides, 1) for node in _Slide(slide, page).nodes()]
        title = one_line(show.core_properties.title or "") or None
    return Reading(nodes, title=title, pages=len(slides) or None)


class _Slide:
    """One slide while it is read."""

    def __init__(self, slide: Any, page: int) -> None:
        self._slide = slide
        self._page = page
        self._relations = _relations(slide.part)

    def nodes(self) -> list[Node]:
        shapes = self._ordered(self._slide.shapes._spTree, 0)
        titles = [shape for shape in shapes if not isinstance(shape, Node) and _placeholder(shape) in _TITLES]
        rest = [shape for shape in shapes if isinstance(shape, Node) or _placeholder(shape) not in _TITLES]
        fringe = [shape for shape in rest if not isinstance(shape, Node) and _placeholder(shape) in _FRINGE]
        found = [node for shape in titles for node in self._title(shape)]
        for shape in rest:
            if isinstance(shape, Node) or shape not in fringe:
                found += self._shape(shape, 0)
        found += [node for shape in fringe for node in self._fringe(shape)]
        self._leave_out_comments()
        return found + self._notes()

    def _ordered(self, tree: Element, depth: int) -> list[Element | Node]:
        """Return the shapes of the slide or of a group in reading order, with the table that boxes make as a node."""
        shapes = [shape for each in tree if local(each) in _SHAPES for shape in _chosen(each, depth)]
        placed: list[tuple[Bounds | None, Element | Node]] = [(self._bounds(shape), shape) for shape in shapes]
        joined = any(local(shape) == "cxnSp" and shape.find(f"{P}nvCxnSpPr//{A}stCxn") is not None for shape in shapes)
        found = None if joined else box_table(list(self._text_boxes(placed)), self._page)
        if found is not None:
            node, boxes = found
            members = {box.at for box in boxes}
            sides = list(zip(*(box.bounds for box in boxes), strict=True))
            around = Bounds(min(sides[0]), min(sides[1]), max(sides[2]), max(sides[3]))
            first = min(members)
            placed = [
                (around, node) if at == first else each
                for at, each in enumerate(placed)
                if at == first or at not in members
            ]
        return in_reading_order(placed)

    def _text_boxes(self, placed: Sequence[tuple[Bounds | None, Element | Node]]) -> Iterator[TextBox]:
        """Yield the shapes that hold one paragraph and are no placeholders."""
        for at, (bounds, shape) in enumerate(placed):
            if bounds is None or isinstance(shape, Node) or local(shape) != "sp" or _placeholder(shape) is not None:
                continue
            body = shape.find(f"{P}txBody")
            if body is None or len(body.findall(f"{A}p")) != 1 or body.find(f"{A}p/{A}br") is not None:
                continue
            if shape.find(f"{P}nvSpPr/{P}cNvPr/{A}hlinkClick") is not None:
                continue
            text, inlines = cell_text(body, self._relations)
            if text:
                yield TextBox(at, bounds, text, inlines, is_bold(shape))

    def _bounds(self, shape: Element) -> Bounds | None:
        from pptx.shapes.shapetree import SlideShapeFactory

        try:
            found = SlideShapeFactory(shape, self._slide.shapes)
            place = (found.left, found.top, found.width, found.height)
        except (AttributeError, KeyError, TypeError, ValueError):  # a shape without a part that it should have
            return None
        return None if None in place else Bounds(place[0], place[1], place[0] + place[2], place[1] + place[3])

    def _title(self, shape: Element) -> Iterator[Node]:
        read = [paragraph_text(each, self._relations) for each in shape.iter(f"{A}p")]
        lines = [(text, inlines) for text, inlines in read if text]
        if lines:
            made = heading(" ".join(text for text, _ in lines), 1, self._page)
            yield replace(made, inlines=lines[0][1] if len(lines) == 1 else ())

    def _fringe(self, shape: Element) -> Iterator[Node]:
        text = one_line(" ".join(paragraph_text(each, {})[0] for each in shape.iter(f"{A}p")))
        kind = _FRINGE[_placeholder(shape) or ""]
        if text:
            yield Node("header" if kind == "header" else "footer", text, page=self._page)

    def _shape(self, shape: Element | Node, depth: int) -> list[Node]:
        if isinstance(shape, Node):
            return [shape]
        kind = local(shape)
        if kind == "grpSp":
            if depth >= MAX_DEPTH:
                left_out("nested", " ".join(each.text or "" for each in shape.iter(f"{A}t")))
                return []
            inner = [node for each in self._ordered(shape, depth + 1) for node in self._shape(each, depth + 1)]
            return inner or alternative(shape, self._page)
        if kind == "pic":
            return alternative(shape, self._page)
        if kind == "graphicFrame":
            return self._graphic(shape)
        if _placeholder(shape) == "sldNum":
            left_out("page_number", " ".join(each.text or "" for each in shape.iter(f"{A}t")))
            return []
        body = shape.find(f"{P}txBody")
        made = frame_nodes(body, self._relations, self._styles(shape), self._page) if body is not None else []
        return self._linked(shape, made) if made else alternative(shape, self._page)

    def _styles(self, shape: Element) -> list[Element]:
        """Return the list styles that a placeholder inherits: its layout's, its master's, those for all text."""
        from pptx.shapes.shapetree import SlideShapeFactory

        kind = _placeholder(shape)
        if kind is None:
            return []
        found: list[Element] = []
        base = getattr(SlideShapeFactory(shape, self._slide.shapes), "_base_placeholder", None)
        while base is not None and len(found) < 5:
            style = base._element.find(f"{P}txBody/{A}lstStyle")
            found += [style] if style is not None else []
            base = getattr(base, "_base_placeholder", None)
        master = self._slide.slide_layout.slide_master._element
        style = master.find(f"{P}txStyles/{P}bodyStyle")
        return [*found, style] if style is not None else found

    def _linked(self, shape: Element, nodes: list[Node]) -> list[Node]:
        """Return a shape's nodes with the address that a click on the shape opens."""
        target = link_target(next((node for node in shape.iter() if local(node) == "cNvPr"), None), self._relations)
        if target is None or len(nodes) != 1 or nodes[0].kind != "paragraph" or nodes[0].inlines:
            return nodes
        text = f"{nodes[0].text} ({target})"
        return [replace(nodes[0], text=text, inlines=(Inline("link", 0, len(text), target),))]

    def _graphic(self, shape: Element) -> list[Node]:
        text = description(shape)
        named = [paragraph(text, self._page)] if text else []
        for node in shape.iter():
            if node.tag == f"{A}tbl":
                made = slide_table(node, self._relations, self._page)
                return [made] if made is not None else []
            if local(node) == "chart" and node.get(f"{RELATION_ID}id"):
                root = self._part(node.get(f"{RELATION_ID}id"))
                figure = chart_figure(root, self._page) if root is not None else None
                figure = figure or Node("figure", label="chart", page=self._page)
                return [replace(figure, children=[*figure.children, *named])]
            if node.tag == f"{D}relIds":
                root = self._part(node.get(f"{RELATION_ID}dm"))
                return diagram_nodes(root, self._relations, self._page) if root is not None else []
        return alternative(shape, self._page)

    def _part(self, identity: str | None) -> Element | None:
        rel = self._slide.part.rels.get(identity)
        return parsed(rel.target_part.blob) if rel is not None and not rel.is_external else None

    def _leave_out_comments(self) -> None:
        for rel in self._slide.part.rels.values():
            if rel.reltype.rsplit("/", 1)[-1] == "comments" and not rel.is_external:
                root = parsed(rel.target_part.blob)
                texts = (
                    [node.text or "" for node in root.iter() if local(node) in {"text", "t"}]
                    if root is not None
                    else []
                )
                left_out("comment", " ".join(texts))

    def _notes(self) -> list[Node]:
        """Return the speaker's notes of the slide."""
        if not self._slide.has_notes_slide:
            return []
        notes = self._slide.notes_slide
        relations = _relations(notes.part)
        bodies = [
            body
            for shape in notes.shapes._spTree.iter(f"{P}sp")
            if _placeholder(shape) in {"body", None} and (body := shape.find(f"{P}txBody")) is not None
        ]
        found = [node for body in bodies for node in frame_nodes(body, relations, page=self._page)]
        return [Node("note", children=found, label="notes", page=self._page)] if found else []


def _chosen(shape: Element, depth: int) -> Sequence[Element]:
    """Return a shape; of alternatives the shapes of the first one, which newer programs show."""
    if local(shape) != "AlternateContent":
        return [shape]
    return [inner for inner in shape[0] if local(inner) in _SHAPES and depth < MAX_DEPTH] if len(shape) else []


def _placeholder(shape: Element) -> str | None:
    """Return the type of a placeholder, "obj" where it states none; None for another shape."""
    properties = shape[0].find(f"{P}nvPr") if len(shape) else None
    found = properties.find(f"{P}ph") if properties is not None else None
    return found.get("type", "obj") if found is not None else None


def _relations(part: Any) -> Mapping[str, Relation]:
    return {
        identity: Relation(rel.reltype.rsplit("/", 1)[-1], rel.target_ref, rel.is_external)
        for identity, rel in part.rels.items()
    }
