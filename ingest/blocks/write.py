"""Writes the tree of a document as text, so that each block is a part of it with exact offsets.

The text is what is quoted, embedded and searched. A list has an item a line with its number, two blanks more for each
level. A table has its caption, then a row a line, its cells joined by " | "; a merged cell is in each of its places. A
definition is its term, a colon and its description, and so is a key with its value, a line each. Other blocks are
lines below one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from core.blocks import MAX_DEPTH
from core.types import Block, Element
from ingest.blocks.nodes import Inline, Node

INDENT = "  "
CELL_JOINT = " | "
_DEEPEST = MAX_DEPTH - 2
"""The depth at which a block is written without the blocks in it: a row, with its cells and their links below it."""


def elements(nodes: Iterable[Node]) -> Iterator[Element]:
    """Yield the element of each node that has text."""
    for node in nodes:
        writer = _Writer()
        block = writer.block(node, 0, 0)
        text = writer.text()
        if text.strip():
            yield Element(text, block)


class _Writer:
    """The text so far."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0

    def text(self) -> str:
        return "".join(self._parts)

    def put(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def indent(self, levels: int) -> None:
        """Begin a line with the blanks of its level."""
        if not self._parts or self._parts[-1].endswith("\n"):
            self.put(INDENT * levels)

    def block(self, node: Node, depth: int, indent: int) -> Block:
        """Write a node and return its block."""
        if node.kind == "item":
            self.indent(indent)
        start = self._length
        children: tuple[Block, ...]
        if node.kind == "row":
            children = self._row(node, depth)
        elif node.kind == "item":
            children = self._item(node, depth, indent)
        elif node.kind in {"definition", "key_value"} and not node.text:
            children = self._definition(node, depth)
        else:
            children = self._leaf(node, indent)
            children += self._below(node.children, depth, indent, first=not node.text)
        return self._made(node, start, children if depth < _DEEPEST else ())

    def _leaf(self, node: Node, indent: int) -> tuple[Block, ...]:
        if not node.text:
            return ()
        number = f"{node.number} " if node.number and node.kind == "footnote" else ""
        self.put(number)
        at = self._length
        self.put(node.text.replace("\n", "\n" + INDENT * indent))
        return _inlines(node.inlines, at, node.text, indent)

    def _below(self, nodes: Iterable[Node], depth: int, indent: int, *, first: bool) -> tuple[Block, ...]:
        """Write nodes below one another, from the second on (or from the first) after a line end."""
        made = []
        for node in nodes:
            if not _has_text(node):
                continue
            if not first:
                self.put("\n")
            first = False
            if node.kind not in {"item", "list"} or depth > MAX_DEPTH:
                self.indent(indent)
            made.append(self.block(node, min(depth + 1, MAX_DEPTH), indent))
        return tuple(made)

    def _item(self, node: Node, depth: int, indent: int) -> tuple[Block, ...]:
        number = f"{node.number} " if node.number else ""
        self.put(number)
        own = self._leaf(node, indent + 1) if node.text else ()
        return own + self._below(node.children, depth, indent + 1, first=not node.text)

    def _definition(self, node: Node, depth: int) -> tuple[Block, ...]:
        """Write the terms and descriptions, the keys and values: terms and keys are paragraphs that are headers."""
        made: list[Block] = []
        for child in node.children:
            if not _has_text(child):
                continue
            if made:
                if child.header:
                    joint = ", " if node.kind == "definition" else "\n"
                else:
                    joint = " " if self.text_ends(":") else ": " if made[-1].header else "\n"
                self.put(joint)
            made.append(self.block(child, depth + 1, 0))
        return tuple(made)

    def text_ends(self, mark: str) -> bool:
        return bool(self._parts) and self._parts[-1].endswith(mark)

    def _row(self, node: Node, depth: int) -> tuple[Block, ...]:
        made = []
        cells = list(node.children)
        while len(cells) > 1 and not cells[-1].text:  # trailing places without text need no joint
            cells.pop()
        for place, cell in enumerate(cells):
            if place:
                self.put(CELL_JOINT)
            start = self._length
            made.append(self._made(cell, start, self._leaf(cell, 0)))
        return tuple(made)

    def _made(self, node: Node, start: int, children: tuple[Block, ...]) -> Block:
        if node.kind == "list" and children:
            start = children[0].start  # after the indent of its first item
        return Block(
            node.kind, start, self._length, node.page, node.boxes, node.level, node.number, node.label, node.ordered,
            node.row, node.column, node.rows, node.columns, node.header, node.type, node.unit, node.repeated, children,
        )  # fmt: skip


def _has_text(node: Node) -> bool:
    return bool(node.text.strip()) or any(_has_text(child) for child in node.children)


def _inlines(inlines: Iterable[Inline], at: int, text: str, indent: int) -> tuple[Block, ...]:
    """Return the marks of a leaf as blocks; of two that overlap only the outer or the first one is kept."""
    made: list[Block] = []
    for inline in inlines:
        start, end = (
            at + place + len(INDENT) * indent * text.count("\n", 0, place) for place in (inline.start, inline.end)
        )
        if not made or start >= made[-1].end:
            made.append(Block(inline.kind, start, end, label=inline.label))
    return tuple(made)
