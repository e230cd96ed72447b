"""Lists for formats without a tree: takes numbers and bullets off items, gathers items that follow one another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ingest.blocks.nodes import Node, listing

NUMBER = re.compile(r"\s*(\(?(?:\d{1,3}|[a-zA-Z]|[ivxlc]{1,5})[.)])\s+(?=\S)")
BULLET = re.compile(r"\s*[•▪◦‣●○■□▶►➢✓✔·\uf0b7\uf0a7\uf0d8–—*o+-]\s+(?=\S)")


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
