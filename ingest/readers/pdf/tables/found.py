"""A table as it was found on a page: cells with their words and places; `made.py` makes blocks of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from ingest.readers.pdf.page.parts import Area, Frame, Word


@dataclass(slots=True)
class FoundCell:
    """The words at a place of a table, with the spans of the place."""

    row: int
    column: int
    rows: int = 1
    columns: int = 1
    words: list[Word] = field(default_factory=list)
    place: Area | None = None
    header: bool = False
    right: float | None = None
    """Where its text could reach to, if the drawing tells."""
    exact: bool = False
    """Whether a line of its column reaches there: the column is as wide as its longest word."""


@dataclass(slots=True)
class FoundTable:
    """A table on one page. `edges` are the left edges of its columns; `cuts` the rows below which a rule runs."""

    frame: Frame
    area: Area
    rows: int
    columns: int
    cells: list[FoundCell]
    edges: tuple[float, ...] = ()
    cuts: frozenset[int] = frozenset()
    fills: tuple[tuple[int, int, int] | None, ...] = ()
    """The colour behind each row."""
    ruled: bool = True
    source: int = 0
    """The element of the structure tree that it is of; 0 without."""
    header_rows: int | None = None
    header_columns: int = 0
    caption: str = ""
