"""Walks through a text with its blocks: what stands in a block, in order, so that no text between blocks is lost.

Knows offsets and kinds; how a part looks is in `markdown`, `html` and `terminal`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from core.types import Block, BlockKind

INLINE: frozenset[BlockKind] = frozenset({"link", "struck", "inserted"})
SCHEMES = ("http://", "https://", "mailto:", "tel:")
"""What a link may lead to."""
INDENT = "  "
"""What the lines of a list inside an item begin with, once for each level (`ingest.blocks.write`)."""
_UNSAFE = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class Run:
    """Text that stands in a block itself, `text[start:end]` without blanks around it, and its inline marks."""

    start: int
    end: int
    marks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a run: its text, and the marks around it, outermost first."""

    text: str
    marks: tuple[Block, ...] = ()


def top(text: str, blocks: Sequence[Block]) -> Iterator[Run | Block]:
    """Yield the blocks of a text, and runs for text that is in none of them."""
    yield from _between(text, blocks, 0, len(text))


def inside(text: str, block: Block) -> Iterator[Run | Block]:
    """Yield what stands in a block: its own text without its number, and the blocks in it."""
    start = block.start
    if block.number and text.startswith(f"{block.number} ", start):
        start += len(block.number) + 1
    yield from _between(text, block.children, start, block.end)


def own_and_rest(text: str, block: Block) -> tuple[Run | None, list[Run | Block]]:
    """Return a block's own text if it begins with some, and the rest of what stands in it."""
    found = list(inside(text, block))
    if found and isinstance(found[0], Run):
        return found[0], found[1:]
    return None, found


def pieces(text: str, run: Run) -> list[Piece]:
    """Return a run cut at its marks. Its lines lose the indent that lists give them."""
    return list(_pieces(text, run.start, run.end, run.marks, ()))


def words(text: str, block: Block) -> str:
    """Return the text of a block in one line."""
    return " ".join(text[block.start : block.end].split())


def target(link: Block) -> str | None:
    """Return where a link leads; None for what no page should open."""
    found = (link.label or "").strip()
    return found if found.lower().startswith(SCHEMES) and not _UNSAFE.search(found) else None


def shown_target(piece: str, goal: str) -> str:
    """Return the words of a link whose text reads `here (https://…)`: without its target in brackets."""
    return piece.removesuffix(f"({goal})").rstrip() or piece


def code_lines(text: str, block: Block, depth: int) -> str:
    """Return code without the indent that its text has in a list of this depth."""
    return dedented(text[block.start : block.end], depth)


def dedented(code: str, depth: int) -> str:
    """Return lines of code without the indent that a list of this depth gives them."""
    first, *more = code.split("\n")
    indent = INDENT * depth
    if all(line.startswith(indent) or not line.strip() for line in more):
        more = [line[len(indent) :] for line in more]
    return "\n".join([first, *more])


def term_and_more(text: str, block: Block) -> list[Run | Block]:
    """Return the terms and descriptions of a definition, without the marks that join them."""
    return [
        part
        for part in inside(text, block)
        if isinstance(part, Block) or text[part.start : part.end].strip(" ,:")
    ]  # fmt: skip


def rows_of(table: Block) -> list[Block]:
    return [child for child in table.children if child.kind == "row"]


def cells_of(row: Block) -> tuple[Block, ...]:
    """Return the cells of a row; a row without any is one cell."""
    return tuple(child for child in row.children if child.kind == "cell") or (replace(row, kind="cell", children=()),)


def head_rows(rows: Sequence[Block]) -> int:
    """Return how many rows at the beginning of a table are its header; a table of headers alone has none."""
    count = next((at for at, row in enumerate(rows) if not row.header), len(rows))
    return count if count < len(rows) else 0


def spans(rows: Sequence[Block]) -> Mapping[tuple[int, int], tuple[int, int]]:
    """Return the places of cells to draw, (index in `rows`, index in its cells), with the rows and columns of each.

    A repeated cell is left out if the cell that it repeats covers its place; where that one is missing it is drawn.
    """
    drawn: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for y, row in enumerate(rows):
        for x, cell in enumerate(cells_of(row)):
            column = cell.column if cell.column is not None else x
            if cell.repeated and (y, column) in covered:
                continue
            down, across = _height(rows, y, cell.rows), max(1, cell.columns)
            covered.update((y + i, column + j) for i in range(down) for j in range(across))
            drawn[y, x] = (down, across)
    return drawn


def _height(rows: Sequence[Block], first: int, wanted: int) -> int:
    """Return over how many of the rows from `first` on a cell reaches: rows that follow one another in the table."""
    height = 1
    while height < wanted and first + height < len(rows):
        here, below = rows[first + height - 1].row, rows[first + height].row
        if here is not None and below != here + 1:
            break
        height += 1
    return height


def _between(text: str, blocks: Iterable[Block], start: int, end: int) -> Iterator[Run | Block]:
    at, marks = start, []
    for block in blocks:
        if block.kind in INLINE:
            marks.append(block)
            continue
        yield from _run(text, at, block.start, marks)
        yield block
        at, marks = max(at, block.end), []
    yield from _run(text, at, end, marks)


def _run(text: str, start: int, end: int, marks: Iterable[Block]) -> Iterator[Run]:
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Run(start, end, tuple(mark for mark in marks if mark.start < end and start < mark.end))


def _pieces(text: str, start: int, end: int, marks: Sequence[Block], around: tuple[Block, ...]) -> Iterator[Piece]:
    at = start
    for mark in marks:
        first, last = max(mark.start, at), min(mark.end, end)
        if first >= last:
            continue
        if at < first:
            yield Piece(_unindented(text[at:first]), around)
        yield from _pieces(text, first, last, mark.children, (*around, mark))
        at = last
    if at < end:
        yield Piece(_unindented(text[at:end]), around)


def _unindented(text: str) -> str:
    return re.sub(r"\n[^\S\n]+", "\n", text)
