"""Write units as Markdown with [n] markers, and the citations that the markers point at.

Every word is verbatim in what is cited; the names of a table's rows and columns are cited or stand in its header.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby

from core.types import Citation, Passage, Unit, UnitCell, UnitRow, UnitStep
from generation.units.draft import Draft, Piece

AS_TABLE = 3
"""Rows from which they are written as a table."""
_STEP_KINDS = {"lead": "lead", "step": "step", "code": "code"}
_TICKS = re.compile(r"`{3,}")
_FENCE = re.compile(r"^(?=`{3}|~{3})")


@dataclass(slots=True)
class Citations:
    """The citations of an answer, numbered from 1 as they are first used."""

    made: list[Citation] = field(default_factory=list)

    def cite(self, passage: Passage, start: int, end: int, score: float) -> int:
        """Return the number of the citation of `passage.text[start:end]`, a new one if there is none."""
        for citation in self.made:
            if (citation.passage.chunk_id, citation.start, citation.end) == (passage.chunk_id, start, end):
                return citation.id
        self.made.append(Citation(len(self.made) + 1, passage, start, end, score))
        return len(self.made)


def write(drafts: Sequence[Draft]) -> tuple[tuple[Unit, ...], tuple[Citation, ...]]:
    """Return the units and their citations."""
    citations = Citations()
    units = tuple(_unit(draft, citations) for draft in drafts)
    return units, tuple(citations.made)


def text(units: Sequence[Unit]) -> str:
    """Return the text of an answer made of units."""
    return "\n\n".join(unit.text for unit in units)


def _unit(draft: Draft, citations: Citations) -> Unit:
    before = len(citations.made)
    if draft.kind in {"steps", "list"}:
        unit = _steps(draft, citations)
    elif draft.kind == "table":
        unit = _table(draft, citations)
    elif draft.kind == "code":
        unit = _code(draft, citations)
    else:
        number = [citations.cite(each.passage, each.start, each.end, draft.logit) for each in draft.pieces]
        shown = [f"“{_one_line(each.text)}” [{n}]" for each, n in zip(draft.pieces, number, strict=True)]
        return Unit(draft.kind, "\n".join(shown), tuple(number))
    new = tuple(citation.id for citation in citations.made[before:])
    return replace(unit, cites=unit.cites or new)


def _steps(draft: Draft, citations: Citations) -> Unit:
    """Return a unit with a citation for each run of pieces of one passage."""
    steps: list[UnitStep] = []
    lines: list[str] = []
    cites: list[int] = []
    for _, group in groupby(draft.pieces, key=lambda piece: piece.passage.chunk_id):
        for run in _touching(list(group)):
            number = citations.cite(run[0].passage, run[0].start, run[-1].end, draft.logit)
            cites.append(number)
            for piece in run:
                kind = _STEP_KINDS.get(piece.role, "note")
                steps.append(UnitStep(kind, piece.text, number, piece.number, piece.level))  # type: ignore[arg-type]
                lines += _lines(piece, first=not lines)
            _mark(lines, run[-1], number)
    return Unit(draft.kind, "\n".join(lines), tuple(cites), steps=tuple(steps))


def _touching(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield runs of pieces with nothing between them but numbers, bullets and space."""
    run: list[Piece] = []
    for piece in pieces:
        if run and any(len(word) > 4 for word in piece.passage.text[run[-1].end : piece.start].split()):
            yield run
            run = []
        run.append(piece)
    if run:
        yield run


def _mark(lines: list[str], last: Piece, number: int) -> None:
    """Add the marker of a run after its last piece; code ends in a line that nothing may follow."""
    if last.role == "code":
        lines.append(f"{'   ' * last.level}[{number}]")
        return
    shown = lines[-1].rstrip("\n")
    lines[-1] = f"{shown} [{number}]{lines[-1][len(shown) :]}"


