"""Finds tables that were set with tabs: lines below one another whose parts stand at tab stops, as in price lists.

For formats in which a paragraph keeps its tabs. A line alone is none, and neither is prose with a tab in it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.blocks.headers import Look, find_headers
from ingest.blocks.nodes import Inline, Node
from ingest.blocks.tables import TableCell, table
from ingest.cleaning import one_line

_LONG = 80
"""Characters of a part from which on it is prose."""
_LEAST_SET, _LEAST_USUAL = 2, 3
"""Lines that make a table: with tab stops that were set for them, and with those that every paragraph has."""
_MARKER = re.compile(r"\(?(?:\d{1,3}|[a-zA-Z]|[ivxlc]{1,5})[.)]|[•▪◦‣●○■□▶►➢✓✔·–—*o+-]")
"""Numbers and bullets, with which an item begins."""
_RULES = frozenset("_.…-–— ")


@dataclass(frozen=True, slots=True)
class TabLine:
    """A paragraph with tabs: its parts, empty where two tabs meet, and the number of tab stops that it sets."""

    parts: tuple[str, ...]
    stops: int = 0
    bold: bool = False
    inlines: tuple[Inline, ...] = ()

    @property
    def columns(self) -> int:
        return len(self.parts)


def tab_line(
    raw: str, text: str, *, stops: int = 0, bold: bool = False, inlines: tuple[Inline, ...] = ()
) -> TabLine | None:
    """Return the parts of a paragraph's text as it was written; `text` and `inlines` are its clean text and marks.

    None where it is no line of a table. Of usual tab stops people take as many as they need: several are one then.
    """
    if "\t" not in raw:
        return None
    parts = [one_line(part) for part in raw.split("\t")]
    if not stops:
        parts = [part for part in parts if part]
    while parts and not parts[-1]:
        parts.pop()
    filled = [part for part in parts if part]
    if " ".join(filled) != text or len(parts) < 2 or any(len(part) > _LONG for part in filled):
        return None
    if (stops and len(parts) > stops + 1) or (len(parts) == 2 and _MARKER.fullmatch(parts[0])):
        return None
    if any(set(part) <= _RULES for part in filled if len(part) > 3):  # lines to write on
        return None
    return TabLine(tuple(parts), stops, bold, inlines)


def run_length(lines: Sequence[TabLine | None], start: int) -> int:
    """Return how many lines from a place on make a table; 0 for too few."""
    first = lines[start]
    if first is None:
        return 0
    end = start + 1
    while end < len(lines) and (line := lines[end]) is not None and _goes_on(first, line):
        end += 1
    return end - start if end - start >= (_LEAST_SET if first.stops else _LEAST_USUAL) else 0


def tab_table(lines: Sequence[TabLine]) -> Node | None:
    """Return the table of lines."""
    width = max(line.columns for line in lines)
    rows = [_cells(line) for line in lines]
    looks = [[Look(cell.text, bold=line.bold) for cell in row] for line, row in zip(lines, rows, strict=True)]
    found = find_headers([row + [Look("")] * (width - len(row)) for row in looks])
    return table(rows, header_rows=found.titles + found.rows, header_columns=found.columns)


def _goes_on(first: TabLine, line: TabLine) -> bool:
    if bool(first.stops) != bool(line.stops):
        return False
    return bool(first.stops) or first.columns == line.columns


def _cells(line: TabLine) -> list[TableCell]:
    found, at = [], 0
    for column, part in enumerate(line.parts):
        end = at + len(part)
        marks = tuple(
            Inline(mark.kind, max(mark.start, at) - at, min(mark.end, end) - at, mark.label)
            for mark in line.inlines
            if mark.start < end and mark.end > at
        )
        found.append(TableCell(part, column=column, inlines=marks))
        at = end + 1 if part else at
    return found
