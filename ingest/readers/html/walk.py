"""Walks through a page's elements with a stack of its own, so that nesting has no limit.

`blocks.py`, `lists.py`, `cells.py` and `inline.py` open elements and return what closes them.
"""

from __future__ import annotations

from collections.abc import Mapping

from selectolax.lexbor import LexborNode

from ingest import revisions
from ingest.blocks.nodes import Node
from ingest.readers.html.blocks import open_block, open_figure, open_figure_caption, open_heading, open_pre, open_tab
from ingest.readers.html.cells import open_caption, open_cell, open_row, open_row_group, open_table
from ingest.readers.html.dropping import reason_to_drop
from ingest.readers.html.inline import ICONS, INLINE, raise_text
from ingest.readers.html.lists import open_definitions, open_description, open_item, open_list, open_term
from ingest.readers.html.notes import BOXES, tab_name
from ingest.readers.html.page import Leave, Open, Page
from ingest.readers.html.styles import Style

_BLOCKS = frozenset(
    {
        *("p", "div", "section", "article", "main", "header", "footer", "body", "html", "address", "form", "fieldset"),
        *("legend", "hgroup", "search", "details", "summary", "center", "hr", "aside", "blockquote", "option"),
        *("optgroup", "frameset", "noframes", "nav", "dialog", "noscript", "object", "marquee"),
        *BOXES,
    }
)
_OPENERS: Mapping[str, Open] = {
    **INLINE,
    **dict.fromkeys(_BLOCKS, open_block),
    **dict.fromkeys(("ul", "ol", "menu", "dir"), open_list),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), open_heading),
    **dict.fromkeys(("td", "th"), open_cell),
    **dict.fromkeys(("thead", "tbody", "tfoot"), open_row_group),
    **dict.fromkeys(("pre", "listing", "xmp", "plaintext"), open_pre),
    "li": open_item,
    "dl": open_definitions,
    "dt": open_term,
    "dd": open_description,
    "table": open_table,
    "tr": open_row,
    "caption": open_caption,
    "figure": open_figure,
    "figcaption": open_figure_caption,
}
_ROLES: Mapping[str, str] = {
    "table": "table",
    "grid": "table",
    "treegrid": "table",
    "rowgroup": "tbody",
    "row": "tr",
    "cell": "td",
    "gridcell": "td",
    "columnheader": "th",
    "rowheader": "th",
    "list": "ul",
    "listitem": "li",
    "heading": "h2",
}
_ROLE_TAKERS = frozenset({"div", "span", "section", "p", "article"})
_REVISED = {"del": "struck", "s": "struck", "strike": "struck", "ins": "inserted"}
_NO_STYLE = Style()


def walk(page: Page, root: LexborNode) -> list[Node]:
    """Return the blocks of an element."""
    stack: list[LexborNode | Leave] = [root]
    words = page.builder.words
    while stack:
        node = stack.pop()
        if not isinstance(node, LexborNode):
            node()
        elif (tag := node.tag or "") == "-text":
            words(node.text_content or "")
        elif tag != "-comment":
            leave = _enter(page, node, tag)
            if leave is False:
                continue
            if leave is not True:
                stack.append(leave)
            stack.extend(reversed(list(node.iter(include_text=True))))
    page.builder.flush()
    return page.builder.root.children


def _enter(page: Page, node: LexborNode, tag: str) -> Leave | bool:
    attributes = node.attributes
    reason = reason_to_drop(node, tag, attributes, everything=page.everything)
    style = _NO_STYLE
    revised = _REVISED.get(tag)
    if attributes:
        style = page.styles.of(node.mem_id, attributes) or _NO_STYLE
        revised = "struck" if style.struck and revised is None else revised
        if tag in _ROLE_TAKERS and (role := attributes.get("role")) is not None:
            tag = _ROLES.get(role, tag)
    if page.skipped and node.mem_id in page.skipped:
        reason = "navigation"
    if revised is not None and not (revisions.shows_deleted() if revised == "struck" else revisions.shows_inserted()):
        reason = revised
    if node.mem_id in page.tabs.lists:
        reason = ""
    if reason is not None:
        if tag in _BLOCKS:
            page.builder.boundary()
        return page.drop(node, reason)
    name = page.tabs.names.get(node.mem_id) or tab_name(tag, attributes)
    if name:
        return open_tab(page, name)
    opener = _OPENERS.get(tag)
    leave = opener(page, node, tag, attributes) if opener is not None else True
    if tag in ICONS:
        ICONS[tag](page, node, tag, attributes)
    if style.raised and opener is None:
        leave = raise_text(page)
    if revised is not None and leave is not False and revisions.marks():
        return _marked(page, revised, leave)
    return leave


def _marked(page: Page, kind: str, leave: Leave | bool) -> Leave:
    page.builder.begin_mark("inserted" if kind == "inserted" else "struck")

    def close() -> None:
        page.builder.end_mark()
        if callable(leave):
            leave()

    return close
