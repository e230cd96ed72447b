"""Reads HTML to elements without a sandbox, and shows blocks as a test compares them."""

from __future__ import annotations

from collections.abc import Iterator

from core.blocks import walk
from core.types import Block, Element
from ingest.blocks.items import gathered
from ingest.blocks.write import elements
from ingest.readers.html import read_html


def read(html: str) -> list[Element]:
    return list(elements(gathered(read_html(html).nodes)))


def shown(html: str) -> list[tuple[str, str]]:
    """Return the kind and text of each element."""
    return [(element.kind, element.text) for element in read(html)]


def only(html: str) -> Element:
    """Return the one element of a page."""
    (element,) = read(html)
    return element


def text(element: Element, block: Block) -> str:
    return element.text[block.start : block.end]


def blocks(element: Element, kind: str) -> Iterator[Block]:
    """Yield the blocks of a kind in an element, outermost first."""
    return (block for block in walk([element.block]) if block.kind == kind)


def texts(element: Element, kind: str) -> list[str]:
    return [text(element, block) for block in blocks(element, kind)]


def headers(element: Element) -> list[str]:
    """Return the text of a table's header cells that are not repetitions."""
    return [text(element, cell) for cell in blocks(element, "cell") if cell.header and not cell.repeated]
