"""Elements for tests, in one line each."""

from __future__ import annotations

from core.types import Box, Element
from ingest.blocks.items import gathered, unnumbered
from ingest.blocks.nodes import Node
from ingest.blocks.tables import plain_table
from ingest.blocks.write import elements


def element(
    kind: str, text: str, page: int | None = None, boxes: tuple[Box, ...] = (), level: int | None = None
) -> Element:
    """Return an element of a flat piece: title, text, list (an item a line), table (a row a line), code, header."""
    if kind == "list":
        nodes = [flat("list_item", line, page, boxes) for line in text.split("\n")]
    else:
        nodes = [flat(kind, text, page, boxes, level)]
    (found,) = elements(gathered(nodes))
    return found


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
