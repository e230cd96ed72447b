"""A whole list: its lead-in, every item with what is in it, and notes that stand between, over all passages it fills.

A list that was cut between passages goes on in the next one of the same section; numbered steps go on where the next
number follows, whatever stands between.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.blocks import Block
from core.types import Passage
from generation.evidence.parts import path_at
from generation.units.draft import Piece, Role

Around = Callable[[Passage, int, int], Sequence[Passage]]

REACH = 6
"""Passages before and after that are looked at: 1,200 words each way."""
BETWEEN = 3
"""Blocks that may stand between two steps."""
_DIGITS = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Placed:
    """A block with its passage."""

    passage: Passage
    block: Block

    @property
    def text(self) -> str:
        return self.passage.text[self.block.start : self.block.end]


def whole_list(passage: Passage, found: Block, around: Around) -> list[Placed]:
    """Return the blocks of the whole list in reading order: its parts, what stands between them, and its lead-in."""
    beside = _beside(passage.blocks, found)
    here = [Placed(passage, block) for block in beside if not block.repeated]
    place = _place(here, passage, found)
    if place is None:
        return [Placed(passage, found)]
    if beside is passage.blocks and (place in {0, len(here) - 1} or _numbers(found)):
        near = around(passage, REACH, REACH)
        if any(each.chunk_id == passage.chunk_id for each in near):
            section = _section(near, passage)
            here = [Placed(each, block) for each in section for block in each.blocks if not block.repeated]
            place = _place(here, passage, found) or 0
    first = last = place
    while (later := _next(here, last)) is not None:
        last = later
    while (earlier := _previous(here, first)) is not None:
        first = earlier
    return here[_lead(here, first) : last + 1]


def _beside(blocks: Sequence[Block], found: Block) -> Sequence[Block]:
    """Return the blocks among which the list stands: those of the passage, or of a note or a mail that holds it."""
    holder = next((block for block in blocks if block.start <= found.start and found.end <= block.end), None)
    if holder is None or holder.kind == "list":
        return blocks
    return _beside(holder.children, found)


def _place(here: Sequence[Placed], passage: Passage, found: Block) -> int | None:
    return next(
        (
            number
            for number, each in enumerate(here)
            if each.passage.chunk_id == passage.chunk_id
            and (each.block.kind, each.block.start) == (found.kind, found.start)
        ),
        None,
    )


def _section(near: Sequence[Passage], passage: Passage) -> Sequence[Passage]:
    """Return the passages that are the same section as this one goes on; small sections may share the first."""
    first = last = next(n for n, each in enumerate(near) if each.chunk_id == passage.chunk_id)
    while first > 0 and _ends_in(near[first - 1]) == near[first].heading:
        first -= 1
    while last + 1 < len(near) and _ends_in(near[last]) == near[last + 1].heading:
        last += 1
    return near[first : last + 1]


def _ends_in(passage: Passage) -> tuple[str, ...]:
    """Return the path of headings at the end of a passage."""
    return path_at(passage, len(passage.text))


def pieces(blocks: Sequence[Placed]) -> Iterator[Piece]:
    """Yield the lead-in, the items with their numbers, and the notes."""
    first = next(n for n, each in enumerate(blocks) if each.block.kind == "list")
    for number, placed in enumerate(blocks):
        if placed.block.kind == "list":
            yield from _items(placed.passage, placed.block, 0)
        else:
            role = "lead" if number < first and placed.block.kind != "note" else _role(placed.block)
            yield Piece(placed.passage, placed.block.start, placed.block.end, role)


def is_steps(blocks: Sequence[Placed]) -> bool:
    """Return whether the list says in which order something is done."""
    return any(each.block.kind == "list" and _is_ordered(each.block) for each in blocks)


def _is_ordered(block: Block) -> bool:
    return block.ordered or any(child.number for child in block.children)


def _items(passage: Passage, found: Block, level: int) -> Iterator[Piece]:
    for child in found.children:
        if child.repeated:
            continue
        if child.kind != "item":
            yield Piece(passage, child.start, child.end, _role(child), level=level)
            continue
        own = own_piece(passage, child, level)
        if own.text:
            yield own
        yield from inner_pieces(passage, child, level)


def own_piece(passage: Passage, item: Block, level: int) -> Piece:
    """Return an item's own words, without its number and without what stands in it."""
    end = min((each.start for each in _inside(item)), default=item.end)
    start = min(_after_number(passage.text, item), end)
    body = passage.text[start:end].rstrip()
    return Piece(passage, start, start + len(body), "step", number=item.number, level=level)


