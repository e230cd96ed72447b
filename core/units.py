"""What an answer is made of: units that can be acted on. `core.types` has the same names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

UnitKind = Literal["fact", "steps", "table", "code", "list", "definition"]
StepKind = Literal["lead", "step", "note", "code", "table"]


@dataclass(frozen=True, slots=True)
class UnitStep:
    """A part of steps or of a list: the lead-in, a step with its number as shown, a note, code or table between.

    `text` is verbatim, without the number; `level` counts from 0; `cite` is the id of the citation that it is part of.
    """

    kind: StepKind
    text: str
    cite: int
    number: str | None = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class UnitCell:
    """A cell that answers: its text, verbatim, and the name of its column. `cite` is None where it only names a row."""

    column: str
    text: str
    cite: int | None = None


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A row that answers. `name` is what the row is about; `cells` are the first cell and those that were asked for."""

    name: str
    cells: tuple[UnitCell, ...]


@dataclass(frozen=True, slots=True)
class Unit:
    """A part of an answer that can be acted on: a fact, all steps of a procedure, rows of a table, code, a list.

    `text` is Markdown with [n] markers. Everything in it is verbatim in what it cites, except the names of rows and
    columns, which are the document's own words from elsewhere in the same table.
    """

    kind: UnitKind
    text: str
    cites: tuple[int, ...]
    steps: tuple[UnitStep, ...] = ()
    table: tuple[UnitRow, ...] = ()
