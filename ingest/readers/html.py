"""Reads HTML with selectolax (Lexbor): headings, paragraphs, lists, tables and code as a person sees them.

Leaves out scripts, navigation, forms, and what inline style hides (`ingest.hidden_text.html`). Uses its own stack, so
nesting has no limit. Runs no script and loads nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

from core.types import ElementKind
from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import clean, one_line, table_text, visible
from ingest.hidden_text import html
from ingest.readers.text import read_text

_DROPPED = frozenset(
    {
        "script",
        "style",
        "noscript",
        "template",
        "nav",
        "svg",
        "head",
        "iframe",
        "object",
        "embed",
        "button",
        "select",
        "input",
        "textarea",
        "canvas",
        "video",
        "audio",
        "map",
        "dialog",
        "math",
        "-comment",
    }
)
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "main",
        "aside",
        "header",
        "footer",
        "body",
        "html",
        "ul",
        "ol",
        "li",
        "dl",
        "dt",
        "dd",
        "blockquote",
        "figure",
        "figcaption",
        "address",
        "form",
        "fieldset",
        "table",
        "tbody",
        "thead",
        "tfoot",
        "tr",
        "td",
        "th",
        "caption",
        "pre",
        "hr",
        "details",
        "summary",
        "center",
        *_HEADINGS,
    }
)
_LAYOUT_CELL = 1200
"""A cell with more characters than this is page layout, not data."""


@dataclass(slots=True)
class _Collector:
    """The elements collected so far, and the inline text of the current block."""

    nodes: list[Node] = field(default_factory=list)
    buffer: list[str] = field(default_factory=list)
    kinds: list[tuple[ElementKind, int | None]] = field(default_factory=list)

    def flush(self) -> None:
        text = clean("".join(self.buffer))
        self.buffer.clear()
        if not text:
            return
        kind, level = self.kinds[-1] if self.kinds else ("text", None)
        self.add(kind, one_line(text) if kind == "title" else text, level)

    def add(self, kind: ElementKind, text: str, level: int | None = None) -> None:
        if text:
            self.nodes.append(flat(kind, text, level=level))


def read_html(data: bytes | str) -> Reading:
    """Return the elements of a page in reading order. Bytes are decoded as UTF-8."""
    tree = LexborHTMLParser(data)
    html.remove_hidden(tree)
    title = tree.css_first("title")
    root = _content(tree)
    elements = tuple(_elements(root)) if root is not None else ()
    if not elements and tree.body is not None:
        elements = tuple(_elements(tree.body, dropped=_DROPPED - {"nav", "form", "dialog", "noscript"}))
    return Reading(elements, title=one_line(title.text()) or None if title is not None else None)


def read_table(html: str) -> str:
    """Return the text of the first table in an HTML fragment, one line a row."""
    table = LexborHTMLParser(html).css_first("table")
    return "" if table is None else _rows(table)


def _content(tree: LexborHTMLParser) -> LexborNode | None:
    """Return the page's `main` element if it has much of the text, else the body."""
    body = tree.body
    mains = tree.css("main, [role=main]")
    if body is None or len(mains) != 1:
        return body
    main = len(mains[0].text(separator=" ", strip=True))
    return mains[0] if main > 0.4 * len(body.text(separator=" ", strip=True)) and main > 200 else body


def _elements(root: LexborNode, dropped: frozenset[str] = _DROPPED) -> list[Node]:
    collector = _Collector()
    stack: list[tuple[LexborNode, bool]] = [(root, True)]
    while stack:
        node, entering = stack.pop()
        if entering:
            stack.extend(_enter(collector, node, dropped))
        else:
            _leave(collector, node)
    collector.flush()
    return collector.nodes


def _enter(collector: _Collector, node: LexborNode, dropped: frozenset[str]) -> Iterator[tuple[LexborNode, bool]]:
    """Handle a node; yield what to visit next, in reverse order."""
    tag = node.tag or ""
    if node.is_text_node:
        collector.buffer.append(re.sub(r"\s+", " ", node.text_content or ""))
        return
    if tag in dropped or _is_navigation(node):
        return
    if tag == "br":
        collector.buffer.append("\n")
        return
    if tag == "pre":
        collector.flush()
        if _is_code(node):
            collector.add("code", _verbatim(node))
        else:
            collector.nodes.extend(read_text(_verbatim(node)).nodes)
        return
    if tag == "table" and not _is_layout(node):
        collector.flush()
        _table(collector, node)
        return
    if tag in _BLOCKS:
        collector.flush()
        _open(collector, node, tag)
        yield node, False
    yield from ((child, True) for child in reversed(list(node.iter(include_text=True))))


def _open(collector: _Collector, node: LexborNode, tag: str) -> None:
    outer = collector.kinds[-1] if collector.kinds else ("text", None)
    own: tuple[ElementKind, int | None] = outer
    if tag in _HEADINGS:
        own = ("title", _HEADINGS[tag])
    elif tag in {"li", "dd", "dt"}:
        own = ("list_item", None)
    elif tag in {"header", "footer"} and node.parent is not None and node.parent.tag == "body":
        own = ("header" if tag == "header" else "footer", None)
    elif tag in {"td", "th"} and outer[0] == "title":
        own = ("text", None)
    collector.kinds.append(own)


def _leave(collector: _Collector, node: LexborNode) -> None:
    collector.flush()
    collector.kinds.pop()


def _is_navigation(node: LexborNode) -> bool:
    attributes = node.attributes
    if not attributes:
        return False
    role = attributes.get("role")
    return attributes.get("aria-hidden") == "true" or role in {"navigation", "search", "menu", "menubar"}


def _is_code(node: LexborNode) -> bool:
    """Return whether a `pre` is code: old pages and plain-text filings put whole documents into one."""
    return node.css_first("code, kbd, samp") is not None or len(_verbatim(node)) < 4000


def _verbatim(node: LexborNode) -> str:
    return visible(node.text(deep=True)).strip("\n").rstrip()


def _is_layout(table: LexborNode) -> bool:
    """Return whether a table is page layout and not data."""
    if table.attributes.get("role") in {"presentation", "none"}:
        return True
    if table.css_first("table table, h1, h2, h3, td ul, td ol, td pre") is not None:
        return True
    cells = table.css("td, th")
    return len(cells) <= 1 or any(len(cell.text()) > _LAYOUT_CELL for cell in cells)


def _table(collector: _Collector, table: LexborNode) -> None:
    caption = table.css_first("caption")
    if caption is not None:
        collector.add("text", one_line(caption.text(separator=" ")))
    collector.add("table", _rows(table))


def _rows(table: LexborNode) -> str:
    return table_text([_cell(cell) for cell in row.css("td, th")] for row in table.css("tr") if not _is_navigation(row))


def _cell(cell: LexborNode) -> str:
    for hidden in cell.css("script, style, template"):
        hidden.decompose()
    return one_line(cell.text(separator=" ") if cell.css_first("br, p, div") is not None else cell.text())
