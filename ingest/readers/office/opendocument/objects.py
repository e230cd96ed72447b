"""Reads what is drawn in an OpenDocument text: text boxes, pictures, charts, formulas, shapes with text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.blocks.nodes import Node, paragraph
from ingest.cleaning import one_line
from ingest.readers.office.flow.boxes import boxed_pieces
from ingest.readers.office.flow.grids import Grid, GridCell, grid_pieces
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.opendocument.context import MAX_DEPTH, Text
from ingest.readers.office.opendocument.mathml import linear
from ingest.readers.office.opendocument.names import CHART, DRAW, MATH, SVG, TABLE, TEXT, XLINK, Xml, all_text

_FILE = re.compile(r"[\w\\/.: -]*\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)", re.IGNORECASE)
_NOT_DIVED = frozenset({f"{DRAW}text-box", f"{TEXT}p", f"{TEXT}list", f"{DRAW}object", f"{TABLE}table"})


def drawn(node: Xml, text: Text, depth: int) -> list[Piece]:
    """Return the pieces of a frame or shape."""
    found: list[Piece] = []
    blocks: list[Xml] = []
    pictured = False
    stack = [node]
    while stack:
        part = stack.pop()
        if not isinstance(part.tag, str):
            continue
        if part.tag == f"{DRAW}text-box":
            found += _box(part, text, depth)
        elif part.tag == f"{DRAW}object":
            found += _object(part, text)
        elif part.tag in {f"{TEXT}p", f"{TEXT}list", f"{TABLE}table"}:
            blocks.append(part)
        elif part.tag == f"{DRAW}image":
            pictured = True
        if part.tag not in _NOT_DIVED:
            stack.extend(reversed(part))
            found += _described(part)
    if blocks:  # a shape with text in it
        holder = blocks[0].getparent()
        found += _box(holder, text, depth) if holder is not None else []
    if not found and pictured:
        found.append(Piece("node", node=Node("figure"), follows=True))
    return found


def _box(node: Xml, text: Text, depth: int) -> list[Piece]:
    if depth >= MAX_DEPTH:
        shown = one_line(all_text(node))
        return [Piece("node", node=paragraph(shown), follows=True)] if shown else []
    return boxed_pieces(text.pieces(node, depth + 1, True))


def _described(node: Xml) -> Iterator[Piece]:
    """Yield the figure of a picture's alternative text, unless it is a file's name."""
    texts = (one_line(node.findtext(f"{SVG}{name}") or "") for name in ("title", "desc"))
    shown = ": ".join(dict.fromkeys(each for each in texts if each and not _FILE.fullmatch(each)))
    if shown:
        yield Piece("node", node=Node("figure", children=[paragraph(shown)]), follows=True)


def _object(node: Xml, text: Text) -> Iterator[Piece]:
    """Yield a formula or a chart, which is a document of its own in the package or in the element."""
    name = (node.get(f"{XLINK}href") or "").removeprefix("./").rstrip("/")
    root = text.package.tree(f"{name}/content.xml") if name else None
    root = node if root is None else root
    formula = root if root.tag == f"{MATH}math" else next(root.iter(f"{MATH}math"), None)
    if formula is not None:
        if shown := linear(formula):
            yield Piece("node", node=paragraph(shown), follows=True)
        return
    chart = next(root.iter(f"{CHART}chart"), None)
    if chart is not None and (figure := _chart(chart)) is not None:
        yield Piece("node", node=figure, follows=True)


def _chart(chart: Xml) -> Node | None:
    title = _said(chart.find(f"{CHART}title"))
    children = [Node("caption", title)] if title else []
    others = [chart.find(f"{CHART}subtitle"), *chart.iter(f"{CHART}axis")]
    for other in others:
        inner = other.find(f"{CHART}title") if other is not None and other.tag == f"{CHART}axis" else other
        if shown := _said(inner):
            children.append(paragraph(shown))
    table = next(chart.iter(f"{TABLE}table"), None)
    if table is not None:
        rows = [
            [
                GridCell([Piece("paragraph", one_line(all_text(cell)))], column)
                for column, cell in enumerate(row.iterchildren(f"{TABLE}table-cell"))
            ]
            for row in table.iter(f"{TABLE}table-row")
        ]
        heads = sum(1 for group in table.iterchildren(f"{TABLE}table-header-rows") for _ in group)
        pieces = grid_pieces(Grid(rows, header_rows=heads))
        children += [piece.node for piece in pieces if piece.node is not None]
    return Node("figure", children=children, label="chart") if children else None


def _said(node: Xml | None) -> str:
    return one_line(all_text(node)) if node is not None else ""
