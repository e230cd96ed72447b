"""A sheet as its readers find it, whatever the format: cells that show something, merged areas, known tables, drawings.

Rows and columns count from 0. `layout` makes nodes of it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import NamedTuple

from core.types import CellType
from ingest.blocks.nodes import Inline, Node


@dataclass(frozen=True, slots=True)
class SheetCell:
    """What a cell shows, and how."""

    text: str
    type: CellType = "text"
    unit: str | None = None
    bold: bool = False
    filled: bool = False
    large: bool = False
    inlines: tuple[Inline, ...] = ()


class Area(NamedTuple):
    """A rectangle of cells; `bottom` and `right` are in it."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class Sheet:
    """One sheet. `tables` are areas that the file declares as tables, with their number of header rows.

    `headed` are areas whose first rows, down to the given one, the file treats as headers: frozen, repeated in print,
    filtered. `drawn` are figures and text boxes by the row and column where they begin.
    """

    name: str
    cells: dict[tuple[int, int], SheetCell] = field(default_factory=dict)
    merged: list[Area] = field(default_factory=list)
    tables: list[tuple[Area, int]] = field(default_factory=list)
    headed: list[tuple[Area, int]] = field(default_factory=list)
    header_columns: int = 0
    drawn: list[tuple[int, int, Node]] = field(default_factory=list)

    def close_up(self, rows: Collection[int], columns: Collection[int]) -> None:
        """Number rows and columns anew without the given hidden ones, which hold no cells."""
        if not rows and not columns:
            return
        gone_rows, gone_columns = sorted(rows), sorted(columns)

        def row(number: int) -> int:
            return number - bisect_left(gone_rows, number)

        def column(number: int) -> int:
            return number - bisect_left(gone_columns, number)

        def closed(area: Area) -> Area | None:
            top, left = row(area.top), column(area.left)
            bottom, right = row(area.bottom + 1) - 1, column(area.right + 1) - 1
            return Area(top, left, bottom, right) if bottom >= top and right >= left else None

        self.cells = {(row(y), column(x)): cell for (y, x), cell in self.cells.items()}
        self.merged = [area for each in self.merged if (area := closed(each))]
        self.tables = [(area, count) for each, count in self.tables if (area := closed(each))]
        self.headed = [(area, row(last + 1) - 1) for each, last in self.headed if (area := closed(each))]
        self.drawn = [(row(y), column(x), node) for y, x, node in self.drawn]
