"""Makes nodes of lines and paragraphs, for formats without a tree: takes numbers off items, gathers items to lists."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from core.types import Box
from ingest.blocks.nodes import Node, listing
from ingest.blocks.tables import plain_table

NUMBER = re.compile(r"\s*(\(?(?:\d{1,3}|[a-zA-Z]|[ivxlc]{1,5})[.)])\s+(?=\S)")
BULLET = re.compile(r"\s*[•▪◦‣●○■□▶►➢✓✔·\uf0b7\uf0a7\uf0d8–—*o+-]\s+(?=\S)")


def flat(kind: str, text: str, page: int | None = None, boxes: tuple[Box, ...] = (), level: int | None = None) -> Node:
    """Return the node of a flat piece of text: title, text, list_item, table (rows of " | "), code, header, footer."""
    if kind == "table":
        found = plain_table(row.split(" | ") for row in text.split("\n"))
        node = found or Node("paragraph", text)
        node.page, node.boxes = page, boxes
        return node
    if kind == "list_item":
        number, rest = unnumbered(text)
        return Node("item", rest, page=page, boxes=boxes, number=number)
    kinds = {"title": "heading", "text": "paragraph"}
    return Node(kinds.get(kind, kind), text, page=page, boxes=boxes, level=level)  # type: ignore[arg-type]


def unnumbered(text: str) -> tuple[str | None, str]:
    """Return an item's number as shown (None for a bullet or nothing) and its text."""
    if match := NUMBER.match(text):
        return match.group(1), text[match.end() :]
    if match := BULLET.match(text):
        return None, text[match.end() :]
    return None, text


def gathered(nodes: Iterable[Node]) -> Iterator[Node]:
    """Yield nodes with items that follow one another gathered to a list."""
    items: list[Node] = []
    for node in nodes:
        if node.kind == "item":
            items.append(node)
            continue
        if items:
            yield listing(items)
            items = []
        yield node
    if items:
        yield listing(items)
