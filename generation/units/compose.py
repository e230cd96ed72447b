"""Make units of the parts that a reader chose: the whole list instead of a step, the row with its names, code with the
sentence that says what it does.

The best passage decides the answer; another one adds to it only what is as sure. Limits are in words, so that an answer
stays an answer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass

from core.blocks import Block
from core.ports import UNREAD
from core.types import Passage
from generation.english.words import content
from generation.evidence.parts import Part
from generation.evidence.reading import Evidence, ReadPart, ReadPassage
from generation.question.names import Name, keys
from generation.units.code import code, leading, led_over
from generation.units.draft import Draft, Piece
from generation.units.facts import COLONS, facts, piece, some_items
from generation.units.lists import Around, Placed, is_steps, pieces, whole_list
from generation.units.rows import joined, rows

SELECT = 0.0
"""Logit from which a part of the best passage belongs to the answer."""
PRIOR = 1.4
"""What a logit is above the log-odds: in training the parts that answer weigh half of a text and are a fifth of it."""
RECALL = 0.25
"""Weight of what an answer leaves out against what it says too much, squared as in F beta."""
SELECT_MORE = 3.5
"""The same for a further passage, which must be as sure as this that it answers."""
BEHIND = 4.0
"""How far a further passage may score behind the best one."""
WORDS = 60
"""Words of all facts of an answer; lists, tables and code are never cut."""
LIST_SELECT = 0.0
"""Logit from which an item counts for all of its list."""
ABOVE = -4.0
"""Logit from which a sentence right above a list is shown with it."""
SHARE = 0.5
"""Share of a list's items from which all of them are the answer."""
FACTS = frozenset({"fact", "definition"})


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A passage with the parts of it that belong to the answer; `read_too` are all passages that were read."""

    read: ReadPassage
    parts: tuple[ReadPart, ...]
    read_too: tuple[ReadPassage, ...] = ()
    names: tuple[Name, ...] = ()
    question: str = ""


def compose(evidence: Evidence, around: Around) -> tuple[Draft, ...]:
    """Return the drafts of an answer, in reading order, the best passage first; none for no passages."""
    if not evidence.passages:
        return ()
    best, *others = evidence.passages
    made = _of(
        _Chosen(
            best, _selected(best, SELECT) or _only_best(best), evidence.passages, evidence.names, evidence.question
        ),
        around,
    )
    for other in others:
        if other.answers < SELECT_MORE or other.score < best.score - BEHIND:
            continue
        if not (chosen := _selected(other, SELECT_MORE)):
            continue
        more = _of(_Chosen(other, chosen, evidence.passages, evidence.names, evidence.question), around)
        if all(each.kind in FACTS for each in made):
            made += [each for each in more if _adds(each, made)]
        elif len(made) == len(more) == 1 and _is_one_table(*made, *more):
            made = [joined(*made, *more)]
    return tuple(_within(made))


def drafts(read: ReadPassage, chosen: Sequence[ReadPart], around: Around) -> list[Draft]:
    """Return the drafts of parts of one passage, in reading order and of any length; none for no parts."""
    return _of(_Chosen(read, tuple(chosen), (read,)), around) if chosen else []


def _selected(read: ReadPassage, least: float) -> tuple[ReadPart, ...]:
    """Return the parts that are most likely the answer, in reading order; none if the surest one is below `least`.

    Parts are taken from the surest one on, as long as the expected F measure of the words shown rises: where one part
    is sure it stands alone, where several may be meant, all of them do. Ye et al. 2012, "Optimizing F-measure: A Tale
    of Two Approaches".
    """
    text = read.passage.text
    order = sorted(read.parts, key=lambda each: -each.logit)
    if not order or order[0].logit < least:
        return ()
    chances = [_chance(each.logit) for each in order]
    sizes = [max(1, len(text[each.part.start : each.part.end].split())) for each in order]
    wanted = sum(chance * size for chance, size in zip(chances, sizes, strict=True))
    right = shown = best = 0.0
    count = 0
    for number, (chance, size) in enumerate(zip(chances, sizes, strict=True), 1):
        right, shown = right + chance * size, shown + size
        if (expected := (1 + RECALL) * right / (shown + RECALL * wanted)) > best:
            best, count = expected, number
    return _with_room(read, order[:count])


def _with_room(read: ReadPassage, order: Sequence[ReadPart]) -> tuple[ReadPart, ...]:
    """Return the parts in reading order, of sentences only the surest ones that an answer has room for."""
    room, kept = WORDS, list[ReadPart]()
    for each in order:
        words = len(read.passage.text[each.part.start : each.part.end].split())
        if _holder(each.part) is not None:
            kept.append(each)
        elif words <= room or room == WORDS:
            kept.append(each)
            room -= words
    return tuple(sorted(kept, key=lambda each: each.part.start))


def _chance(logit: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, logit - PRIOR))))


def _only_best(read: ReadPassage) -> tuple[ReadPart, ...]:
    return (max(read.parts, key=lambda each: each.logit),) if read.parts else ()


def _of(chosen: _Chosen, around: Around) -> list[Draft]:
    """Return the drafts of one passage in reading order."""
    made: list[Draft] = []
    done: list[tuple[int, int]] = []
    run: list[ReadPart] = []
    for each in chosen.parts:
        if any(start <= each.part.start < end for start, end in done):
            continue
        holder = _holder(each.part) or _led(chosen.read, each.part)
        if holder is None and (over := led_over(chosen.read, each, around)) is not None:
            made += [*facts(chosen.read, run), over]
            run = []
            continue
        if holder is None:
            run.append(each)
            continue
        led_by = [each] if each.part.end <= holder.start else []
        if holder.kind == "code":
            run, led_by = leading(chosen.read, run + led_by, holder)
        made += facts(chosen.read, run)
        run = []
        if holder.kind == "list":
            blocks = whole_list(chosen.read.passage, holder, around)
            made += _list(chosen, holder, blocks)
            done += [(block.start, block.end) for block in _lists_in(chosen.read, blocks)]
        else:
            made += _held(chosen, holder, led_by, around)
            done.append((holder.start, holder.end))
    made += facts(chosen.read, run)
    kept = [each for each in made if not _is_inside(each, made)]
    return kept or list(facts(chosen.read, chosen.parts))


def _places(drafts: Sequence[Draft], passage: Passage) -> list[tuple[int, int]]:
    return [
        (piece.start, piece.end)
        for draft in drafts
        for piece in draft.pieces
        if piece.passage.chunk_id == passage.chunk_id
    ]


def _is_inside(draft: Draft, made: Sequence[Draft]) -> bool:
    """Return whether a fact is a part of another draft: a sentence of a lead-in, a note between steps."""
    first = draft.pieces[0]
    places = _places([each for each in made if each.kind in {"steps", "list", "code"}], first.passage)
    return draft.kind in FACTS and any(start <= first.start and first.end <= end for start, end in places)


def _holder(part: Part) -> Block | None:
    """Return the table that holds the part, else the outermost list or code."""
    outermost = next((block for block in part.within if block.kind in {"list", "code"}), None)
    return part.inside("table") or outermost


def _led(read: ReadPassage, part: Part) -> Block | None:
    """Return the list, table or code that a sentence ending in a colon introduces."""
    text = read.passage.text
    if not text[part.start : part.end].endswith(COLONS):
        return None
    following = next((block for block in read.passage.blocks if block.start >= part.end), None)
    if following is None or text[part.end : following.start].strip():
        return None
    return following if following.kind in {"list", "table", "code"} else None


def _held(chosen: _Chosen, holder: Block, led_by: Sequence[ReadPart], around: Around) -> Iterator[Draft]:
    """Yield the rows of a table, or code."""
    inside = [each for each in chosen.parts if holder.start <= each.part.start < holder.end]
    logit = max((each.logit for each in inside or chosen.parts), default=0.0)
    if holder.kind == "table":
        yield from () if inside else facts(chosen.read, led_by)
        yield from rows(chosen.read, holder, inside, chosen.question, _new_names(chosen))
    else:
        yield code(chosen.read, holder, led_by, logit, around)


def _list(chosen: _Chosen, holder: Block, blocks: Sequence[Placed]) -> Iterator[Draft]:
    """Yield the whole list, or the items that were chosen with the line that introduces them."""
    read = chosen.read
    inside = _of_list(chosen.parts, blocks, read)
    every = _of_list(read.parts, blocks, read)
    there = (each for other in chosen.read_too for each in _of_list(other.parts, blocks, other))
    count = sum(each.logit >= LIST_SELECT for each in there)
    led = any((found := _led(read, each.part)) and found.start == holder.start for each in _outside(chosen.parts))
    steps = is_steps(blocks)
    logit = max((each.logit for each in inside or chosen.parts), default=0.0)
    beside = max((each.logit for each in _outside(chosen.parts)), default=UNREAD)
    if inside and not led and beside > logit and count < SHARE * len(every):
        return  # a sentence answers better, and most of the list does not
    if not inside or led or (steps and count > 1) or count >= max(2, SHARE * len(every)):
        yield Draft("steps" if steps else "list", (*_above(read, blocks), *pieces(blocks)), logit)
        return
    leads = [] if steps else [each for each in pieces(blocks) if each.role == "lead"]
    yield from some_items(read, inside, leads[-1] if leads else None)


def _above(read: ReadPassage, blocks: Sequence[Placed]) -> tuple[Piece, ...]:
    """Return the sentences right above a list, such as a warning, that may belong to it."""
    if blocks[0].passage.chunk_id != read.passage.chunk_id:
        return ()
    until, found = blocks[0].block.start, list[Piece]()
    for each in reversed(read.parts):
        if each.part.end > until or each.part.kind == "cell":
            continue
        if each.logit < ABOVE or read.passage.text[each.part.end : until].strip():
            break
        found.append(piece(read, each, "note"))
        until = each.part.start
    return tuple(reversed(found))


def _outside(found: Sequence[ReadPart]) -> list[ReadPart]:
    return [each for each in found if _holder(each.part) is None]


def _of_list(found: Sequence[ReadPart], blocks: Sequence[Placed], read: ReadPassage) -> list[ReadPart]:
    """Return those of a passage's parts that stand in the list."""
    places = _lists_in(read, blocks)
    return [each for each in found if any(block.start <= each.part.start < block.end for block in places)]


