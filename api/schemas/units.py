"""What an answer is made of: facts, steps, rows of tables, code, lists and definitions, each with its citations."""

from __future__ import annotations

from pydantic import Field

from api.schemas.common import View
from core.types import StepKind, Unit, UnitKind, UnitRow, UnitStep


class UnitStepView(View):
    """A part of steps or of a list: the lead-in, a step, or a note, code or a table between or in steps.

    `text` is the document's own, without the number; a table has a row a line, with cells joined by " | ". `number` is
    the step's as the document shows it, null if it has none. `level` is 0 for outer steps and one more for each list
    inside. `citation` is the id of the citation that holds the text.
    """

    kind: StepKind
    text: str
    citation: int
    number: str | None = None
    level: int = 0


class UnitCellView(View):
    """A cell of a row: its own text, the name of its column, and the citation that holds it.

    `column` is empty for a column without a name. `citation` is null for a cell that only names the row.
    """

    column: str
    text: str
    citation: int | None = None


class UnitRowView(View):
    """A row of a table: its name, and its cells that answer; the first of them is the one that names the row."""

    name: str
    cells: list[UnitCellView]


class UnitView(View):
    """A part of the answer that can be used by itself. `text` is Markdown with [n] markers, a part of the answer's.

    `steps` is set for `steps` and `list`, `table` for `table`. The text of a `fact`, a `definition` and of `code` is in
    the quotes of its `citations`, in this order.
    """

    kind: UnitKind
    text: str
    citations: list[int]
    steps: list[UnitStepView] = Field(default=[])
    table: list[UnitRowView] = Field(default=[])


def unit_view(unit: Unit) -> UnitView:
    """Return the view of a unit."""
    return UnitView(
        kind=unit.kind,
        text=unit.text,
        citations=list(unit.cites),
        steps=[_step_view(step) for step in unit.steps],
        table=[_row_view(row) for row in unit.table],
    )


def _step_view(step: UnitStep) -> UnitStepView:
    return UnitStepView(kind=step.kind, text=step.text, citation=step.cite, number=step.number, level=step.level)


def _row_view(row: UnitRow) -> UnitRowView:
    cells = [UnitCellView(column=cell.column, text=cell.text, citation=cell.cite) for cell in row.cells]
    return UnitRowView(name=row.name, cells=cells)
