"""Cuts a sheet into regions of cells with empty rows and columns between them, in reading order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence

from ingest.readers.office.sheets.sheet import Area

MAX_COVERED = 2_000_000
"""Places of merged areas that are known, in all of a sheet."""
MAX_CUTS = 30
"""How often a region is cut again, in the other direction."""

Places = Mapping[int, Sequence[int]]
"""The occupied columns of each row, in order."""


def places(cells: Mapping[tuple[int, int], object], merged: Sequence[Area]) -> dict[int, list[int]]:
    """Return the occupied places: cells with text, and all of a merged area that has one."""
    rows: dict[int, set[int]] = {}
    for row, column in cells:
        rows.setdefault(row, set()).add(column)
    for row, column in covered(merged):
        rows.setdefault(row, set()).add(column)
    return {row: sorted(columns) for row, columns in sorted(rows.items())}


def clipped(merged: Sequence[Area], cells: Mapping[tuple[int, int], object]) -> list[Area]:
    """Return the merged areas that have a text, only as far as the sheet has other texts."""
    last_row = max((row for row, _ in cells), default=0)
    last_column = max((column for _, column in cells), default=0)
    return [
        Area(
            area.top, area.left, max(area.top, min(area.bottom, last_row)), max(area.left, min(area.right, last_column))
        )
        for area in merged
        if (area.top, area.left) in cells
    ]


def covered(merged: Sequence[Area]) -> Iterator[tuple[int, int]]:
    """Yield the places of merged areas besides the first of each."""
    count = 0
    for area in merged:
        for row in range(area.top, area.bottom + 1):
            for column in range(area.left, area.right + 1):
                if (row, column) != (area.top, area.left):
                    count += 1
                    if count > MAX_COVERED:
                        return
                    yield row, column


def regions(found: Places, area: Area | None = None, depth: int = 0) -> list[Area]:
    """Return the regions of an area, or of all: first cut at empty rows, then at empty columns, and so on."""
    rows = [(row, _within(columns, area)) for row, columns in found.items() if _row_in(row, area)]
    rows = [(row, columns) for row, columns in rows if columns]
    blocks: list[list[tuple[int, Sequence[int]]]] = []
    for row, columns in rows:
        if not blocks or row > blocks[-1][-1][0] + 1:
            blocks.append([])
        blocks[-1].append((row, columns))
    made: list[Area] = []
    for block in blocks:
        spans = _spans({column for _, columns in block for column in columns})
        for left, right in spans:
            part = Area(block[0][0], left, block[-1][0], right)
            if len(spans) == 1 or depth >= MAX_CUTS:
                made.append(part)
            else:
                made += regions(dict(block), part, depth + 1)
    return made


def _row_in(row: int, area: Area | None) -> bool:
    return area is None or area.top <= row <= area.bottom


def _within(columns: Sequence[int], area: Area | None) -> Sequence[int]:
    if area is None:
        return columns
    return columns[bisect_left(columns, area.left) : bisect_right(columns, area.right)]


def _spans(columns: set[int]) -> list[tuple[int, int]]:
    """Return the runs of neighbouring columns."""
    spans: list[tuple[int, int]] = []
    for column in sorted(columns):
        if spans and column == spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], column)
        else:
            spans.append((column, column))
    return spans
