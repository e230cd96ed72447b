"""Tables of PDFs: with rules, few rules or none; wrapped and merged cells; over pages; and what is no table."""

from __future__ import annotations

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import LongTable, Table, TableStyle

from tests.ingest.readers.pdf.printed import (
    BOLD,
    GRID,
    SPACE,
    Look,
    drawn,
    headers,
    laid_out,
    lines,
    read,
    rows,
    shape,
    table,
    tables,
    text,
)  # fmt: skip

PARTS = [
    ["Part", "Where it is", "What to do"],
    ["Filter", "Behind the left cover", "Rinse it every week in warm water and let it dry before you put it back"],
    ["Pump", "Below the tank", "Call service"],
    ["Hose", "At the back of the machine, next to the cable", "Replace it after two years"],
]
PLAIN: Look = [("VALIGN", (0, 0), (-1, -1), "TOP")]
MIDDLE: Look = [("VALIGN", (0, 0), (-1, -1), "MIDDLE")]
HEAD_RULE: Look = [*PLAIN, ("LINEBELOW", (0, 0), (-1, 0), 0.7, colors.black)]
ROW_RULES: Look = [*PLAIN, ("LINEBELOW", (0, 0), (-1, -1), 0.5, colors.grey)]
ZEBRA: Look = [*PLAIN, ("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.lightgrey, colors.white])]
BOXES: Look = [
    *PLAIN,
    ("BOX", (0, 0), (-1, -1), 0.5, colors.black),
    ("INNERGRID", (0, 0), (-1, -1), 3, colors.red),
]


@pytest.mark.parametrize("look", [GRID, PLAIN, MIDDLE, HEAD_RULE, ROW_RULES, ZEBRA, BOXES])
def test_wrapped_cells_stay_in_their_rows(look: Look) -> None:
    found = tables(laid_out(text("Parts are listed here."), table(PARTS, look, [60, 130, 150])))

    assert [rows(each) for each in found] == [PARTS]
    assert headers(found[0]) == 1


def test_merged_cells_stand_in_each_of_their_places() -> None:
    data = [
        ["Series", "Model", "Pressure"],
        ["Heron", "H1", "4 bar"],
        ["", "H2", "6 bar"],
        ["All models are tested", "", ""],
    ]
    look: Look = [*GRID, ("SPAN", (0, 1), (0, 2)), ("SPAN", (0, 3), (2, 3))]

    found = tables(laid_out(table(data, look)))[0]

    assert rows(found)[1:] == [["Heron", "H1", "4 bar"], ["Heron", "H2", "6 bar"], ["All models are tested"] * 3]
    first = found.block.children[1].children[0]
    assert (first.rows, first.columns, first.repeated) == (2, 1, False)
    assert found.block.children[2].children[0].repeated


def test_a_header_of_two_lines_is_a_header_of_two_rows() -> None:
    data = [["Model", "Size in mm", ""], ["", "Width", "Height"], ["A1", "10", "20"], ["A2", "12", "24"]]
    bold: Look = [("FONTNAME", (0, 0), (-1, 1), BOLD), ("SPAN", (1, 0), (2, 0)), ("SPAN", (0, 0), (0, 1))]
    found = tables(laid_out(Table(data, style=TableStyle([*GRID, *bold]))))[0]

    assert headers(found) == 2
    assert rows(found) == [["Model", "Size in mm", "Size in mm"], ["Model", "Width", "Height"], *data[2:]]


@pytest.mark.parametrize("look", [GRID, HEAD_RULE, PLAIN])
def test_a_table_over_pages_is_one_table_with_one_header(look: Look) -> None:
    data = [["Code", "Meaning", "Limit"], *[[f"E{n}", f"Sensor {n} is out of range", f"{n} s"] for n in range(1, 81)]]

    found = tables(laid_out(table(data, look)))

    assert [rows(each) for each in found] == [data]
    assert {box.page for box in found[0].boxes} == {1, 2, 3}


def test_boxes_of_cells_are_where_the_cells_are() -> None:
    found = tables(laid_out(table(PARTS, GRID, [60, 130, 150])))[0]

    boxes = [cell.boxes[0] for cell in found.block.children[1].children]

    assert [box.x0 < box.x1 for box in boxes] == [True] * 3
    assert boxes[0].x1 == pytest.approx(boxes[1].x0, abs=0.002)
    assert boxes[0].y0 == boxes[1].y0


def test_keys_and_values_have_a_header_column() -> None:
    def page(canvas: Canvas) -> None:
        for n, (name, value) in enumerate(
            [("Voltage:", "230 V"), ("Power:", "550 W"), ("Weight:", "12.5 kg"), ("Noise:", "60 dB")]
        ):
            canvas.drawString(72, A4[1] - 100 - 18 * n, name)
            canvas.drawString(200, A4[1] - 100 - 18 * n, value)

    found = tables(drawn(page))[0]

    assert rows(found)[0] == ["Voltage:", "230 V"]
    assert headers(found) == 0
    assert [row.children[0].header for row in found.block.children] == [True] * 4


def test_a_table_next_to_a_heading_swallows_nothing() -> None:
    data = laid_out(table(PARTS, PLAIN, [60, 130, 150]), text("Storing the machine", "Heading2"), text("Keep it dry."))

    assert [(kind, words) for kind, words in shape(data) if kind != "table"] == [
        ("heading", "Storing the machine"),
        ("paragraph", "Keep it dry."),
    ]


def test_the_title_of_a_table_is_its_caption() -> None:
    found = tables(
        laid_out(text("Read this first."), text("Table 3. Parts of the machine"), table(PARTS, PLAIN, [60, 130, 150]))
    )[0]

    caption = found.block.children[0]
    assert (caption.kind, found.text[caption.start : caption.end]) == ("caption", "Table 3. Parts of the machine")


def test_a_frame_around_text_is_no_table() -> None:
    def page(canvas: Canvas) -> None:
        canvas.rect(60, 640, 400, 60)
        lines(
            canvas,
            70,
            160,
            ["Warning: the cover is hot and the oil below it too: wait", "for ten minutes before you open it."],
        )

    found = read(drawn(page))

    assert [(each.kind, each.block.label) for each in found] == [("note", "warning")]
    assert (
        found[0].text == "Warning: the cover is hot and the oil below it too: wait for ten minutes before you open it."
    )


def test_code_with_columns_is_code() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont("Courier", 9)
        lines(
            canvas,
            72,
            100,
            ["name        | size", "------------+------", "table_len   |   12", "tuple_count |    3"],
            11,
        )

    found = read(drawn(page))

    assert [each.kind for each in found] == ["code"]
    assert found[0].text.splitlines()[2] == "table_len   |   12"


def test_a_page_that_is_all_one_table_of_many_rows_is_read() -> None:
    data = [["Number", "Name", "Value"], *[[str(n), f"Name {n}", str(n * n)] for n in range(1, 2001)]]
    found = tables(laid_out(SPACE, LongTable(data, style=TableStyle(GRID), repeatRows=1)))

    assert [rows(each) for each in found] == [data]
