"""Make units of the parts that a reader chose: the whole list instead of a step, the row with its names, code with the
sentence that says what it does.

The best passage decides the answer; another one adds to it only what is as sure. Limits are in words, so that an answer
stays an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.blocks import Block
from generation.english.words import content
from generation.evidence.parts import Part
from generation.evidence.reading import Evidence, ReadPart, ReadPassage
from generation.evidence.windows import column_names
from generation.units.draft import Draft, Piece
from generation.units.lists import Around, is_steps, pieces, whole_list

SELECT = 0.0
"""Logit from which a part of the best passage belongs to the answer."""
SELECT_MORE = 1.5
"""The same for a further passage, which must be as sure as this that it answers."""
BEHIND = 2.5
"""How far a further passage may score behind the best one."""
WORDS = 60
"""Words of all facts of an answer; lists, tables and code are never cut."""
SHARE = 0.5
"""Share of a list's items from which all of them are the answer."""
ROWS_WHOLE = 4
"""Cells of a row that is shown whole where its name was asked for."""


@dataclass(frozen=True, slots=True)
class _Chosen:
    """A passage with the parts of it that belong to the answer."""

    read: ReadPassage
    parts: tuple[ReadPart, ...]


def compose(evidence: Evidence, around: Around) -> tuple[Draft, ...]:
    """Return the drafts of an answer, in reading order, the best passage first; none for no passages."""
    if not evidence.passages:
        return ()
    best, *others = evidence.passages
    made = list(_of(_Chosen(best, _selected(best, SELECT) or _only_best(best)), around))
    for other in others:
        if other.answers < SELECT_MORE or other.score < best.score - BEHIND:
            continue
        if (chosen := _selected(other, SELECT_MORE)) and all(each.kind in {"fact", "definition"} for each in made):
            made += [each for each in _of(_Chosen(other, chosen), around) if _adds(each, made)]
    return tuple(_within(made))


def _selected(read: ReadPassage, least: float) -> tuple[ReadPart, ...]:
    return tuple(each for each in read.parts if each.logit >= least)


def _only_best(read: ReadPassage) -> tuple[ReadPart, ...]:
    return (max(read.parts, key=lambda each: each.logit),) if read.parts else ()


def _of(chosen: _Chosen, around: Around) -> Iterator[Draft]:
    """Yield the drafts of one passage in reading order."""
    done: set[int] = set()
    run: list[ReadPart] = []
    for each in chosen.parts:
        holder = _holder(each.part) or _led(chosen.read, each.part)
        if holder is None:
            run.append(each)
            continue
        if holder.start in done:
            continue
        if not (holder.kind == "code" and run and run[-1].part.end <= holder.start):
            yield from _facts(chosen.read, run)
            run = []
        done.add(holder.start)
        before, run = run, []
        yield from _held(chosen, holder, before, around)
    yield from _facts(chosen.read, run)


def _holder(part: Part) -> Block | None:
    """Return the outermost list, table or code that holds the part."""
    return next((block for block in part.within if block.kind in {"list", "table", "code"}), None)


def _led(read: ReadPassage, part: Part) -> Block | None:
    """Return the list, table or code that a sentence ending in a colon introduces."""
    text = read.passage.text
    if not text[part.start : part.end].endswith((":", "：")):
        return None
    following = next((block for block in read.passage.blocks if block.start >= part.end), None)
    if following is None or text[part.end : following.start].strip():
        return None
    return following if following.kind in {"list", "table", "code"} else None


def _held(chosen: _Chosen, holder: Block, before: Sequence[ReadPart], around: Around) -> Iterator[Draft]:
    inside = [each for each in chosen.parts if holder.start <= each.part.start < holder.end]
    logit = max((each.logit for each in inside or chosen.parts), default=0.0)
    if holder.kind == "list":
        yield from _list(chosen, holder, inside, logit, around)
    elif holder.kind == "table":
        yield from _table(chosen.read, holder, inside, logit)
    else:
        yield _code(chosen.read, holder, before, logit)


def _list(
    chosen: _Chosen, holder: Block, inside: Sequence[ReadPart], logit: float, around: Around
) -> Iterator[Draft]:
    every = [each for each in chosen.read.parts if holder.start <= each.part.start < holder.end]
    led = len(inside) == 0 or any(
        each.part.end <= holder.start and _led(chosen.read, each.part) is holder for each in chosen.parts
    )
    blocks = whole_list(chosen.read.passage, holder, around)
    steps = is_steps(blocks)
    if led or (steps and len(inside) > 1) or len(inside) >= max(2, SHARE * len(every)):
        yield Draft("steps" if steps else "list", tuple(pieces(blocks)), logit)
        return
    lead = [piece for piece in pieces(blocks) if piece.role == "lead"]
    if steps or not lead:
        yield from _facts(chosen.read, inside)
    else:
        items = [_piece(chosen.read, each, "step") for each in inside]
        yield Draft("list", (*lead[-1:], *items), logit)


def _table(read: ReadPassage, table: Block, inside: Sequence[ReadPart], logit: float) -> Iterator[Draft]:
    """Yield the rows that were chosen, each with the cells that were asked for and its name."""
    text = read.passage.text
    names = column_names(text, table)
    rows: list[Piece] = []
    number = 0
    for row in table.children:
        cells = [cell for cell in row.children if cell.kind == "cell" and text[cell.start : cell.end].strip()]
        asked = {each.part.start for each in inside if row.start <= each.part.start < row.end}
        if row.kind != "row" or row.header or not asked or not cells:
            continue
        first = cells[0]
        wanted = [cell for cell in cells if cell.start in asked and cell is not first]
        if not wanted:  # the row's name was asked for: say what stands beside it
            wanted = cells[1:] if len(cells) <= ROWS_WHOLE + 1 else []
        shown = [first, *wanted]
        whole = (first.start, cells[-1].end) if len(shown) == len(cells) > 2 else None
        for cell in shown:
            cited = whole is not None or cell is not first or len(shown) == 1 or first.start in asked
            name = names.get(cell.column or 0, "")
            rows.append(
                Piece(read.passage, cell.start, cell.end, "cell", column=name, row=number, cited=cited, whole_row=whole)
            )
        number += 1
    if rows:
        yield Draft("table", tuple(rows), logit)
    else:
        yield from _facts(read, inside)


def _code(read: ReadPassage, code: Block, before: Sequence[ReadPart], logit: float) -> Draft:
    """Return the code with the sentence that says what it does: one that was chosen, else the one that leads in."""
    lead = [_piece(read, each, "lead") for each in before]
    if not lead:
        earlier = [each for each in read.parts if each.part.end <= code.start and each.part.kind == "sentence"]
        if earlier and not read.passage.text[earlier[-1].part.end : code.start].strip():
            lead = [_piece(read, earlier[-1], "lead")]
    return Draft("code", (*lead, Piece(read.passage, code.start, code.end, "code")), logit)


def _facts(read: ReadPassage, run: Sequence[ReadPart]) -> Iterator[Draft]:
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


def _piece(read: ReadPassage, each: ReadPart, role: str) -> Piece:
    return Piece(read.passage, each.part.start, each.part.end, role)  # type: ignore[arg-type]


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
        facts = draft.kind in {"fact", "definition"}
        if not facts or draft.words <= room or not kept:
            kept.append(draft)
            room -= draft.words if facts else 0
    return [draft for draft in made if draft in kept]
