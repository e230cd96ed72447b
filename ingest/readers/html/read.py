"""Reads HTML with selectolax (Lexbor): what a person sees of the page, as blocks in reading order.

Leaves out what style hides (`ingest.hidden_text.html`) and says for the account what else it leaves out. `walk.py` is
the next step.
"""

from __future__ import annotations

import re

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.account import left_out
from ingest.blocks.nodes import Node, Reading
from ingest.cleaning import one_line
from ingest.hidden_text import html
from ingest.hidden_text.tabs import find_tabs
from ingest.readers.html.builder import without_empty
from ingest.readers.html.dropping import menus
from ingest.readers.html.page import Page
from ingest.readers.html.styles import page_styles
from ingest.readers.html.walk import walk

_MAIN_SHARE = 0.4
_MAIN_LEAST = 200
_XML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<\?xml|[^>]{0,400}<html[^>]{0,400}xmlns", re.IGNORECASE)
_SELF_CLOSED = re.compile(
    r"<(?!(?:area|base|br|col|embed|hr|img|input|link|meta|param|source|track|wbr)\b)([a-zA-Z][\w:-]*)"
    r"((?:\s+[^\s<>=\"'/]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'))?)*)\s*/>",
    re.IGNORECASE,
)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)


def read_html(data: bytes | str) -> Reading:
    """Return the blocks of a page in reading order. Bytes are decoded as UTF-8."""
    tree = LexborHTMLParser(as_html(data))
    html.remove_hidden(tree)
    title = tree.css_first("title")
    body = tree.body
    nodes: list[Node] = []
    if body is not None:
        page = Page(page_styles(tree), menus(_beside_main(tree, body)), _section_lists(tree), find_tabs(tree))
        nodes = without_empty(walk(page, body))
        if not nodes:
            page = Page(page.styles, sections=page.sections, tabs=page.tabs, everything=True)
            nodes = without_empty(walk(page, body))
        for reason, text in page.dropped:
            left_out(reason, text)
    return Reading(nodes, title=one_line(title.text()) or None if title is not None else None)


def _beside_main(tree: LexborHTMLParser, body: LexborNode) -> list[LexborNode]:
    """Return the parts of a page beside its `main` element, if that has much of the text."""
    mains = tree.css("main, [role=main]")
    if len(mains) != 1:
        return []
    main = len(mains[0].text(separator=" ", strip=True))
    if main <= _MAIN_SHARE * len(body.text(separator=" ", strip=True)) or main <= _MAIN_LEAST:
        return []
    beside: list[LexborNode] = []
    inner: LexborNode | None = mains[0]
    while inner is not None and inner.tag != "body":
        outer = inner.parent
        beside += [each for each in outer.iter() if each.mem_id != inner.mem_id] if outer is not None else []
        inner = outer
    return beside


def _section_lists(tree: LexborHTMLParser) -> frozenset[int]:
    """Return the lists without numbers whose items have headings: they lay out sections."""
    found = set()
    for heading in tree.css("li h1, li h2, li h3, li h4"):
        item = heading.parent
        while item is not None and item.tag != "li":
            item = item.parent
        if item is not None and item.parent is not None and item.parent.tag == "ul":
            found.add(item.parent.mem_id)
    return frozenset(found)


def as_html(data: bytes | str) -> bytes | str:
    """Return XHTML as HTML, in which an element that closes itself would swallow what follows; HTML stays as it is."""
    start = data[:1000].encode("utf-8", "replace") if isinstance(data, str) else data[:1000]
    if not _XML.match(start):
        return data
    text = data if isinstance(data, str) else data.decode("utf-8", "replace")
    text = _SELF_CLOSED.sub(r"<\1\2></\1>", text)
    return _CDATA.sub(lambda match: match[1].replace("&", "&amp;").replace("<", "&lt;"), text)
