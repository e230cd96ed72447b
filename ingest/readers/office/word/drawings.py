"""Reads what is drawn in a Word file: text boxes, pictures with their alternative text, charts, diagrams, old shapes.

What a drawing says stands behind the paragraph in which it is anchored. A box whose first words say that it is a
warning or a note is a note; other boxes are what they hold. Word stores many drawings twice, for old programs: one
is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ingest.blocks.nodes import Node, paragraph
from ingest.cleaning import one_line
from ingest.readers.office.drawing.charts import chart_figure
from ingest.readers.office.drawing.diagrams import diagram_nodes
from ingest.readers.office.flow.boxes import boxed_pieces
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.word.context import Story
from ingest.readers.office.word.package import MC, A, R, W, Xml

_WP = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
_V = "{urn:schemas-microsoft-com:vml}"
_FILE = re.compile(r"(?:[a-z]:)?[\w\\/. -]*\.(?:png|jpe?g|gif|bmp|tiff?|emf|wmf|svg|webp)", re.IGNORECASE)
_GENERATED = re.compile(r"\s*(?:Description automatically generated.*|AI-generated content may be incorrect\.?)\s*$")
_NOT_DIVED = frozenset({f"{W}txbxContent", f"{W}p"})


def drawn(node: Xml, story: Story) -> list[Piece]:
    """Return the pieces of a drawing (`w:drawing`, `w:pict`, `w:object`)."""
    found: list[Piece] = []
    pictured = False
    for part in _parts(node):
        tag = part.tag
        if tag == f"{W}txbxContent":
            found.extend(_box(part, story))
        elif tag == f"{_V}textpath":
            found.extend(_said(part.get("string") or ""))
        elif tag in {f"{_WP}docPr", f"{_V}shape", f"{_V}imagedata"}:
            found.extend(_pictured(_alternative_text(part)))
        elif str(tag).endswith("}chart"):
            found.extend(_chart(part, story))
        elif tag == f"{_DGM}relIds":
            found.extend(_diagram(part, story))
        elif tag == f"{A}p":
            found.extend(_said("".join(text.text or "" for text in part.iter(f"{A}t"))))
        elif str(tag).endswith("}pic"):
            pictured = True
    if not found and (pictured or node.tag != f"{W}drawing"):
        found.append(Piece("node", node=Node("figure"), follows=True))  # a place for its caption
    return found


def _parts(node: Xml) -> Iterator[Xml]:
    """Yield the elements in a drawing in order, without those inside text boxes, one alternative each."""
    stack = list(reversed(node))
    while stack:
        part = stack.pop()
        if not isinstance(part.tag, str):
            continue
        if part.tag == f"{MC}AlternateContent":
            choice = next((each for each in part.iterchildren(f"{MC}Choice") if len(each)), None)
            chosen = choice if choice is not None else part.find(f"{MC}Fallback")
            stack.extend(reversed(chosen) if chosen is not None else ())
            continue
        yield part
        if part.tag not in _NOT_DIVED and part.tag != f"{A}p":
            stack.extend(reversed(part))


def _box(content: Xml, story: Story) -> list[Piece]:
    return boxed_pieces(story.word.pieces(content, story.inside(in_box=True)))


def _said(text: str) -> Iterator[Piece]:
    if text := one_line(text):
        yield Piece("node", node=paragraph(text), follows=True)


def _pictured(text: str) -> Iterator[Piece]:
    if text:
        yield Piece("node", node=Node("figure", children=[paragraph(text)]), follows=True)


def _alternative_text(node: Xml) -> str:
    """Return what a drawing's alternative text says; "" for none, a file's name, a picture that is decoration."""
    if any(each.get("val") in {"1", "true"} for each in node.iter("{*}decorative")):
        return ""
    texts = [node.get("title") or node.get("{urn:schemas-microsoft-com:office:office}title") or ""]
    texts.append(node.get("descr") or node.get("alt") or "")
    texts = [one_line(_GENERATED.sub("", text)) for text in texts]
    return ": ".join(dict.fromkeys(text for text in texts if text and not _FILE.fullmatch(text)))


def _chart(node: Xml, story: Story) -> Iterator[Piece]:
    target = _related(node.get(f"{R}id"), story)
    root = story.word.package.tree(target) if target else None
    found = chart_figure(root, None) if root is not None else None
    if found is not None:
        yield Piece("node", node=found, follows=True)


def _diagram(node: Xml, story: Story) -> Iterator[Piece]:
    """Yield a diagram (SmartArt) as a figure with the tree of its texts."""
    target = _related(node.get(f"{R}dm"), story)
    root = story.word.package.tree(target) if target else None
    if target is not None and root is not None:
        for found in diagram_nodes(root, story.word.package.relations(target), None):
            yield Piece("node", node=found, follows=True)


def _related(name: str | None, story: Story) -> str | None:
    relation = story.word.package.relations(story.part).get(name or "")
    return None if relation is None or relation.outside else relation.target