def inner_pieces(passage: Passage, item: Block, level: int) -> Iterator[Piece]:
    """Yield what stands in an item after its own words: lists, notes, code, and text between them."""
    nested = _inside(item)
    place = min((each.start for each in nested), default=item.end)
    for each in nested:
        yield from _text(passage, place, each.start, level + 1)
        if each.kind == "list":
            yield from _items(passage, each, level + 1)
        else:
            yield Piece(passage, each.start, each.end, _role(each), level=level + 1)
        place = each.end
    yield from _text(passage, place, item.end, level + 1)


def _inside(item: Block) -> list[Block]:
    return [each for each in item.children if each.kind in {"list", "note", "code", "table"}]


def _role(block: Block) -> Role:
    """Return what a block in a list is shown as."""
    return "code" if block.kind == "code" else "table" if block.kind == "table" else "note"


def _text(passage: Passage, start: int, end: int, level: int) -> Iterator[Piece]:
    body = passage.text[start:end]
    if body.strip():
        begins = start + len(body) - len(body.lstrip())
        yield Piece(passage, begins, begins + len(body.strip()), "note", level=level)


def _after_number(text: str, item: Block) -> int:
    """Return where the words of an item begin: after its number or bullet, which the text may have."""
    body = text[item.start : item.end]
    bare = body.lstrip()
    if item.number and bare.startswith(item.number):
        bare = bare[len(item.number) :].lstrip()
    return item.start + len(body) - len(bare)


def _numbers(found: Block) -> list[int]:
    return [int(match.group()) for child in found.children if (match := _DIGITS.search(child.number or ""))]


def _next(here: Sequence[Placed], place: int) -> int | None:
    """Return where the list goes on after this part of it."""
    numbers = _numbers(here[place].block)
    for later in range(place + 1, min(len(here), place + 2 + BETWEEN)):
        block = here[later].block
        if block.kind != "list":
            if block.kind == "heading":
                return None
            continue
        if numbers and not _is_ordered(block):
            continue  # bullets of a step that are not indented
        if numbers:
            return later if _numbers(block)[:1] == [numbers[-1] + 1] else None
        new = here[later].passage.chunk_id != here[place].passage.chunk_id
        return later if later == place + 1 and new and not _numbers(block) and _goes_on(here[later].passage) else None
    return None


def _previous(here: Sequence[Placed], place: int) -> int | None:
    earlier = range(place - 1, max(-1, place - 2 - BETWEEN), -1)
    return next((n for n in earlier if here[n].block.kind == "list" and _next(here, n) == place), None)


def _goes_on(passage: Passage) -> bool:
    """Return whether a passage begins in the middle of a list: then its lead-in stands there once more."""
    return bool(passage.blocks) and (passage.blocks[0].repeated or passage.blocks[0].kind == "list")


def _lead(here: Sequence[Placed], first: int) -> int:
    """Return where the lead-in begins: a paragraph that ends in a colon, with notes between it and the list."""
    place = first - 1
    while place >= 0 and here[place].block.kind == "note":
        place -= 1
    if place >= 0 and here[place].block.kind == "paragraph" and here[place].text.rstrip().endswith((":", "：")):
        return place
    return place + 1
