"""Elements for tests, in one line each."""

from __future__ import annotations

from core.types import Box, Element
from ingest.blocks.flat import flat, gathered
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
