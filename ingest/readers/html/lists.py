"""Opens lists, items and definitions; an item gets the number that the page shows, computed or typed."""

from __future__ import annotations

import re
from functools import partial

from selectolax.lexbor import LexborNode

from ingest.blocks.nodes import Inline, Node
from ingest.readers.html.blocks import close_block, open_block, open_footnote
from ingest.readers.html.builder import DEEPEST
from ingest.readers.html.numbers import counter
from ingest.readers.html.page import Attributes, Leave, OpenList, OpenTerms, Page

_TYPED = re.compile(r"(\(?(?:\d{1,3}(?:\.\d{1,3})*|[a-zA-Z]|[ivxlcIVXLC]{1,5})[.)])\s+(?=\S)")
_BULLET = re.compile(r"[•▪◦‣●○■□▶►➢·\uf0b7\uf0a7\uf0d8]\s*(?=\S)")
_FOOTNOTES = frozenset({"footnotes", "footnote-list", "references"})


def open_list(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    style = page.styles.of(node.mem_id, attributes)
    shown = style.numbers if style else None
    if shown == "none" and tag == "ol" and page.styles.counted:
        shown = None
    items = sum(child.tag == "li" for child in node.iter()) if "reversed" in attributes else 0
    numbering = counter(attributes, ordered=tag == "ol", items=items, style=shown)
    kind = "items"
    if node.mem_id in page.sections:
        kind = "blocks"
    elif _holds_footnotes(node, attributes):
        kind = "footnotes"
    builder.boundary()
    page.lists.append(OpenList(numbering, kind))
    if builder.inline or kind != "items":
        return partial(_close_plain_list, page)
    own = Node("list", level=builder.list_level())
    builder.open_list(own)
    return lambda: _close_list(page, own)


def _close_plain_list(page: Page) -> None:
    page.builder.boundary()
    page.builder.end_of_inner()
    page.lists.pop()


def _close_list(page: Page, own: Node) -> None:
    close_block(page)
    page.lists.pop()
    if own.children:
        page.builder.put(_finished(own))


def open_item(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    around = page.lists[-1] if page.lists else None
    if around is None:
        around = OpenList(counter({}, ordered=False, items=0, style=None), "items")
    style = page.styles.of(node.mem_id, attributes)
    number = around.counter.next(attributes, style.numbers if style else None)
    if builder.inline:
        builder.joint(" ")
        if number:
            builder.words(number + " ")
        return lambda: builder.joint("; ")
    builder.flush()
    if around.items == "blocks":
        return builder.flush
    if around.items == "footnotes":
        return open_footnote(page, Node("footnote", number=(number or "").rstrip(".") or None))
    item = Node("item", number=number)
    builder.open_item(item)

    def close() -> None:
        builder.flush()
        item = builder.close().node
        if item.text or item.children:
            builder.put(item)

    return close


def open_definitions(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    builder.boundary()
    page.terms.append(OpenTerms(plain=builder.inline or builder.top.depth >= DEEPEST))

    def close() -> None:
        builder.boundary()
        page.terms.pop()

    return close


def open_term(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    terms = page.terms[-1] if page.terms else None
    if builder.inline or terms is None or terms.plain:
        if builder.inline:
            builder.joint("; ")
        return open_block(page, node, "p", {})
    builder.flush()
    if terms.entry is None or (terms.entry.children and not terms.entry.children[-1].header):
        terms.entry = _new_entry(page)
    entry = terms.entry
    builder.open(leaf="paragraph", inline=True)

    def close() -> None:
        text, inlines = builder.taken()
        builder.close()
        if text:
            entry.children.append(Node("paragraph", text, header=True, inlines=inlines))

    return close


def open_description(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    terms = page.terms[-1] if page.terms else None
    if builder.inline or terms is None or terms.plain:
        if builder.inline:
            builder.joint(": ")
        return open_block(page, node, "p", {})
    builder.flush()
    if terms.entry is None:
        terms.entry = _new_entry(page)
    builder.open(terms.entry)
    return partial(close_block, page)


def _new_entry(page: Page) -> Node:
    """Return a definition that stands where the page is now; its parts are added when they close."""
    entry = Node("definition")
    page.builder.put(entry)
    return entry


def _finished(own: Node) -> Node:
    """Return a list that is complete: numbers and bullets that were typed are taken off its items' text."""
    items = own.children
    if not any(item.number for item in items):
        matches = [_TYPED.match(item.text) for item in items]
        if all(matches):
            for item, match in zip(items, matches, strict=True):
                if match is not None:
                    item.number = match.group(1)
                    _cut(item, match.end())
        for item in items:
            if (bullet := _BULLET.match(item.text)) is not None:
                _cut(item, bullet.end())
    own.ordered = any(item.number for item in items)
    return own


def _cut(item: Node, length: int) -> None:
    item.text = item.text[length:]
    item.inlines = tuple(
        Inline(each.kind, max(each.start - length, 0), each.end - length, each.label)
        for each in item.inlines
        if each.end > length
    )


def _holds_footnotes(node: LexborNode, attributes: Attributes) -> bool:
    """Return whether a list is one of footnotes: it says so, or the section that it fills."""
    near = [attributes] + ([node.parent.attributes] if node.parent is not None else [])
    return any(
        each.get("role") == "doc-endnotes" or _FOOTNOTES & set((each.get("class") or "").lower().split())
        for each in near
    )
