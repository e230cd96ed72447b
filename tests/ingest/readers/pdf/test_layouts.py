"""Tables and columns as other programs than browsers lay them out."""

from collections.abc import Callable

import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from tests.ingest.readers.pdf.printed import (
    BODY,
    BOLD,
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

TIGHT: Look = [
    ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1), ("VALIGN", (0, 0), (-1, -1), "TOP"),
]  # fmt: skip
BOOK: Look = [("LINEABOVE", (0, 0), (-1, 0), 1, colors.black), ("LINEBELOW", (0, 0), (-1, 0), 0.5, colors.black),
              ("LINEBELOW", (0, -1), (-1, -1), 1, colors.black), *TIGHT]  # fmt: skip
UPRIGHT: Look = [("LINEBEFORE", (1, 0), (-1, -1), 0.4, colors.grey), ("LINEBELOW", (0, 0), (-1, 0), 0.8, colors.black)]
ZEBRA: Look = [("ROWBACKGROUNDS", (0, 1), (-1, -1), [colors.whitesmoke, colors.lightblue]),
               ("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey)]  # fmt: skip
ERRORS = [
    ["Code", "Cause", "Remedy"],
    ["E101", "The inlet filter is blocked or the tap is closed.", "Clean the filter and open the tap completely."],
    ["E102", "The door was opened during the cycle.", "Close the door."],
    [
        "E103",
        "No signal from the sensor for more than 30 seconds.",
        "Replace the sensor, then press Reset for a while.",
    ],
    ["E104", "Water level too low", "Fill up to the mark and start the programme again from the beginning."],
]
PRICES = [
    ["Article", "1-9 pieces", "10-49 pieces", "50 and more", "Delivery"],
    *[[f"Part {n}", str(10 * n), f"{n}.50", f"{n}.20", "on request"] for n in range(1, 8)],
]


@pytest.mark.parametrize("look", [TIGHT, BOOK, UPRIGHT, ZEBRA])
def test_wrapped_cells_without_a_grid_stay_in_their_rows(look: Look) -> None:
    [found] = tables(laid_out(text("A text above."), table(ERRORS, look, [60, 160, 160]), text("A text below.")))
    assert rows(found) == ERRORS
    assert headers(found) == 1


@pytest.mark.parametrize("look", [TIGHT, BOOK, UPRIGHT, ZEBRA])
def test_two_tables_and_the_heading_between_them_stay_apart(look: Look) -> None:
    widths = [130, 80, 80, 80, 80]
    title = text("Accessories", "Heading2")
    found = read(laid_out(table(PRICES, look, widths), title, table(PRICES[:5], look, widths)))
    assert [element.kind for element in found] == ["table", "heading", "table"]
    assert [rows(found[0]), rows(found[2])] == [PRICES, PRICES[:5]]


def test_a_row_that_names_the_rows_below_is_as_wide_as_the_table() -> None:
    data = [PRICES[0], ["<b>Assembly A: drive and its parts</b>", "", "", "", ""], *PRICES[1:]]
    look = [*BOOK, ("SPAN", (0, 1), (-1, 1))]
    [found] = tables(laid_out(table(data, look, [130, 80, 80, 80, 80])))
    assert headers(found) == 1
    assert rows(found)[:3] == [PRICES[0], ["Assembly A: drive and its parts"] * 5, PRICES[1]]


def test_tables_in_two_columns_of_a_page_are_read_one_after_another() -> None:
    def page(canvas: Canvas) -> None:
        for left, name, y in ((50, "A", 80), (320, "B", 85)):
            lines(canvas, left, y, ["The unit must stand on a level", "surface, and its cover must be", "closed."])
            canvas.setFont(BOLD, 10)
            for x, head in ((0, "Article"), (90, "Pieces"), (160, "Price")):
                lines(canvas, left + x, y + 45, [head])
            canvas.setFont(BODY, 10)
            for row in range(12):
                for x, cell in ((0, f"Part {name}{row}"), (90, str(row)), (160, f"{row}.50")):
                    lines(canvas, left + x, y + 61 + 16 * row, [cell])

    first, second = tables(drawn(page))
    assert rows(first)[1:3] == [["Part A0", "0", "0.50"], ["Part A1", "1", "1.50"]]
    assert rows(second)[12] == ["Part B11", "11", "11.50"]


def test_a_large_mark_does_not_join_two_lines() -> None:
    def page(canvas: Canvas) -> None:
        canvas.setFont(BODY, 12)
        lines(canvas, 50, 84, ["1.", "2."], 24)
        canvas.setFont(BODY, 7.5)
        lines(canvas, 68, 80, ["Turn the four screws at the rear", "a quarter turn to the left."], 9)
        lines(canvas, 68, 104, ["Pull the cover towards you."])

    found = "".join(words for _, words in shape(drawn(page)))
    assert "1. Turn the four screws at the rear a quarter turn to the left." in found


def test_a_line_in_italics_is_no_part_of_the_paragraph_above() -> None:
    def page(canvas: Canvas) -> None:
        y = lines(
            canvas, 50, 80, ["The allowance is paid for each day away from the place of work, and it is", "taxed."]
        )
        canvas.setFont("Helvetica-Oblique", 10)
        lines(canvas, 50, y, ["Daily allowances and hotel limits"])

    assert [words for _, words in shape(drawn(page))][-1] == "Daily allowances and hotel limits"


def test_a_footnote_below_its_paragraph_is_no_part_of_it() -> None:
    mark = "<super>1</super>"
    found = read(
        laid_out(text(f"The area is 4 m{mark} in all countries.<br/>{mark} Only with the wide frame.", "BodyText"))
    )
    assert [element.text for element in found][-1].endswith("Only with the wide frame.")
    assert len(found) == 2


def test_rules_below_keys_alone_do_not_join_their_values() -> None:
    data = [["Supply voltage", "24 V DC"], ["Current", "1.5 A"], ["Weight", "2.4 kg"], ["Class", "IP 65"]]
    look: Look = [("LINEBELOW", (0, 0), (0, -1), 1, colors.black)]
    [found] = tables(laid_out(text("Technical data of the unit in its usual form."), table(data, look, [120, 200])))
    assert rows(found) == data


def test_vertical_rules_drawn_row_by_row_part_the_rows() -> None:
    def page(canvas: Canvas) -> None:
        for number, row in enumerate(ERRORS[:4]):
            top = 80 + 30 * number
            canvas.setFont(BODY if number else BOLD, 10)
            for x, cell in zip((50, 100, 300), row, strict=True):
                lines(canvas, x + 4, top + 12, [cell[:30].strip(), cell[30:].strip()] if cell[30:] else [cell], 15)
                if x > 50:
                    canvas.line(x, A4[1] - top, x, A4[1] - top - 30)
        canvas.line(50, A4[1] - 110, 500, A4[1] - 110)

    [found] = tables(drawn(page))
    assert [row[0] for row in rows(found)] == ["Code", "E101", "E102", "E103"]


def test_rows_of_a_table_that_fills_its_pages_are_no_running_heads() -> None:
    def page(number: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.setFont(BODY, 7)
            for row in range(64):
                for x, cell in ((50, str(64 * number + row)), (120, f"Part {row}"), (300, f"{row}.50")):
                    lines(canvas, x, 42 + 12 * row, [cell])

        return draw

    [found] = tables(drawn(*(page(number) for number in range(4))))
    assert [row[0] for row in rows(found)] == [str(number) for number in range(256)]
