"""The rows of a table that answer, each with the cells that were asked for and its name.

A small model knows which column is meant and which row, and mixes up neighbours. So a row is also chosen by what stands
in it: a name with a number, or a cell of which the question has every word. Works on words alone, in any language.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from itertools import groupby

from core.blocks import Block
from generation.english.words import content
from generation.evidence.reading import ReadPart, ReadPassage
from generation.evidence.windows import column_names
from generation.question.names import keys
from generation.question.names import names as names_of
from generation.units.draft import Draft, Piece

WHOLE = 4
"""Cells beside a row's name that are shown where only its name was asked for."""
BEHIND = 1.0
"""How far below the best column another one may be and still be asked for."""
NAMED = 3.0
"""What a column scores more whose whole name is in the question."""
LIKELY = -3.0
"""Logit from which a row may be the answer because a cell of it is named in the question."""


def rows(
    read: ReadPassage, table: Block, inside: Sequence[ReadPart], question: str, names: Set[str]
) -> Iterator[Draft]:
    """Yield a draft of the rows that answer; `inside` are the cells that the reader chose, `names` those asked for.

    All rows are meant if only what stands above them was chosen: the names of columns, or a sentence before the table.
    """
    text = read.passage.text
    logits = {each.part.start: each.logit for each in read.parts}
    asked = {each.part.start for each in inside}
    every = [row for row in table.children if row.kind == "row" and not row.header and _cells(text, row)]
    headed = {cell.column for row in table.children if row.header for cell in row.children if cell.start in asked}
    chosen = [row for row in every if any(cell.start in asked for cell in row.children)]
    named = [row for row in every if names & keys(text[row.start : row.end])] or _matched(text, every, question, logits)
    columns = _columns(text, table, every, logits, question) if named else set()
    made: list[Piece] = []
    for number, row in enumerate(named or chosen or every):
        cells = _cells(text, row)
        if named and set(content(question)) <= set(content(text[cells[0].start : cells[0].end])) | _joined(question):
            wanted = cells[1:]  # a code alone asks for all that is said of it
        elif named:
            wanted = [cell for cell in cells[1:] if cell.column in columns or _said(text, cell, question)]
        else:
            wanted = [cell for cell in cells[1:] if cell.start in asked or (not chosen and cell.column in headed)]
        if not wanted:  # the row's name was asked for, or all of it: say what stands beside it
            wanted = cells[1:] if len(cells) <= WHOLE + 1 or not chosen else []
        made += _pieces(read, table, number, cells, wanted, asked)
    if made:
        yield Draft("table", tuple(made), max((each.logit for each in inside), default=0.0))


def joined(one: Draft, other: Draft) -> Draft:
    """Return the rows of both drafts in reading order as one draft."""
    pieces = sorted((*one.pieces, *other.pieces), key=lambda piece: (piece.passage.ordinal, piece.row))
    rows = groupby(pieces, key=lambda piece: (piece.passage.ordinal, piece.row))
    numbered = (replace(piece, row=number) for number, (_, row) in enumerate(rows) for piece in row)
    return Draft("table", tuple(numbered), max(one.logit, other.logit))


def _pieces(
    read: ReadPassage, table: Block, number: int, cells: Sequence[Block], wanted: Sequence[Block], asked: Set[int]
) -> Iterator[Piece]:
    first = cells[0]
    shown = [first, *wanted]
    whole = (first.start, cells[-1].end) if len(shown) == len(cells) > 2 else None
    names = column_names(read.passage.text, table)
    for cell in shown:
        cited = whole is not None or cell is not first or len(shown) == 1 or first.start in asked
        column = names.get(cell.column or 0, "")
        yield Piece(read.passage, cell.start, cell.end, "cell", column=column, row=number, cited=cited, whole_row=whole)


def _cells(text: str, row: Block) -> list[Block]:
    return [cell for cell in row.children if cell.kind == "cell" and text[cell.start : cell.end].strip()]


def _matched(text: str, every: Sequence[Block], question: str, logits: Mapping[int, float]) -> list[Block]:
    """Return the rows with the most cells of which the question has every word; none if all rows have as many."""
    counts = [
        sum(1 + (cell.column == 0) for cell in row.children if _said(text, cell, question))
        if max((logits.get(cell.start, LIKELY) for cell in row.children), default=LIKELY) >= LIKELY
        else 0
        for row in every
    ]
    most = max(counts, default=0)
    found = [row for row, count in zip(every, counts, strict=True) if count == most and most]
    return found if len(found) < len(every) else []


def _joined(question: str) -> set[str]:
    """Return the words of the names with a number that a question has: "r 21" are two words of R21."""
    return {word for name in names_of(question) for word in content(name.text)}


def _said(text: str, cell: Block, question: str) -> bool:
    """Return whether the question has every word of the cell."""
    words = set(content(text[cell.start : cell.end]))
    return bool(words) and words <= set(content(question))


def _columns(
    text: str, table: Block, every: Sequence[Block], logits: Mapping[int, float], question: str
) -> set[int | None]:
    """Return the columns that are asked for, name aside: those with a score near the best one's.

    The score is the logit of the likeliest cell, and more the more words of the column's name the question has.
    """
    asked, names = set(content(question)), column_names(text, table)
    best: dict[int | None, float] = {}
    for row in every:
        for cell in _cells(text, row)[1:]:
            best[cell.column] = max(best.get(cell.column, LIKELY), logits.get(cell.start, LIKELY))
    for column in best:
        words = set(content(names.get(column or 0, "")))
        best[column] += NAMED * len(words & asked) / max(1, len(words))
    top = max(best.values(), default=0.0)
    return {column for column, score in best.items() if score >= max(top - BEHIND, 0.0)}