def _lines(piece: Piece, *, first: bool) -> Iterator[str]:
    indent = "   " * piece.level
    if piece.role == "code":
        yield from (f"{indent}{line}" for line in _fenced(_dedented(piece.text, piece.level)))
    elif piece.role == "step":
        yield f"{indent}{_paragraph(piece.number or '-')} {_paragraph(piece.text)}"
    elif piece.role == "lead":
        yield f"{'' if first else chr(10)}{_paragraph(piece.text)}\n"
    else:
        yield f"{indent}{_paragraph(piece.text)}" if piece.level else f"\n> {_paragraph(piece.text)}\n"


def _table(draft: Draft, citations: Citations) -> Unit:
    rows: list[UnitRow] = []
    for _, group in groupby(draft.pieces, key=lambda piece: piece.row):
        pieces = tuple(group)
        cells = tuple(
            UnitCell(
                piece.column,
                piece.text,
                citations.cite(piece.passage, *piece.cited_at, draft.logit) if piece.cited else None,
            )
            for piece in pieces
        )
        rows.append(UnitRow(_one_line(pieces[0].text), cells))
    cites = tuple(dict.fromkeys(cell.cite for row in rows for cell in row.cells if cell.cite is not None))
    columns = {tuple(cell.column for cell in row.cells) for row in rows}
    if len(rows) >= AS_TABLE and len(columns) == 1 and all(next(iter(columns))):
        shown = _as_table(rows)
    else:
        shown = "\n".join(("- " if len(rows) > 1 else "") + _paragraph(_row(row)) for row in rows)
    return Unit("table", shown, cites, table=tuple(rows))


def _row(row: UnitRow) -> str:
    """Return a row as a line: `Hydra 40, Weight (kg): 27.3 [1]`, `E-11 – Meaning: Dry running; Remedy: Open it [2]`."""
    first, *others = row.cells
    if not others:
        return f"{_named(first)}{_marker(first)}"
    together = len({cell.cite for cell in row.cells}) == 1
    said = "; ".join(_named(cell) + ("" if together else _marker(cell)) for cell in others)
    name = _one_line(first.text) + ("" if together else _marker(first))
    joint = ": " if not others[0].column else ", " if len(others) == 1 else " – "
    return f"{name}{joint}{said}" + (_marker(first) if together else "")


def _marker(cell: UnitCell) -> str:
    return f" [{cell.cite}]" if cell.cite is not None else ""


def _named(cell: UnitCell) -> str:
    value = _one_line(cell.text)
    return f"{cell.column}: {value}" if cell.column else value


def _as_table(rows: Sequence[UnitRow]) -> str:
    columns = [cell.column for cell in rows[0].cells]
    lines = [_bars(columns), _bars(["---"] * len(columns))]
    for row in rows:
        together = len({cell.cite for cell in row.cells}) == 1
        shown = [_one_line(cell.text) + ("" if together else _marker(cell)) for cell in row.cells]
        shown[-1] += _marker(row.cells[0]) if together else ""
        lines.append(_bars(shown))
    return "\n".join(lines)


def _bars(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _code(draft: Draft, citations: Citations) -> Unit:
    lines: list[str] = []
    cites: list[int] = []
    for piece in draft.pieces:
        number = citations.cite(piece.passage, piece.start, piece.end, draft.logit)
        cites.append(number)
        if piece.role == "code":
            lines += [*_fenced(piece.text.strip("\n")), f"[{number}]"]
        else:
            lines += [f"{_paragraph(piece.text)} [{number}]", ""]
    return Unit("code", "\n".join(lines), tuple(cites))


def _fenced(code: str) -> list[str]:
    """Return the lines of code between two fences that are longer than any run of backticks in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in _TICKS.findall(code)), default=0))
    return [fence, *code.split("\n"), fence]


def _dedented(code: str, level: int) -> str:
    """Return code without the indent of two blanks a level that its lines have in a list (`ingest.blocks.write`)."""
    indent = "  " * level
    first, *more = code.split("\n")
    indented = all(line.startswith(indent) or not line.strip() for line in more)
    return "\n".join([first, *(line[len(indent) :] if indented else line for line in more)])


def _paragraph(words: str) -> str:
    """Return a line of text that begins no code in Markdown, whatever it begins with."""
    return _FENCE.sub(r"\\", _one_line(words))


def _one_line(words: str) -> str:
    return " ".join(words.split())
