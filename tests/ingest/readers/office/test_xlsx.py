"""Workbooks: cells as Excel shows them, formulas, links, hidden lines, charts and text boxes."""

from __future__ import annotations

import time
from datetime import date, datetime
from typing import Any

import pytest

from tests.ingest.conftest import Read
from tests.ingest.readers.office import books


def formatted(*cells: tuple[object, str], **options: object) -> bytes:
    """Return a workbook with a name and a formatted value in each row."""

    def fill(made: Any, sheet: Any) -> None:
        for row, (value, code) in enumerate(cells):
            sheet.write(row, 0, f"value {chr(97 + row)}")
            sheet.write(row, 1, value, made.add_format({"num_format": code}))

    return books.book(fill, **options)


def test_values_read_as_their_format_shows_them(read: Read) -> None:
    data = formatted(
        (0.075, "0.0%"), (date(2026, 3, 1), "dd.mm.yyyy"), (815, "00000"), (1249.5, '#,##0.00 "EUR"'), (1.25, "# ?/?"),
        (1.5, "[h]:mm"), (-5, "#,##0;[Red]-#,##0"), (True, "General"),
    )  # fmt: skip

    ((_, text),) = books.texts(read(data, "a.xlsx"))

    assert [line.split(" | ")[1] for line in text.split("\n")] == [
        "7.5%", "01.03.2026", "00815", "1,249.50 EUR", "1 1/4", "36:00", "-5", "TRUE",
    ]  # fmt: skip


def test_cells_have_the_type_and_the_unit_of_their_format(read: Read) -> None:
    parsed = read(formatted((0.075, "0.0%"), (date(2026, 3, 1), "yyyy-mm-dd"), (5, '0 "kg"'), ("x", "@")), "a.xlsx")

    found = books.cells(parsed)
    assert [(found[t].type, found[t].unit) for t in ("7.5%", "2026-03-01", "5 kg", "x")] == [
        ("number", "%"), ("date", None), ("number", "kg"), ("text", None),
    ]  # fmt: skip


def test_dates_count_from_1904_where_the_workbook_says_so(read: Read) -> None:
    data = formatted((datetime(2026, 3, 1), "yyyy-mm-dd"), date_1904=True)

    assert "2026-03-01" in read(data, "a.xlsx").elements[1].text


