"""Reads OpenDocument texts (odt) as a tree, in document order.

Lists say themselves what is in what, so their nodes are built here; `ingest.readers.office.flow` gathers the rest.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator

from core.errors import DocumentRejected
from ingest import revisions
from ingest.account import left_out
from ingest.blocks.nodes import Node, Reading, item, listing
from ingest.cleaning import one_line
from ingest.hidden_text import report
from ingest.readers.office.flow.fake_headings import with_headings
from ingest.readers.office.flow.gather import flowed
from ingest.readers.office.flow.pieces import Piece
from ingest.readers.office.opendocument.context import Text, changes
from ingest.readers.office.opendocument.lists import Count, Lists
from ingest.readers.office.opendocument.names import DC, DRAW, OFFICE, TABLE, TEXT, Xml, all_text, count
from ingest.readers.office.opendocument.objects import drawn
from ingest.readers.office.opendocument.paragraphs import Paragraphs
from ingest.readers.office.opendocument.running import footers, headers
from ingest.readers.office.opendocument.styles import styles
from ingest.readers.office.opendocument.tables import table_pieces
from ingest.readers.office.opening import opened
from ingest.readers.office.word.package import Package

_MOST_NESTED = 40
"""Lists in lists; what is deeper is read as items of the deepest."""
_CONTENTS = frozenset(
    f"{TEXT}{name}"
    for name in (
        "table-of-content",
        "illustration-index",
        "table-index",
        "object-index",
        "user-index",
        "alphabetical-index",
    )
)
_WRAPPERS = frozenset(
    {f"{TEXT}{name}" for name in ("section", "index-body", "index-title", "bibliography", "numbered-paragraph")}
    | {f"{OFFICE}text", f"{TEXT}meta"}
)


def read_odt(data: bytes) -> Reading:
    """Return the tree of an OpenDocument text. Raises DocumentRejected when it is damaged or encrypted."""
    with opened():
        archive = zipfile.ZipFile(io.BytesIO(data))
        package = Package(archive, {name.lower(): name for name in archive.namelist()})
        if b"encryption-data" in (package.blob("META-INF/manifest.xml") or b""):
            raise DocumentRejected("The document is encrypted with a password.", hint="Remove the password first.")
        content, style = package.tree("content.xml"), package.tree("styles.xml")
        body = content.find(f"{OFFICE}body/{OFFICE}text") if content is not None else None
        if content is None or body is None:
            raise DocumentRejected(
                "The package is damaged: one of its parts cannot be read.",
                hint="Open it in the program that made it, save it again and upload that.",
            )
        text = _text(package, style, content, body)
        pieces = [*headers(style, content, text), *text.pieces(body, 0, False), *footers(style, content, text)]
        return Reading(flowed(with_headings(pieces)), title=_title(package))


def _text(package: Package, style: Xml | None, content: Xml, body: Xml) -> Text:
    known = styles(style, content)
    insertions, deletions = changes(body)
    standard = known.paragraph("Standard").format.mono
    text = Text(
        package,
        known,
        Lists(known.lists, known.outline),
        standard,
        lambda node, depth, boxed: [],
        insertions,
        deletions,
    )
    text.pieces = lambda node, depth, boxed: list(_pieces(node, text, depth, boxed))
    return text


def _title(package: Package) -> str | None:
    meta = package.tree("meta.xml")
    return None if meta is None else one_line(meta.findtext(f".//{DC}title") or "") or None


def _pieces(container: Xml, text: Text, depth: int, boxed: bool) -> Iterator[Piece]:
    """Yield the pieces of the blocks in an element."""
    paragraphs = Paragraphs(text, depth, boxed)
    stack = list(reversed(container))
    while stack:
        node = stack.pop()
        if node.tag in {f"{TEXT}p", f"{TEXT}h"}:
            yield from paragraphs.pieces(node)
            continue
        if not isinstance(node.tag, str):
            continue
        yield from paragraphs.rest()
        if node.tag == f"{TEXT}list":
            yield from _list(node, text, depth, boxed)
        elif node.tag == f"{TABLE}table":
            yield from table_pieces(node, text, depth)
        elif node.tag in _CONTENTS:
            left_out("navigation", all_text(node))
        elif node.tag == f"{TEXT}section" and node.get(f"{TEXT}display") == "none":
            report.record("hidden", all_text(node))
        elif node.tag in _WRAPPERS:
            stack.extend(reversed(node))
        elif node.tag.startswith(DRAW):
            yield from drawn(node, text, depth)
        elif node.tag == f"{TEXT}change":
            yield from _deleted(node, text, depth, boxed)
        elif node.tag == f"{TEXT}change-start" and node.get(f"{TEXT}change-id") in text.insertions:
            text.inserting.add(node.get(f"{TEXT}change-id") or "")
        elif node.tag == f"{TEXT}change-end":
            text.inserting.discard(node.get(f"{TEXT}change-id") or "")
    yield from paragraphs.rest()


def _deleted(node: Xml, text: Text, depth: int, boxed: bool) -> Iterator[Piece]:
    deleted = text.deletions.get(node.get(f"{TEXT}change-id") or "")
    if deleted is None:
        return
    if revisions.shows_deleted():
        yield from _pieces(deleted, text, depth, boxed)
    else:
        left_out("deleted", all_text(deleted))


def _list(node: Xml, text: Text, depth: int, boxed: bool) -> Iterator[Piece]:
    """Yield a list, or the headings in it: programs number headings by lists too."""
    headings = list(node.iter(f"{TEXT}h"))
    reader = _ListReader(text, depth, boxed)
    nodes = reader.nodes(node, 0, "", None)
    if headings:
        yield from reader.headings
    for each in nodes:
        yield Piece("node", node=each)


class _ListReader:
    """Builds the nodes of one list with the lists in it."""

    def __init__(self, text: Text, depth: int, boxed: bool) -> None:
        self._text = text
        self._depth = depth
        self._boxed = boxed
        self.headings: list[Piece] = []

    def nodes(self, node: Xml, level: int, style: str, numbers: Count | None) -> list[Node]:
        """Return a list's node, or those of the lists in it that have no item of this level around them."""
        style = node.get(f"{TEXT}style-name") or style or self._style_inside(node)
        numbers = numbers if numbers is not None else self._text.lists.begun(node, style)
        items: list[Node] = []
        found: list[Node] = []
        for child in node:
            if child.tag not in {f"{TEXT}list-item", f"{TEXT}list-header"}:
                continue
            made = self._item(child, level, style, numbers)
            if made.text or made.number:
                items.append(made)
            elif items and made.children:
                items[-1].children += made.children
            else:
                found += made.children
        if items:
            made_list = listing(items)
            made_list.level = level + 1
            found.append(made_list)
        return found

    def _item(self, node: Xml, level: int, style: str, numbers: Count) -> Node:
        made = item("")
        loose: list[Piece] = []
        own = [child for child in node if child.tag in {f"{TEXT}p", f"{TEXT}h"}]
        counts = node.tag == f"{TEXT}list-item" and bool(own)
        start = count(node, f"{TEXT}start-value", -1)
        place = min(level, 9)
        number = self._text.lists.number(numbers, style, place, start if start >= 0 else None) if counts else None
        paragraphs = Paragraphs(self._text, self._depth, self._boxed)
        for child in node:
            if child.tag == f"{TEXT}list":
                made.children += flowed(loose)
                loose = []
                if level < _MOST_NESTED:
                    made.children += self.nodes(child, level + 1, style, numbers)
                else:
                    made.children.append(Node("paragraph", one_line(all_text(child))))
            elif child.tag == f"{TEXT}h":
                self._heading(paragraphs.pieces(child, counted=False), number)
                number = None
            elif child.tag == f"{TEXT}p":
                self._paragraph(paragraphs.pieces(child), made, loose, number)
                number = None if made.text else number
            elif child.tag == f"{TABLE}table":
                loose += table_pieces(child, self._text, self._depth)
        loose += paragraphs.rest()
        made.children += flowed(loose)
        return made

    def _paragraph(self, pieces: list[Piece], made: Node, loose: list[Piece], number: str | None) -> None:
        """Make the first paragraph the item's text; the others go on with it."""
        for piece in pieces:
            first = not made.text and not loose and not made.children
            if first and piece.node is None and piece.kind != "code" and piece.text:
                made.text, made.inlines, made.number = piece.text, piece.inlines, number or None
            elif piece.kind == "heading":
                loose.append(Piece("paragraph", piece.text, piece.inlines))
            else:
                loose.append(piece)

    def _heading(self, pieces: list[Piece], number: str | None) -> None:
        for piece in pieces:
            if piece.kind == "heading" and number:
                piece.text = f"{number} {piece.text}"
            self.headings.append(piece)

    def _style_inside(self, node: Xml) -> str:
        """Return the list style that the first paragraph's style asks for."""
        first = next(node.iter(f"{TEXT}p", f"{TEXT}h"), None)
        found = self._text.styles.paragraph(first.get(f"{TEXT}style-name")) if first is not None else None
        return (found.list_style if found is not None else None) or ""
