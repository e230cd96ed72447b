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
NESTED = "    "
"""The indent of a level in Markdown: as wide as the widest common number, "10. "."""
INDENT = 2
"""Blanks of a level in a passage's text (`ingest.blocks.write`)."""
_STEP_KINDS = {"lead": "lead", "step": "step", "code": "code", "table": "table"}
_LISTED = re.compile(r"\d{1,9}[.)]")
"""Numbers that make an item of a list in Markdown; others stand behind a dash."""
_TICKS = re.compile("`+")
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
    text = ""
    cites: list[int] = []
    for _, group in groupby(draft.pieces, key=lambda piece: piece.passage.chunk_id):
        for run in _touching(list(group)):
            number = citations.cite(run[0].passage, run[0].start, run[-1].end, draft.logit)
            cites.append(number)
            for piece in run:
                kind = _STEP_KINDS.get(piece.role, "note")
                steps.append(UnitStep(kind, piece.text, number, piece.number, piece.level))  # type: ignore[arg-type]
                text += _gap(steps) + _shown(piece)
            text += f"\n{_indent(run[-1])}[{number}]" if run[-1].role in {"code", "table"} else f" [{number}]"
    return Unit(draft.kind, text, tuple(cites), steps=tuple(steps))


def _touching(pieces: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield runs of pieces with nothing between them but numbers, bullets and space."""
    run: list[Piece] = []
    for piece in pieces:
        if run:
            between = piece.passage.text[run[-1].end : piece.start].replace(piece.number or "", "", 1)
            if any(char.isalnum() for char in between):
                yield run
                run = []
        run.append(piece)
    if run:
        yield run


def _gap(steps: Sequence[UnitStep]) -> str:
    """Return what stands before the last step: a line end, a blank line around what is no item."""
    if len(steps) < 2:
        return ""
    return "\n" if steps[-1].kind == steps[-2].kind == "step" else "\n\n"


def _shown(piece: Piece) -> str:
    """Return a piece as Markdown, indented so that it belongs to the item that it stands in."""
    indent = _indent(piece)
    if piece.role == "code":
        lines = _fenced(_outdented(piece.text, INDENT * piece.level))
    elif piece.role == "table":
        rows = [_bars(line.split(" | ")) for line in _outdented(piece.text, INDENT * piece.level).splitlines()]
        lines = [rows[0], _bars(["---"] * (rows[0].count(" | ") + 1)), *rows[1:]]
    elif piece.role == "step":
        number = f"{_paragraph(piece.number)} " if piece.number else ""
        lines = [f"{'' if _LISTED.fullmatch(piece.number or '') else '- '}{number}{_paragraph(piece.text)}"]
    elif piece.role == "lead" or piece.level:
        lines = [_paragraph(piece.text)]
    else:
        lines = [f"> {_paragraph(piece.text)}"]
    return "\n".join(f"{indent}{line}" for line in lines)


def _indent(piece: Piece) -> str:
    return NESTED * piece.level


def _outdented(text: str, blanks: int) -> str:
    """Return a block of lines without the blanks that the list around it adds to all but the first."""
    return re.sub(rf"\n {{1,{blanks}}}", "\n", text) if blanks else text


def _fenced(text: str) -> list[str]:
    """Return lines of code between fences that are longer than any in the code."""
    fence = "`" * max(3, 1 + max(map(len, _TICKS.findall(text)), default=0))
    return [fence, *text.strip("\n").splitlines(), fence]


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
        dash = "- " if len(rows) > 1 else ""
        shown = "\n".join(f"{dash}{_paragraph(_row(row))}" for row in rows)
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
    blocks = []
    cites = []
    for piece in draft.pieces:
        number = citations.cite(piece.passage, piece.start, piece.end, draft.logit)
        cites.append(number)
        if piece.role == "code":
            blocks.append("\n".join([*_fenced(_outdented(piece.text, INDENT * piece.level)), f"[{number}]"]))
        else:
            blocks.append(f"{_paragraph(piece.text)} [{number}]")
    return Unit("code", "\n\n".join(blocks), tuple(cites))


def _paragraph(words: str) -> str:
    """Return a line of text that begins no fence of code in Markdown, whatever it begins with."""
    return _FENCE.sub(r"\\", _one_line(words))


def _one_line(words: str) -> str:
    return " ".join(words.split())
