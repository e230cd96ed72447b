"""Opens what stands inside a line: links with their targets, raised and quoted text, pictures, formulas, boxes."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from core.marks import addresses_model
from ingest.blocks.inline import superscript
from ingest.cleaning import one_line
from ingest.hidden_text import report
from ingest.hidden_text.icons import MAX_NAME
from ingest.readers.html.builder import Builder
from ingest.readers.html.formulas import linear
from ingest.readers.html.page import Attributes, Leave, Open, Page

_TARGET = re.compile(r"(?:https?://|mailto:|tel:)\S", re.IGNORECASE)
_PLAIN_SCHEME = re.compile(r"(?:mailto|tel):", re.IGNORECASE)
_LONG_TARGET = 300
"""Characters of a target beyond which it is kept as the link's mark only."""
_FILE_NAME = re.compile(r"[\w.%-]+\.(?:png|jpe?g|gif|svg|webp|bmp|ico)", re.IGNORECASE)


def raise_text(page: Page) -> Leave:
    """Begin raised text; when it closes, its digits become raised characters."""
    builder = page.builder
    text, flushed = builder.text, builder.flushed
    part, start = len(text.parts), text.length

    def close() -> None:
        if builder.flushed != flushed or text.length == start:
            return
        raised = "".join(text.parts[part:])
        before = text.parts[part - 1] if part else ""
        blank = raised[: len(raised) - len(raised.lstrip())]
        del text.parts[part:]
        text.length = start
        text.marks = [mark for mark in text.marks if mark[2] <= start]
        text.add(blank + superscript(raised.strip(), "" if blank else before))

    return close


def _sup(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    return raise_text(page)


def _link(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    if attributes.get("role") == "doc-noteref" and (node.parent is None or node.parent.tag != "sup"):
        return raise_text(page)
    target = one_line(attributes.get("href") or "").replace(" ", "%20")
    if not _TARGET.match(target):
        return True
    builder = page.builder
    flushed, part = builder.flushed, len(builder.text.parts)
    builder.begin_mark("link", target)

    def close() -> None:
        builder.end_mark()
        if builder.flushed == flushed and builder.top.leaf != "heading":
            shown = "".join(builder.text.parts[part:]).strip()
            address = _PLAIN_SCHEME.sub("", target)
            address = address.partition("?")[0] if address != target else address
            if shown and len(address) <= _LONG_TARGET and not _is_same(shown, address):
                builder.spaced(f"({address})")

    return close


def _is_same(shown: str, address: str) -> bool:
    """Return whether a link's text is its target, perhaps shortened as browsers do."""

    def bare(text: str) -> str:
        text = re.sub(r"^(?:https?://)?(?:www\.)?", "", unquote(text).strip().lower())
        return re.sub(r"[\s()]|[-./]+(?=\d)|/+$|\?.*$", "", text)

    return bare(shown).rstrip(".,;") == bare(address)


def _quotation(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    page.builder.opening("“")
    return lambda: page.builder.glued("”")


def _picture(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    _show(page.builder, attributes.get("alt") or attributes.get("aria-label") or "")
    return False


def _drawing(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    title = node.css_first("title")
    texts = [each.text(separator=" ") for each in node.css("text")]
    own = title.text() if title is not None and attributes.get("aria-hidden") != "true" else ""
    _show(page.builder, own or attributes.get("aria-label") or "")
    for text in texts:
        _show(page.builder, text)
    return False


def _icon(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    """An element without text that has a name is an icon if it says so, or stands alone: the name is what it says."""
    if attributes and node.first_child is None and attributes.get("aria-hidden") != "true":
        name = attributes.get("aria-label") or attributes.get("title") or ""
        alone = node.parent is not None and not node.parent.text().strip()
        if 0 < len(name) <= MAX_NAME and (alone or attributes.get("role") == "img"):
            _show(page.builder, name)
    return True


def _show(builder: Builder, text: str) -> None:
    """Add a picture's text. One that gives orders to a model is left out: a reader of the page does not see it."""
    if not text.strip() or _FILE_NAME.fullmatch(text.strip()):
        return
    if addresses_model(text):
        report.record("hidden", text)
        return
    builder.picture(text)


def _formula(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    page.builder.words(linear(node).strip())
    return False


def _input(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    kind = (attributes.get("type") or "text").lower()
    if kind in {"checkbox", "radio"}:
        page.builder.words(" [x] " if "checked" in attributes else " [ ] ")
    elif kind == "image":
        _show(page.builder, attributes.get("alt") or "")
    elif kind not in {"hidden", "password"} and attributes.get("value"):
        page.dropped.append(("control", attributes.get("value") or ""))
    return False


def _line_break(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    page.builder.line_break()
    return False


def _reading(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    """The reading above a character stands in brackets after it, as where ruby cannot be shown."""
    if node.parent is not None and node.parent.css_first("rp") is not None:
        return True
    page.builder.opening("(")
    return lambda: page.builder.glued(")")


def _bold(page: Page, node: LexborNode, tag: str, attributes: Attributes) -> Leave | bool:
    builder = page.builder
    start, flushed = builder.text.length, builder.flushed

    def close() -> None:
        if builder.flushed == flushed:
            builder.bold += builder.text.length - start

    return close


ICONS: Mapping[str, Open] = {"i": _icon, "span": _icon}
"""Elements that may be icons; else they are as if they were not there."""
INLINE: Mapping[str, Open] = {
    "a": _link,
    "sup": _sup,
    "q": _quotation,
    "img": _picture,
    "svg": _drawing,
    "math": _formula,
    "input": _input,
    "br": _line_break,
    "rt": _reading,
    "b": _bold,
    "strong": _bold,
}
