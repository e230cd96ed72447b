"""Code that answers: all of it, with the sentence that says what it does.

Code that was cut between passages goes on in the next one of the same section.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.blocks import Block
from core.types import Passage
from generation.evidence.parts import Part, parts
from generation.evidence.reading import ReadPart, ReadPassage
from generation.units.draft import Draft, Piece
from generation.units.facts import COLONS, piece
from generation.units.lists import REACH, Around, Placed


def code(read: ReadPassage, found: Block, before: Sequence[ReadPart], logit: float, around: Around) -> Draft:
    """Return the code with the sentences `before` it that were chosen, else with the one that leads in to it."""
    whole = _whole(read.passage, found, around)
    lead = [piece(read, each, "lead") for each in before] or _lead(whole[0], around)
    return Draft("code", (*lead, *map(_shown, whole)), logit)


def led_over(read: ReadPassage, each: ReadPart, around: Around) -> Draft | None:
    """Return the code that a sentence leads in to, where it begins the next passage; None if there is none."""
    passage = read.passage
    if not passage.text[: each.part.end].endswith(COLONS) or passage.text[each.part.end :].strip():
        return None
    near = around(passage, 0, 1)
    following = near[-1] if near else passage
    if following.ordinal != passage.ordinal + 1 or following.heading != passage.heading:
        return None
    first = following.blocks[0] if following.blocks else None
    if first is None or first.kind != "code":
        return None
    return code(replace(read, ranked=replace(read.ranked, passage=following)), first, (), each.logit, around)


def leading(read: ReadPassage, run: Sequence[ReadPart], found: Block) -> tuple[list[ReadPart], list[ReadPart]]:
    """Return the sentences that do not lead in to the code, and those right before it that do."""
    first, until = len(run), found.start
    while first > 0 and not read.passage.text[run[first - 1].part.end : until].strip():
        first -= 1
        until = run[first].part.start
    return list(run[:first]), list(run[first:])


def _whole(passage: Passage, found: Block, around: Around) -> list[Placed]:
    """Return the code with what was cut off it: a passage that is nothing but code goes on in the code after it."""
    whole = [Placed(passage, found)]
    if found not in passage.blocks or found not in (passage.blocks[0], passage.blocks[-1]):
        return whole
    near = list(around(passage, REACH, REACH))
    place = next((number for number, each in enumerate(near) if each.chunk_id == passage.chunk_id), None)
    if place is None:
        return whole
    for later in range(place + 1, len(near)):
        if not _goes_on(near[later - 1], near[later]):
            break
        whole.append(Placed(near[later], near[later].blocks[0]))
    for earlier in range(place - 1, -1, -1):
        if whole[0].block is not near[earlier + 1].blocks[0] or not _goes_on(near[earlier], near[earlier + 1]):
            break
        whole.insert(0, Placed(near[earlier], near[earlier].blocks[-1]))
    return whole


def _shown(each: Placed) -> Piece:
    """Return the code without white space around it, as its parts are."""
    start = each.block.start + len(each.text) - len(each.text.lstrip())
    return Piece(each.passage, start, start + len(each.text.strip()), "code")


def _goes_on(one: Passage, following: Passage) -> bool:
    return (
        one.heading == following.heading
        and [block.kind for block in one.blocks] == ["code"]
        and bool(following.blocks)
        and following.blocks[0].kind == "code"
    )


def _lead(first: Placed, around: Around) -> list[Piece]:
    """Return the sentence right before the code, in its passage or at the end of the one before."""
    passage, until = first.passage, first.block.start
    if not passage.text[:until].strip():
        near = list(around(passage, 1, 0))
        if len(near) < 2 or near[0].heading != passage.heading or near[0].ordinal != passage.ordinal - 1:
            return []
        passage, until = near[0], len(near[0].text)
    sentences = [each for each in parts(passage.text, passage.blocks, code=False) if each.end <= until]
    last = sentences[-1] if sentences else None
    if last is None or last.kind != "sentence" or passage.text[last.end : until].strip():
        return []
    return [_as_lead(passage, last)]


def _as_lead(passage: Passage, part: Part) -> Piece:
    level = sum(block.kind == "item" for block in part.within)
    return Piece(passage, part.start, part.end, "lead", level=level)
