"""Parts of tables become one table."""

from __future__ import annotations

import pytest

from ingest.readers.pdf.page.lines import Known
from ingest.readers.pdf.page.parts import Area, Frame, Line, Word, measured
from ingest.readers.pdf.tables.found import FoundCell, FoundTable
from ingest.readers.pdf.tables.made import Grid

FRAME = Frame(page=1, width=595.0, height=842.0)
SIZE, PITCH = 10.0, 18.0


def word(text: str, x: float, top: float, *, bold: bool = False) -> Word:
    return Word(text, x, top, x + 5.0 * len(text), top + SIZE, top + SIZE - 2, SIZE, bold, False, False, 0)


def part(top: float, *rows: tuple[str, str], bold_first: bool = False) -> FoundTable:
    """Return a table of two columns with its first line at `top`."""
    cells = []
    for row, texts in enumerate(rows):
        for column, text in enumerate(texts):
            y = top + PITCH * row
            words = [word(text, (60.0, 160.0)[column], y, bold=bold_first and row == 0)]
            cells.append(FoundCell(row, column, words=words, place=Area(words[0].x0, y, words[0].x1, y + SIZE)))
    area = Area(60.0, top, 300.0, top + PITCH * (len(rows) - 1) + SIZE)
    return FoundTable(FRAME, area, len(rows), 2, cells, edges=(60.0, 160.0), ruled=False)


def line(text: str, top: float) -> tuple[Line, Area]:
    """Return a line, and the fill behind it."""
    return measured([word(text, 60.0, top, bold=True)]), Area(54.0, top - 3, 470.0, top + SIZE + 3)


def test_a_filled_line_between_two_parts_is_a_row_over_all_columns() -> None:
    grid = Grid(part(100.0, ("Code", "Name"), ("08000", "gone"), bold_first=True), Known())
    below = part(100.0 + 3 * PITCH, ("23000", "broken"), ("23001", "torn"))

    assert grid.takes_group(*line("Class23", 100.0 + 2 * PITCH), below)
    assert grid.add(below)

    node = grid.node()
    assert node is not None
    assert [[cell.text for cell in row.children] for row in node.children] == [
        ["Code", "Name"], ["08000", "gone"], ["Class23", "Class23"], ["23000", "broken"], ["23001", "torn"],
    ]  # fmt: skip
    assert [row.header for row in node.children] == [True, False, False, False, False]


@pytest.mark.parametrize(
    ("top", "below"),
    [
        (100.0 + 2 * PITCH, part(100.0 + 3 * PITCH, ("Key", "Value"), ("23001", "torn"), bold_first=True)),
        (100.0 + 2 * PITCH, part(100.0 + 6 * PITCH, ("23000", "broken"), ("23001", "torn"))),
        (100.0 + 4 * PITCH, part(100.0 + 5 * PITCH, ("23000", "broken"), ("23001", "torn"))),
    ],
    ids=["a header of its own", "far above the next part", "far below the part before"],
)
def test_a_line_between_two_tables_stays_what_it_is(top: float, below: FoundTable) -> None:
    grid = Grid(part(100.0, ("Code", "Name"), ("08000", "gone"), bold_first=True), Known())

    assert not grid.takes_group(*line("Class23", top), below)
    assert grid.rows == 2
