"""Draws the units of an answer for a terminal: steps one below the other, tables in columns, code as it is.

Returns what `rich` prints. Text goes through as text, so markup in a document is shown and not obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from core.types import Citation, Unit, UnitCell, UnitRow, UnitStep
from service.content.parts import dedented

STEP_INDENT = 3
CODE_INDENT = 2


def drawn_units(units: Sequence[Unit], citations: Sequence[Citation]) -> RenderableType:
    """Return the units below one another, with an empty line between two."""
    by_id = {citation.id: citation for citation in citations}
    parts = [Group(*_unit(unit, by_id)) for unit in units]
    return Group(*(part for each in parts for part in (each, Text()))) if parts else Text()


def _unit(unit: Unit, by_id: Mapping[int, Citation]) -> Iterator[RenderableType]:
    if unit.steps:
        yield from _steps(unit.steps)
    elif unit.table:
        yield _table(unit.table)
    else:
        quotes = [by_id[number] for number in unit.cites if number in by_id]
        for place, citation in enumerate(quotes, 1):
            if unit.kind == "code" and place == len(quotes):
                yield _code(citation.quote.strip("\n"), 0)
                yield Text(_marker(citation.id).lstrip())
            else:
                said = _one_line(citation.quote)
                yield Text((said if unit.kind == "code" else f"“{said}”") + _marker(citation.id))


def _steps(steps: Sequence[UnitStep]) -> Iterator[RenderableType]:
    for step, following in zip(steps, (*steps[1:], None), strict=True):
        ends = following is None or following.cite != step.cite
        marker = _marker(step.cite) if ends else ""
        if step.kind == "code":
            yield _code(dedented(step.text, step.level), STEP_INDENT * step.level)
            if marker:
                yield Padding(Text(marker.lstrip()), (0, 0, 0, STEP_INDENT * step.level))
            continue
        if step.kind == "table":
            yield Padding(_rows(dedented(step.text, step.level)), (0, 0, 0, STEP_INDENT * step.level), expand=False)
            yield from [Text(" " * STEP_INDENT * step.level + marker.lstrip())] if marker else ()
            continue
        text = Text(_one_line(step.text) + marker, style="italic" if step.kind == "note" else "")
        if step.kind == "step":
            yield _hanging(step.number or "•", text, STEP_INDENT * step.level)
        elif step.kind == "note":
            yield _hanging("│", text, STEP_INDENT * step.level)
        else:
            yield text


def _rows(text: str) -> Table:
    """Return the table of a step: a row a line, cells joined by " | "."""
    rows = [line.split(" | ") for line in text.split("\n")]
    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in range(max(map(len, rows))):
        table.add_column(overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def _hanging(sign: str, text: Text, indent: int) -> RenderableType:
    """Return a text whose lines begin in one column, behind its number."""
    line = Table.grid(padding=(0, 1, 0, 0))
    line.add_column(no_wrap=True)
    line.add_column(ratio=1)
    line.add_row(Text(sign), text)
    return Padding(line, (0, 0, 0, indent), expand=False)


def _table(rows: Sequence[UnitRow]) -> Table:
    keys = list(dict.fromkeys(key for row in rows for key in _keyed(row)))
    table = Table(box=None, pad_edge=False, show_header=any(column for column, _ in keys), header_style="bold")
    for column, _ in keys:
        table.add_column(Text(_one_line(column)), overflow="fold")
    for row in rows:
        cells = _keyed(row)
        table.add_row(*(cells.get(key, Text()) for key in keys))
    return table


def _keyed(row: UnitRow) -> dict[tuple[str, int], Text]:
    """Return the cells of a row by column and how often the row had a column of that name before."""
    cells: dict[tuple[str, int], Text] = {}
    for place, cell in enumerate(row.cells):
        before = sum(earlier.column == cell.column for earlier in row.cells[:place])
        cells[cell.column, before] = Text(_one_line(cell.text) + _marker_of(row.cells, place))
    return cells


def _marker_of(cells: Sequence[UnitCell], place: int) -> str:
    """Return the marker of a cell; cells that are cited together have it once, after the last."""
    cite = cells[place].cite
    together = place + 1 < len(cells) and cells[place + 1].cite == cite
    return "" if cite is None or together else _marker(cite)


def _code(text: str, indent: int) -> RenderableType:
    return Padding(Text(text, style="cyan"), (0, 0, 0, indent + CODE_INDENT), expand=False)


def _marker(number: int) -> str:
    return f" [{number}]"


def _one_line(text: str) -> str:
    return " ".join(text.split())
