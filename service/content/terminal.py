"""Draws the blocks of a text for a terminal: tables in columns, lists with their numbers, code as it is.

Returns what `rich` prints. Text goes through as text, so markup in a document is shown and not obeyed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from core.blocks import overlapping, walk
from core.types import Block
from service.content.parts import Run, cells_of, code_lines, head_rows, inside, own_and_rest, pieces, rows_of, words

LAID_OUT = frozenset({"table", "list", "code"})
MOST_ROWS = 12
"""Rows, items and paragraphs of a passage that a list of results shows."""


def is_laid_out(blocks: Sequence[Block]) -> bool:
    """Return whether a text with these blocks is hard to read in one line."""
    return any(block.kind in LAID_OUT for block in walk(blocks))


def quoted(blocks: Sequence[Block], start: int, end: int) -> tuple[Block, ...]:
    """Return the blocks that a quote is from; of a table also its caption and its header."""
    found = []
    for block in overlapping(blocks, start, end):
        if block.kind == "table":
            (whole,) = (each for each in blocks if each.start == block.start and each.kind == "table")
            head = rows_of(whole)[: head_rows(rows_of(whole))]
            shown = {id(child) for child in whole.children if child in head or child.kind == "caption"}
            rows = {child.start for child in block.children}
            kept = tuple(child for child in whole.children if id(child) in shown or child.start in rows)
            block = replace(block, children=kept)
        found.append(block)
    return tuple(found)


def drawn(text: str, blocks: Sequence[Block], indent: int = 0, most: int = MOST_ROWS) -> RenderableType:
    """Return the blocks of a text below one another, at most so many rows, items and paragraphs of them."""
    drawing = _Drawing(text, most)
    parts = [part for block in blocks for part in drawing.one(block)]
    if drawing.left < 0:
        parts.append(Text("…"))
    return Padding(Group(*parts), (0, 0, 0, indent), expand=False)


class _Drawing:
    """Draws until nothing is left of what may be shown."""

    def __init__(self, text: str, left: int) -> None:
        self.text, self.left, self.depth = text, left, 0

    def one(self, block: Block) -> Iterator[RenderableType]:
        if self.left < 0:
            return
        if block.kind == "table" and rows_of(block):
            yield self.table(block)
        elif block.kind == "list":
            yield from self.items(block.children)
        elif block.kind == "item":
            yield from self.items([block])
        elif block.kind == "code":
            self.left -= 1
            yield Padding(Text(code_lines(self.text, block, self.depth), style="cyan"), (0, 0, 0, 2))
        elif block.children and any(child.kind in LAID_OUT for child in walk(block.children)):
            yield from self.parts(inside(self.text, block))
        else:
            self.left -= 1
            said = self.said(block)
            if block.kind == "heading":
                said.stylize("bold")
            yield Text(f"{block.number} ").append_text(said) if block.number else said

    def parts(self, found: Iterator[Run | Block] | list[Run | Block]) -> Iterator[RenderableType]:
        for part in found:
            if isinstance(part, Block):
                yield from self.one(part)
            else:
                yield self.said(part)

    def said(self, part: Run | Block) -> Text:
        """Return text in one line; struck text says so also where a terminal has no styles."""
        if isinstance(part, Block):
            return Text(" ").join(self.said(each) for each in inside(self.text, part))
        line = Text()
        for piece in pieces(self.text, part):
            struck = any(mark.kind == "struck" for mark in piece.marks)
            text = re.sub(r"\s+", " ", piece.text)
            line.append(f"~~{text}~~" if struck else text, style="strike" if struck else "")
        return line

    def items(self, items: Sequence[Block]) -> Iterator[RenderableType]:
        for item in items:
            self.left -= 1
            if self.left < 0:
                return
            own, rest = own_and_rest(self.text, item)
            marker = item.number or "•"
            line = Table.grid(padding=(0, 1, 0, 0))
            line.add_column(no_wrap=True)
            line.add_column(ratio=1)
            self.depth += 1
            line.add_row(Text(marker), Group(*([self.said(own)] if own else []), *self.parts(rest)))
            self.depth -= 1
            yield line

    def table(self, block: Block) -> Table:
        rows = rows_of(block)
        head = head_rows(rows)
        width = max(len(cells_of(row)) for row in rows)
        caption = next((words(self.text, each) for each in block.children if each.kind == "caption"), None)
        table = Table(
            box=None, pad_edge=False, show_header=False, title=Text(caption, style="italic") if caption else None,
            title_justify="left",
        )  # fmt: skip
        for _ in range(width):
            table.add_column(overflow="fold")
        for at, row in enumerate(rows):
            self.left -= at >= head
            if self.left < 0:
                break
            table.add_row(*map(self.said, cells_of(row)), style="bold" if at < head else None)
        return table
