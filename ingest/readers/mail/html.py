"""Reads an HTML body: the elements in which mail programs put what they quote become quoted mails.

Marks the places in the page, lets `ingest.readers.html` read it whole (so that styles hold), and cuts what it read at
the marks.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.blocks.nodes import Node
from ingest.readers.html import read_html
from ingest.readers.mail.order import Quote, composed
from ingest.readers.mail.words import field_of

_QUOTES = (
    "blockquote, .gmail_quote, .yahoo_quoted, .protonmail_quote, .zmail_extra, .moz-forward-container, #isReplyContent,"
    " .moz-cite-prefix, .gmail_attr, [id$='divRplyFwdMsg'], [style*='border-top'], [style*='border-left']"
)
_INTRODUCTIONS = frozenset({"moz-cite-prefix", "gmail_attr"})
_RULED = re.compile(r"border-top:\s*solid\s+#(?:e1e1e1|b5c4df)|border-top:\s*#(?:e1e1e1|b5c4df)\s", re.IGNORECASE)
_INDENT = re.compile(r"border(?:-left)?:\s*(?:none|0)", re.IGNORECASE)
_NO_LEFT = re.compile(r"border-left:\s*(?:none|0|medium none)", re.IGNORECASE)
_MAX_MARKS = 5000
_DEEPEST = 60


def read_mail_html(source: str) -> list[Node]:
    """Return the nodes of an HTML body: its own text, then the mails that it quotes."""
    tree = LexborHTMLParser(source)
    marks = _Marks()
    places = {node.mem_id: node for node in tree.css(_QUOTES)}  # a node that two selectors match comes twice
    for node in list(places.values())[:_MAX_MARKS]:
        _mark(node, marks)
    nodes = read_html(tree.html or source if marks.used else source).nodes
    return composed(marks.folded(nodes) if marks.used else list(nodes))


def _mark(node: LexborNode, marks: _Marks) -> None:
    """Mark an element that is a quotation, introduces one, or begins one that goes on to the end of its parent."""
    classes = set((node.attributes.get("class") or "").split())
    style = node.attributes.get("style") or ""
    if classes & _INTRODUCTIONS:
        node.insert_before(marks.element("i"))
    elif node.tag == "blockquote":
        if not _INDENT.search(style) or "cite" in (node.attributes.get("type") or ""):
            marks.around(node, node, "q")
    elif "gmail_quote" in classes and node.css_first("blockquote") is not None:
        return  # the element around an introduction, a quotation, and perhaps the answer below it
    elif (node.attributes.get("id") or "").endswith("divRplyFwdMsg") or _RULED.search(style):
        if field_of(node.text(separator="", strip=False).strip()) is not None:
            _mark_rest(node, marks)
    elif "border-top" in style and "border-left" not in style:
        return
    elif "border-left" in style:
        if not _NO_LEFT.search(style):
            marks.around(node, node, "p")
    else:
        marks.around(node, node, "q")


def _mark_rest(node: LexborNode, marks: _Marks) -> None:
    top = node
    while (parent := top.parent) is not None and parent.tag != "body" and _only_child(top):
        top = parent
    last = top
    while last.next is not None:
        last = last.next
    marks.around(top, last, "q")


def _only_child(node: LexborNode) -> bool:
    siblings = list(node.parent.iter(include_text=True)) if node.parent is not None else []
    return all(each.mem_id == node.mem_id or not each.text().strip() for each in siblings)


class _Marks:
    """The marks of one page: paragraphs with a text that no page holds."""

    def __init__(self) -> None:
        key = secrets.token_hex(6)
        self.used = False
        self._open = f"\ue0f0{key}"
        self._mark = re.compile(rf"\ue0f0{key}([iqpe])\ue0f1")

    def element(self, kind: str) -> LexborNode:
        self.used = True
        made = LexborHTMLParser(f"<p>{self._open}{kind}\ue0f1</p>").css_first("p")
        assert made is not None
        return made

    def around(self, first: LexborNode, last: LexborNode, kind: str) -> None:
        first.insert_before(self.element(kind))
        last.insert_after(self.element("e"))

    def folded(self, nodes: Sequence[Node], depth: int = 0) -> list[Node | Quote]:
        """Return the nodes with what is between marks as quotations; marks at other places go."""
        outer: list[Node | Quote] = []
        open_parts = [outer]
        head: list[Node] | None = None
        for node in nodes:
            found = self._mark.fullmatch(node.text) if not node.children else None
            kind = found.group(1) if found else ""
            if kind in {"q", "p"}:
                quote = Quote([], head or [], sure=kind == "q")
                head = None
                open_parts[-1].append(quote)
                open_parts.append(quote.parts if len(open_parts) <= _DEEPEST else open_parts[-1])
            elif kind:
                open_parts[-1].extend(head or ())
                head = [] if kind == "i" else None
                if kind == "e" and len(open_parts) > 1:
                    open_parts.pop()
            elif head == []:
                head = [self._plain(node, depth)]
            else:
                open_parts[-1].extend([*(head or ()), self._plain(node, depth)])
                head = None
        if head:
            open_parts[-1].extend(head)
        return outer

    def _plain(self, node: Node, depth: int) -> Node:
        """Return the node without marks in it: quotations inside it are its children."""
        if self._open in node.text:
            node.text, node.inlines = self._mark.sub("", node.text).strip(), ()
        if any(self._mark.fullmatch(child.text) for child in node.children):
            node.children = composed(self.folded(node.children, depth + 1), depth + 1)
        elif depth < _DEEPEST:
            for child in node.children:
                self._plain(child, depth + 1)
        return node
