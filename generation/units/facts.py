"""Sentences and single items that answer by themselves: with the line that introduces them, and what they introduce.

Whole lists are in `generation.units.lists`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from core.blocks import Block
from core.types import Passage
from generation.evidence.parts import Part
from generation.evidence.reading import ReadPart, ReadPassage
from generation.units.draft import Draft, Piece, Role
from generation.units.lists import inner_pieces, own_piece

COLONS = (":", "：")


def facts(read: ReadPassage, run: Sequence[ReadPart]) -> Iterator[Draft]:
    """Yield sentences that follow one another as one fact."""
    text = read.passage.text
    together: list[ReadPart] = []
    for each in [*run, None]:
        if each is not None and (not together or not text[together[-1].part.end : each.part.start].strip()):
            together.append(each)
            continue
        if together:
            start, end = together[0].part.start, together[-1].part.end
            defined = together[0].part.inside("definition") is not None
            logit = max(one.logit for one in together)
            yield Draft("definition" if defined else "fact", (Piece(read.passage, start, end, "text"),), logit)
        together = [each] if each is not None else []


def some_items(read: ReadPassage, inside: Sequence[ReadPart], lead: Piece | None) -> Iterator[Draft]:
    """Yield parts of a list, which is not the answer as a whole, under the lines that introduce them.

    `lead` introduces the items of the outermost list.
    """
    for introduced, group in groupby(inside, key=lambda each: _introduction(read.passage, each.part, lead)):
        parts = list(group)
        if introduced is None:
            yield from _alone(read, parts)
            continue
        logit = max(each.logit for each in parts)
        if all(each.part.kind == "code" for each in parts):
            yield Draft("code", (introduced, *(piece(read, each, "code") for each in parts)), logit)
        else:
            items = [each for one in parts for each in _with_inside(read.passage, one.part)]
            yield Draft("list", (introduced, *items), logit)


def piece(read: ReadPassage, each: ReadPart, role: Role) -> Piece:
    """Return a part of a passage as a piece, at the level of the items that it stands in."""
    level = sum(block.kind == "item" for block in each.part.within)
    return Piece(read.passage, each.part.start, each.part.end, role, level=level)


def _alone(read: ReadPassage, parts: Sequence[ReadPart]) -> Iterator[Draft]:
    """Yield items that no line introduces: one that introduces others with them."""
    run: list[ReadPart] = []
    for each in parts:
        found = _with_inside(read.passage, each.part)
        if len(found) == 1:
            run.append(each)
            continue
        yield from facts(read, run)
        run = []
        first, *more = found
        only_code = all(one.role == "code" for one in more)
        yield Draft("code" if only_code else "list", (_as_lead(first), *more), each.logit)
    yield from facts(read, run)


def _introduction(passage: Passage, part: Part, lead: Piece | None) -> Piece | None:
    """Return the line that introduces an item: that of the item it stands in, else the lead-in of the list."""
    holders = [block for block in part.within if block.kind == "item"]
    above = holders[-1] if part.kind == "code" else holders[-2] if len(holders) > 1 else None
    if above is None:
        return lead if _begins(part) else None
    own = own_piece(passage, above, 0)
    return _as_lead(own) if part.kind == "code" or own.text.endswith(COLONS) else None


def _with_inside(passage: Passage, part: Part) -> list[Piece]:
    """Return an item, with what stands in it if it ends in a colon."""
    item = part.inside("item")
    if item is None or not _begins(part):
        return [Piece(passage, part.start, part.end, "step")]
    own = own_piece(passage, item, 0)
    return [own, *inner_pieces(passage, item, 0)] if own.text.endswith(COLONS) else [own]


def _begins(part: Part) -> bool:
    """Return whether a part is the beginning of its item, not a sentence further on, a note or code in it."""
    item: Block | None = part.inside("item")
    return item is not None and part.start == item.start and part.kind != "code"


def _as_lead(own: Piece) -> Piece:
    return Piece(own.passage, own.start, own.end, "lead")
