"""Tables that were drawn with text boxes on slides: each value is in its row and column, however they were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from pptx.enum.shapes import MSO_CONNECTOR
from pptx.util import Inches

from tests.ingest.conftest import Read
from tests.ingest.readers.kinds.rows import rows, tables, value
from tests.ingest.readers.office.test_slides import box, show
from tests.ingest.readers.shape import shape

MODELS = (
    ("", "Kestrel 20", "Kestrel 40", "Kestrel 60"), ("Power", "900 W", "1400 W", "2100 W"),
    ("Tank", "3 l", "5 l", "8 l"), ("Weight", "6.1 kg", "9.2 kg", "12.8 kg"),
)  # fmt: skip
NOISE = (("Model", "Noise", "Warranty"), ("K20", "58 dB", "12 months"), ("K40", "", "24 months"), ("K60", "66 dB", "–"))
TILES = (("Pumps", "Valves"), ("Filters", "Hoses"), ("Tanks", "Seals"))
Drawn = list[tuple[int, int, str]]


def cells(grid: Sequence[Sequence[str]]) -> Drawn:
    return [(y, x, text) for y, line in enumerate(grid) for x, text in enumerate(line) if text]


def draw(slide: Any, drawn: Drawn, heights: Sequence[float] = (0.5,) * 4) -> None:
    tops = [1 + sum(heights[:y]) + 0.2 * y for y in range(len(heights))]
    for y, x, text in drawn:
        box(slide, text, 0.5 + 2.3 * x, tops[y], 2, heights[y])


def test_boxes_in_rows_and_columns_are_a_table(read: Read) -> None:
    (table,) = read(show(lambda slide: draw(slide, cells(MODELS))), "a.pptx").elements

    assert rows(table) == [list(line) for line in MODELS]
    assert [row.header for row in table.block.children] == [True, False, False, False]
    assert value(table, "Kestrel 40", "Tank") == "5 l"


def test_the_order_of_drawing_and_an_empty_place_move_nothing(read: Read) -> None:
    drawn = sorted(cells(NOISE), key=lambda cell: (cell[1] != 2, -cell[0], cell[1]))

    def fill(slide: Any) -> None:
        draw(slide, drawn)
        box(slide, "Measured at one metre, with the lid closed and an empty tank.", 0.5, 5, 7)

    table, note = read(show(fill), "a.pptx").elements

    assert value(table, "Noise", "K60") == "66 dB"
    assert (value(table, "Noise", "K40"), value(table, "Warranty", "K40")) == ("", "24 months")
    assert note.text.startswith("Measured")


def test_a_group_of_boxes_is_a_table_too(read: Read) -> None:
    def fill(slide: Any) -> None:
        draw(slide, cells(NOISE))
        slide.shapes.add_group_shape(list(slide.shapes))

    assert tables(read(show(fill), "a.pptx").elements) == [[list(line) for line in NOISE]]


@pytest.mark.parametrize(
    ("grid", "heights"),
    [
        (TILES, (0.5, 0.5, 0.5)),
        ((("Starter", "Team"), ("9 €", "29 €"), ("5 users", "50 users")), (0.4, 0.8, 1.6)),
        (MODELS[1:3], (0.5, 0.5)),
    ],
)
def test_tiles_cards_and_two_lines_of_boxes_are_no_table(
    read: Read, grid: Sequence[Sequence[str]], heights: Sequence[float]
) -> None:
    parsed = read(show(lambda slide: draw(slide, cells(grid), heights)), "a.pptx")

    assert {kind for kind, _ in shape(parsed)} == {"paragraph"}


def test_boxes_that_lines_connect_are_a_chart_and_no_table(read: Read) -> None:
    def fill(slide: Any) -> None:
        draw(slide, cells(NOISE))
        first, second = list(slide.shapes)[:2]
        line = slide.shapes.add_connector(MSO_CONNECTOR.STRAIGHT, Inches(1), Inches(1), Inches(2), Inches(2))
        line.begin_connect(first, 0)
        line.end_connect(second, 0)

    assert tables(read(show(fill), "a.pptx").elements) == []