def test_a_date_in_the_format_of_each_country_is_written_in_the_international_one(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Due", "Day"])
        sheet.write_datetime(1, 1, datetime(2026, 3, 1), made.add_format({"num_format": 14}))

    assert "2026-03-01" in read(books.book(fill), "a.xlsx").elements[1].text


def test_a_formula_reads_as_its_stored_value_and_one_without_is_a_warning(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Part", "Price"])
        sheet.write_row(1, 0, ["Pump", 80])
        sheet.write(2, 0, "Total")
        sheet.write_formula(2, 1, "=SUM(B2:B2)", None, 80)
        sheet.write(3, 0, "Tax")
        sheet.write_formula(3, 1, "=B3*0.19", None, 4711)

    data = books.without(books.book(fill), "xl/worksheets/sheet1.xml", b"<v>4711</v>", b"")
    parsed = read(data, "a.xlsx")

    assert books.texts(parsed) == [("table", "Part | Price\nPump | 80\nTotal | 80\nTax")]
    assert books.cells(parsed)["80"].type == "formula"
    assert any("1 formulas without a stored value (Sheet1)" in warning for warning in parsed.warnings)
    assert parsed.account is not None
    assert [(left.reason, left.example) for left in parsed.account.left_out] == [("formula", "B3*0.19")]


def test_links_show_their_target_unless_the_cell_is_that(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_url(0, 0, "https://example.com/manual", string="Manual")
        sheet.write_url(1, 0, "https://example.com/parts")
        sheet.write_formula(2, 0, '=HYPERLINK("https://example.com/care","Care")', None, "Care")

    parsed = read(books.book(fill), "a.xlsx")

    assert [text for _, text in books.texts(parsed)] == [
        "Manual (https://example.com/manual)", "https://example.com/parts", "Care (https://example.com/care)",
    ]  # fmt: skip


def test_struck_text_is_left_out_and_raised_digits_stay_raised(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        struck, raised = made.add_format({"font_strikeout": True}), made.add_format({"font_script": 1})
        sheet.write_rich_string(0, 0, "Fee ", struck, "25 EUR", " 15 EUR")
        sheet.write(2, 0, "Old price", struck)
        sheet.write_rich_string(4, 0, "Up to 10", raised, "6", " cells")

    parsed = read(books.book(fill), "a.xlsx")

    assert [text for _, text in books.texts(parsed)] == ["Fee 15 EUR", "Up to 10⁶ cells"]


def test_merged_cells_keep_every_row_in_its_columns(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.merge_range("A1:A2", "Model")
        sheet.merge_range("B1:C1", "Size")
        sheet.write_row("B2", ["Width", "Height"])
        sheet.merge_range("A3:A4", "X200")
        sheet.write_row("B3", [30, 40])
        sheet.write_row("B4", [50, 60])

    parsed = read(books.book(fill), "a.xlsx")

    assert books.tables(parsed) == [
        (2, 0, "Model | Size | Size\nModel | Width | Height\nX200 | 30 | 40\nX200 | 50 | 60")
    ]


def test_hidden_rows_and_columns_do_not_part_a_table_or_move_merged_cells(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        for row, line in enumerate([["Part", "Cost", "Price", "Note"], ["Pump", 1, 2, "x"], ["Secret", 3, 4, "y"]]):
            sheet.write_row(row, 0, line)
        sheet.write_row(3, 0, ["Hose", 5, 6, "z"])
        sheet.merge_range("D4:D5", "spare")
        sheet.write_row(4, 0, ["Belt", 7, 8])
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_column(1, 1, None, None, {"hidden": True})

    parsed = read(books.book(fill), "a.xlsx")

    assert books.texts(parsed) == [
        ("table", "Part | Price | Note\nPump | 2 | x\nHose | 6 | spare\nBelt | 8 | spare"),
    ]
    assert parsed.unseen == {"hidden_row": 1, "hidden_column": 1}


def test_a_chart_of_cells_on_the_sheet_gives_its_title_and_no_copy(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Quarter", "Uptime"])
        sheet.write_row(1, 0, ["Q1", 99.95])
        sheet.write_row(2, 0, ["Q2", 99.81])
        chart = made.add_chart({"type": "column"})
        chart.add_series({"categories": "=Sheet1!$A$2:$A$3", "values": "=Sheet1!$B$2:$B$3"})
        chart.set_title({"name": "Uptime of the year"})
        sheet.insert_chart("A6", chart)

    parsed = read(books.book(fill), "a.xlsx")

    assert books.texts(parsed) == [
        ("table", "Quarter | Uptime\nQ1 | 99.95\nQ2 | 99.81"), ("figure", "Uptime of the year"),
    ]  # fmt: skip


def test_a_chart_of_a_hidden_sheet_keeps_the_values_that_it_shows(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write(0, 0, "See the chart.")
        data = made.add_worksheet("Data")
        data.hide()
        data.write_row(0, 0, ["Quarter", "Uptime"])
        data.write_row(1, 0, ["Q1", 99.95])
        data.write_row(2, 0, ["Q2", 99.81])
        chart = made.add_chart({"type": "line"})
        chart.add_series({"name": "=Data!$B$1", "categories": "=Data!$A$2:$A$3", "values": "=Data!$B$2:$B$3"})
        chart.set_x_axis({"name": "Quarter"})
        sheet.insert_chart("A6", chart)

    parsed = read(books.book(fill), "a.xlsx")

    assert books.texts(parsed)[-1] == ("figure", "Quarter | Uptime\nQ1 | 99.95\nQ2 | 99.81")


def test_text_boxes_stand_where_they_begin_and_comments_are_left_out(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Part", "Price"])
        sheet.write_row(1, 0, ["Pump", 80])
        sheet.insert_textbox("A4", "Prices without tax.")
        sheet.write_row(19, 0, ["Town", "Depot"])
        sheet.write_row(20, 0, ["Rome", "North"])
        sheet.write_comment("A2", "Ask Ann.")

    parsed = read(books.book(fill), "a.xlsx")

    assert [kind for kind, _ in books.texts(parsed)] == ["table", "paragraph", "table"]
    assert books.texts(parsed)[1] == ("paragraph", "Prices without tax.")
    assert parsed.account is not None
    assert [left.reason for left in parsed.account.left_out] == ["comment"]


def test_errors_and_texts_that_look_like_numbers_stay_as_they_are(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["Code", "Share"])
        sheet.write_string(1, 0, "00815")
        sheet.write_formula(1, 1, "=1/0", None, "#DIV/0!")
        sheet.write_string(2, 0, "1e5")
        sheet.write(2, 1, 9783161484100)

    assert books.texts(read(books.book(fill), "a.xlsx")) == [
        ("table", "Code | Share\n00815 | #DIV/0!\n1e5 | 9783161484100"),
    ]


def test_ten_thousand_rows_are_read_in_time(read: Read) -> None:
    data = books.rows(["Part", "Price", "Date"], *(["Part", n, n * 1.5] for n in range(10_000)))
    start = time.monotonic()

    parsed = read(data, "a.xlsx")

    assert books.tables(parsed)[0][0] == 1
    assert parsed.elements[1].text.count("\n") == 10_000
    assert time.monotonic() - start < 30


def test_two_hundred_sheets_are_pages_under_their_names(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write(0, 0, "First")
        for number in range(2, 201):
            made.add_worksheet(f"Store {number}").write(0, 0, f"Stock of store {number}")

    parsed = read(books.book(fill), "a.xlsx")

    assert parsed.pages == 200
    assert [(e.page, e.text) for e in parsed.elements[-2:]] == [(200, "Store 200"), (200, "Stock of store 200")]


@pytest.mark.parametrize("place", ["A1:XFD1", "A1:A1048576"])
def test_a_cell_merged_over_the_whole_sheet_is_read_once(read: Read, place: str) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.merge_range(place, "Tariff")
        sheet.write("C5", 7)

    assert "Tariff" in " ".join(text for _, text in books.texts(read(books.book(fill), "a.xlsx")))
