"""Opens headings, notes, footnotes, figures, code and plain blocks; each opener returns what closes the block."""

from __future__ import annotations

from functools import partial

from selectolax.lexbor import LexborNode

from ingest.blocks.nodes import Node
from ingest.readers.html.builder import DEEPEST, numbered_footnote
from ingest.readers.html.code import are_line_numbers, read_pre, verbatim
from ingest.readers.html.notes import BOXES, label_in, label_of
from ingest.readers.html.page import Attributes, Leave, Page

_LONG_NOTE = 3000
_SECTIONING = frozenset({"main", "article", "section", "aside", "td", "li", "blockquote", "figure"})


def open_block(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    if attributes and attributes.get("role") == "heading":
        return open_heading(page, node, tag, attributes)
    if builder.inline:
        builder.joint(" ")
        return lambda: builder.joint(" ")
    if attributes or tag in BOXES:
        if _is_footnote(tag, attributes):
            return open_footnote(page, Node("footnote"))
        label = label_of(tag, attributes)
        if label is not None and _is_box(node):
            return _note(page, label)
    builder.flush()
    if tag == "aside" and _is_box(node):
        return _note(page, None)
    if tag == "blockquote":
        return _quote(page, node)
    if tag in {"header", "footer"} and _is_furniture(node, tag):
        frame = builder.open(leaf="header" if tag == "header" else "footer")
        frame.furniture = frame.leaf
        return partial(close_block, page)
    return builder.flush


def close_block(page: Page) -> None:
    page.builder.flush()
    page.builder.close()


def _note(page: Page, label: str | None) -> Leave:
    builder, note = page.builder, Node("note", label=label)
    builder.flush()
    builder.open(note)

    def close() -> None:
        close_block(page)
        if note.children:
            note.label = label or label_in(note.children[0].text)
            builder.put(note)

    return close


def open_tab(page: Page, name: str) -> Leave:
    """Open a part of which a reader sees one at a time: a note that begins with the name that opens it."""
    builder = page.builder
    builder.boundary()
    if builder.inline:
        builder.words(f"{name}:")
        return lambda: builder.joint(" ")
    leave = _note(page, "tab")
    builder.words(name)
    builder.flush()
    return leave


def _quote(page: Page, node: LexborNode) -> Leave:
    """A quotation is what it holds; one that begins with "Warning" is a note, as people write them in Markdown."""
    builder = page.builder
    own = builder.top.node
    before = len(own.children)
    page.quotes += 1
    if page.quotes > DEEPEST:  # each would look through all that is in it
        return partial(_end_quote, page)
    bold = node.css_first("strong, b")
    named = label_in(bold.text()) if bold is not None else None
    if bold is not None and named is not None and not node.text().lstrip().startswith(bold.text().strip()):
        named = None

    def close() -> None:
        _end_quote(page)
        inside = own.children[before:]
        label = named or (label_in(inside[0].text) if inside and inside[0].kind == "paragraph" else None)
        if inside and label is not None and builder.top.depth < DEEPEST and own.kind != "list":
            own.children[before:] = [Node("note", label=label, children=inside)]

    return close


def _end_quote(page: Page) -> None:
    page.builder.flush()
    page.quotes -= 1


def open_footnote(page: Page, note: Node) -> Leave:
    builder = page.builder
    builder.flush()
    builder.open(note)

    def close() -> None:
        close_block(page)
        if note.text or note.children:
            builder.put(numbered_footnote(note))

    return close


def open_heading(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    if builder.inline:
        return open_block(page, node, "p", {})
    level = attributes.get("aria-level") or tag[1:]
    builder.flush()
    builder.open(leaf="heading", inline=True)

    def close() -> None:
        text, inlines = builder.taken()
        builder.close()
        if text:
            depth = int(level) if level and level.isdigit() else 2
            builder.put(Node("heading", text.replace("\n", " "), level=depth, inlines=inlines))

    return close


def open_pre(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> bool:
    if are_line_numbers(node):
        return page.drop(node, "line_number")
    page.builder.boundary()
    if page.builder.inline:
        page.builder.words(f" {verbatim(node)} ")
    else:
        for block in read_pre(node):
            page.builder.put(block)
    return False


def open_figure(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    builder.boundary()
    if builder.inline or builder.top.depth >= DEEPEST:
        return builder.boundary
    figure = Node("figure")
    builder.open(figure)

    def close() -> None:
        close_block(page)
        for block in _finished(figure):
            builder.put(block)

    return close


def open_figure_caption(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    if builder.inline or builder.top.node.kind != "figure":
        return open_block(page, node, "p", {})
    builder.flush()
    builder.open(leaf="caption", inline=True)

    def close() -> None:
        text, inlines = builder.taken()
        builder.close()
        if text:
            builder.put(Node("caption", text.replace("\n", " "), inlines=inlines))

    return close


def _finished(figure: Node) -> list[Node]:
    """Return a figure's blocks: a table takes its caption; code and text in a figure are no picture."""
    captions = [child for child in figure.children if child.kind == "caption"]
    others = [child for child in figure.children if child.kind != "caption"]
    tables = [child for child in others if child.kind == "table"]
    if tables and captions and not any(child.kind == "caption" for child in tables[0].children):
        tables[0].children[:0] = captions
        return others
    if any(child.kind != "paragraph" for child in others):
        return [
            Node("paragraph", each.text, inlines=each.inlines) if each.kind == "caption" else each
            for each in figure.children
        ]
    return [figure] if figure.children else []


def _is_box(node: LexborNode) -> bool:
    """Return whether an element is small enough to be a note, and not a part of the page."""
    return len(node.text()) < _LONG_NOTE and node.css_first("h1, h2, nav, form") is None


def _is_footnote(tag: str, attributes: Attributes) -> bool:
    if attributes.get("role") in {"doc-footnote", "doc-endnote"}:
        return True
    return tag in {"div", "aside", "p"} and "footnote" in (attributes.get("class") or "").lower().split()


def _is_furniture(node: LexborNode, tag: str) -> bool:
    """Return whether a header or footer is that of the page, and not of an article or a title."""
    parent = node.parent
    while parent is not None and parent.tag != "body":
        if parent.tag in _SECTIONING:
            return False
        parent = parent.parent
    return tag == "footer" or node.css_first("h1") is None or node.css_first("nav, form") is not None