def _lists_in(read: ReadPassage, blocks: Sequence[Placed]) -> list[Block]:
    return [
        each.block for each in blocks if each.block.kind == "list" and each.passage.chunk_id == read.passage.chunk_id
    ]


def _new_names(chosen: _Chosen) -> Set[str]:
    """Return the names that the question has and the title and headings do not have: they tell rows apart."""
    passage = chosen.read.passage
    return {name.key for name in chosen.names} - keys(" ".join((passage.title, *passage.heading)))


def _is_one_table(one: Draft, other: Draft) -> bool:
    """Return whether two drafts are rows of one table that was cut between passages of a section."""
    first, second = (each.pieces[0].passage for each in (one, other))
    here, there = ({piece.column for piece in each.pieces} for each in (one, other))
    same = (first.document_id, first.heading) == (second.document_id, second.heading) and here == there
    return one.kind == other.kind == "table" and same and first.chunk_id != second.chunk_id


def _adds(draft: Draft, made: Sequence[Draft]) -> bool:
    """Return whether a draft says something that the others do not."""
    words = set(content(" ".join(piece.text for piece in draft.pieces)))
    said = [set(content(" ".join(piece.text for piece in each.pieces))) for each in made]
    return not any(len(words & each) >= 0.7 * len(words) for each in said)


def _within(made: Sequence[Draft]) -> list[Draft]:
    """Return the drafts without the least sure facts that would make the answer too long."""
    room = WORDS
    kept: list[Draft] = []
    for draft in sorted(made, key=lambda each: -each.logit):
        facts = draft.kind in FACTS
        if not facts or draft.words <= room or not kept:
            kept.append(draft)
            room -= draft.words if facts else 0
    return [draft for draft in made if draft in kept]
