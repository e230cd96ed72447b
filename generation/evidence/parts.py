"""A passage cut into the parts of which an answer is made: sentences, items, cells and code, with the blocks around.

Follows the document's own tree of blocks; text without blocks is cut by its layout (`generation.evidence.spans`). A
heading is no part: it is never an answer. Which parts answer a question is decided by a reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from core.blocks import Block
from core.types import Chunk, Passage
from generation.evidence.spans import split

PartKind = Literal["sentence", "item", "cell", "code"]

LONG_ITEM = 400
"""Characters from which an item or a definition is cut into sentences."""
LONG_CODE = 1_500
"""Characters from which each line of code is a part of its own."""
_HOLDERS = frozenset({"list", "item", "table", "row", "note", "quoted_mail", "code", "definition", "figure"})
"""Blocks that are parts of a page, not of a sentence: what is in them is cut by itself."""
_SILENT = frozenset({"heading", "header", "footer"})


@dataclass(frozen=True, slots=True)
class Part:
    """`text[start:end]` of a passage; `within` are the blocks that hold it, the outermost first."""

    kind: PartKind
    start: int
    end: int
    within: tuple[Block, ...] = ()

    def inside(self, kind: str) -> Block | None:
        """Return the innermost block of this kind that holds the part."""
        return next((block for block in reversed(self.within) if block.kind == kind), None)


def line_of(text: str, part: Part) -> tuple[int, int]:
    """Return where the line begins and ends in which a part begins: the row of a cell that is in no table's block."""
    end = text.find("\n", part.start)
    return text.rfind("\n", 0, part.start) + 1, end if end >= 0 else len(text)


def parts(text: str, blocks: Sequence[Block], *, code: bool = False) -> tuple[Part, ...]:
    """Return the parts in the order of the text. They never overlap and never begin or end with white space.

    With `code` a text without blocks is code.
    """
    if not blocks:
        return tuple(_laid_out(text, 0, len(text), (), code=code))
    return tuple(_between(text, 0, len(text), blocks, ()))


def path_at(passage: Chunk | Passage, place: int) -> tuple[str, ...]:
    """Return the headings over a place in a passage: those of the passage, and those that its text has before it."""
    below: list[Block] = []
    for block in passage.blocks:
        if block.start > place:
            break
        if block.kind == "heading":
            below = [each for each in below if (each.level or 1) < (block.level or 1)] + [block]
    return (*passage.heading, *(passage.text[each.start : each.end] for each in below))


def _between(text: str, start: int, end: int, blocks: Iterable[Block], within: tuple[Block, ...]) -> Iterator[Part]:
    """Yield the parts of the blocks, and of the text around them."""
    place = start
    for block in blocks:
        yield from _laid_out(text, place, block.start, within)
        yield from _of(text, block, within)
        place = max(place, block.end)
    yield from _laid_out(text, place, end, within)


def _of(text: str, block: Block, within: tuple[Block, ...]) -> Iterator[Part]:
    inside = (*within, block)
    nested = [child for child in block.children if child.kind in _HOLDERS]
    if block.kind in _SILENT:
        return
    if block.kind == "row":
        for cell in block.children:
            yield from _whole("cell", text, cell.start, cell.end, (*inside, cell))
    elif block.kind == "code":
        if block.end - block.start <= LONG_CODE:
            yield from _whole("code", text, block.start, block.end, inside)
        else:
            yield from _lines(text, block.start, block.end, inside)
    elif block.kind in {"list", "table", "quoted_mail", "figure", "note"} or (nested and block.kind != "item"):
        children = block.children if block.kind in {"list", "table", "quoted_mail", "figure"} else nested
        yield from _between(text, block.start, block.end, children, inside)
    elif block.kind in {"item", "definition", "key_value"}:
        end = min((child.start for child in nested), default=block.end)
        if end - block.start <= LONG_ITEM:
            yield from _whole("item", text, block.start, end, inside)
        else:
            yield from _sentences(text, block.start, end, inside)
        yield from _between(text, end, block.end, nested, inside)
    else:
        yield from _sentences(text, block.start, block.end, inside)


def _laid_out(text: str, start: int, end: int, within: tuple[Block, ...], *, code: bool = False) -> Iterator[Part]:
    """Yield the parts of text without blocks: by bullets, bars and fences."""
    if not text[start:end].strip():
        return
    for span in split(text[start:end], code=code):
        if span.kind == "row":
            yield from _cells(text, start + span.start, start + span.end, within)
        else:
            yield Part(span.kind, start + span.start, start + span.end, within)


def _cells(text: str, start: int, end: int, within: tuple[Block, ...]) -> Iterator[Part]:
    place = start
    for piece in text[start:end].split("|"):
        yield from _whole("cell", text, place, place + len(piece), within)
        place += len(piece) + 1


def _sentences(text: str, start: int, end: int, within: tuple[Block, ...]) -> Iterator[Part]:
    for span in split(text[start:end]):
        yield from _whole("sentence", text, start + span.start, start + span.end, within)


def _lines(text: str, start: int, end: int, within: tuple[Block, ...]) -> Iterator[Part]:
    place = start
    for line in text[start:end].splitlines(keepends=True):
        yield from _whole("code", text, place, place + len(line), within)
        place += len(line)


def _whole(kind: PartKind, text: str, start: int, end: int, within: tuple[Block, ...]) -> Iterator[Part]:
    """Yield the part without white space around it, nothing for white space alone."""
    body = text[start:end]
    bare = body.strip()
    if bare:
        begins = start + len(body) - len(body.lstrip())
        yield Part(kind, begins, begins + len(bare), within)
