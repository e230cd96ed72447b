"""The tree of a document: blocks with places in its text, and their JSON, which is checked on the way in.

The JSON is short, without defaults; it also comes from the sandbox's child. `core.types` has the same names.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Literal, get_args

Json = Any


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in fractions (0..1) of the page's width and height; the origin is top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


BlockKind = Literal[
    "heading", "paragraph", "list", "item", "table", "row", "cell", "caption", "code", "note", "definition",
    "key_value", "figure", "footnote", "quoted_mail", "header", "footer", "link", "struck", "inserted",
]  # fmt: skip
CellType = Literal["text", "number", "date", "formula"]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a document's text, `text[start:end]`, with the parts inside it in order: a node of the document's tree.

    The text is that of the document, or of the chunk that holds the block. `page` counts from 1; None if the format has
    no pages. `level` is the depth of a heading (1 is the outermost) and of a list in lists. `number` is an item's or a
    footnote's number as shown ("4.", "b)"). `label` is a note's kind ("warning"), a code's language, a link's target, a
    figure's kind. Rows and columns count from 0; `rows` and `columns` are a cell's spans. `header` is set for cells
    that name a row or a column, and for rows of such cells. A block that is `repeated` stands here once
    more so that what follows can be understood: a merged cell, a header row, a lead-in.
    """

    kind: BlockKind
    start: int
    end: int
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
    children: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Element:
    """A block that is in no other block, with its text: `block` begins at 0 and ends at `len(text)`.

    In the text a list has an item a line, with its number, two blanks more for each level; a table has a row a line,
    with cells joined by " | " (`ingest.blocks.write`).
    """

    text: str
    block: Block

    @property
    def kind(self) -> BlockKind:
        return self.block.kind

    @property
    def page(self) -> int | None:
        return self.block.page

    @property
    def boxes(self) -> tuple[Box, ...]:
        return self.block.boxes

    @property
    def level(self) -> int | None:
        return self.block.level


@dataclass(frozen=True, slots=True)
class DocumentText:
    """A document's whole text, redacted, with its blocks in reading order."""

    text: str
    blocks: tuple[Block, ...]


MAX_DEPTH = 60
"""Blocks in blocks; a reader flattens what is nested deeper."""

_KINDS = frozenset(get_args(BlockKind))
_DEFAULTS = {each.name: each.default for each in fields(Block)}
_SIMPLE = tuple(name for name in _DEFAULTS if name not in {"kind", "start", "end", "boxes", "children"})
_TEXTS = frozenset({"number", "label", "type", "unit"})
_FLAGS = frozenset({"ordered", "header", "repeated"})


def blocks_to_json(blocks: Iterable[Block]) -> list[Json]:
    """Return blocks as lists and dicts. Boxes are `[page, x0, y0, x1, y1]`; fields with their default are left out."""
    return [_to_json(block) for block in blocks]


def blocks_from_json(values: Json, length: int) -> tuple[Block, ...]:
    """Return the blocks that `blocks_to_json` encoded, for a text of `length` characters.

    Raises ValueError, TypeError or KeyError for anything else: an unknown kind, offsets outside the text or the parent.
    """
    return tuple(_from_json(value, 0, length, 0) for value in values)


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks and all that is in them, in the order of the text."""
    stack = list(blocks)[::-1]
    while stack:
        block = stack.pop()
        yield block
        stack.extend(reversed(block.children))


def overlapping(blocks: Iterable[Block], start: int, end: int) -> tuple[Block, ...]:
    """Return the blocks that share text with `text[start:end]`, without those in them that do not; offsets stay.

    An empty cell stays if its row does.
    """
    return tuple(
        replace(block, children=overlapping(block.children, start, end))
        for block in blocks
        if (block.start < end and start < block.end) or (block.start == block.end and start <= block.start <= end)
    )


def _to_json(block: Block) -> Json:
    value: dict[str, Json] = {"kind": block.kind, "start": block.start, "end": block.end}
    value.update((name, found) for name in _SIMPLE if (found := getattr(block, name)) != _DEFAULTS[name])
    if block.boxes:
        value["boxes"] = [[box.page, box.x0, box.y0, box.x1, box.y1] for box in block.boxes]
    if block.children:
        value["children"] = [_to_json(child) for child in block.children]
    return value


def _from_json(value: Json, least: int, most: int, depth: int) -> Block:
    kind, start, end = value["kind"], int(value["start"]), int(value["end"])
    if kind not in _KINDS or not least <= start <= end <= most or depth > MAX_DEPTH:
        raise ValueError(f"no block: {kind} {start} {end}")
    simple = {name: _simple(name, value[name]) for name in _SIMPLE if name in value}
    boxes = tuple(Box(int(b[0]), float(b[1]), float(b[2]), float(b[3]), float(b[4])) for b in value.get("boxes", ()))
    children = tuple(_from_json(child, start, end, depth + 1) for child in value.get("children", ()))
    return Block(kind, start, end, boxes=boxes, children=children, **simple)


def _simple(name: str, value: Json) -> Json:
    if name in _TEXTS:
        return str(value)
    return bool(value) if name in _FLAGS else int(value)
