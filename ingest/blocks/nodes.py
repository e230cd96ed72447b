"""What a reader builds: a tree whose leaves hold text. `ingest.blocks.write` makes elements with offsets of it.

The text of a leaf is clean (`ingest.cleaning`), in `one_line` unless it is code. Numbers of items are in
`number` and not in the text; bullets are dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.types import BlockKind, Box, CellType


@dataclass(frozen=True, slots=True)
class Inline:
    """A part of a leaf's text, `text[start:end]`: a link with its target, struck or inserted text."""

    kind: BlockKind
    start: int
    end: int
    label: str | None = None


@dataclass(slots=True)
class Node:
    """A block without offsets. A leaf has `text`; others have `children`, an item and a note may have both.

    The fields are those of `core.types.Block`.
    """

    kind: BlockKind
    text: str = ""
    children: list[Node] = field(default_factory=list)
    page: int | None = None
    boxes: tuple[Box, ...] = ()
    level: int | None = None
    number: str | None = None
    label: str | None = None
    ordered: bool = False
    row: int | None = None
    column: int | None = None
    rows: int = 1
    columns: int = 1
    header: bool = False
    type: CellType | None = None
    unit: str | None = None
    repeated: bool = False
    inlines: tuple[Inline, ...] = ()


def heading(text: str, level: int, page: int | None = None, boxes: tuple[Box, ...] = ()) -> Node:
    return Node("heading", text, level=level, page=page, boxes=boxes)


def paragraph(text: str, page: int | None = None, boxes: tuple[Box, ...] = ()) -> Node:
    return Node("paragraph", text, page=page, boxes=boxes)


def code(text: str, language: str | None = None, page: int | None = None, boxes: tuple[Box, ...] = ()) -> Node:
    return Node("code", text, label=language, page=page, boxes=boxes)


def item(
    text: str, number: str | None = None, children: Iterable[Node] = (), page: int | None = None,
    boxes: tuple[Box, ...] = (),
) -> Node:  # fmt: skip
    """Return an item of a list; lists inside it and further paragraphs are its children."""
    return Node("item", text, list(children), page=page, boxes=boxes, number=number)


def listing(items: Sequence[Node], page: int | None = None, boxes: tuple[Box, ...] = ()) -> Node:
    """Return a list; it is ordered if its first item has a number."""
    ordered = bool(items) and items[0].number is not None
    return Node("list", children=list(items), ordered=ordered, page=page or _page(items), boxes=boxes or _boxes(items))


def _page(nodes: Sequence[Node]) -> int | None:
    return next((node.page for node in nodes if node.page is not None), None)


def _boxes(nodes: Sequence[Node]) -> tuple[Box, ...]:
    return tuple(dict.fromkeys(box for node in nodes for box in node.boxes))


@dataclass(slots=True)
class Reading:
    """What a reader found in a file: the tree in reading order, and what it knows of the whole."""

    nodes: Sequence[Node]
    title: str | None = None
    language: str | None = None
    pages: int | None = None
    warnings: tuple[str, ...] = ()
