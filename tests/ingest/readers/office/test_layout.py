"""Sheets with more than one table, titles, notes, spacers, and what the file itself treats as headers."""

from __future__ import annotations

from typing import Any

from tests.ingest.conftest import Read
from tests.ingest.readers.office import books

PARTS: list[list[object]] = [["Part", "Qty", "Price"], ["Pump", 1, 80], ["Hose", 2, 5]]
TABLE = "Part | Qty | Price\nPump | 1 | 80\nHose | 2 | 5"


def test_tables_below_one_another_are_tables_of_their_own(read: Read) -> None:
    data = books.rows(*PARTS, [None], ["Town", "Depot"], ["Rome", "North"], ["Bonn", "South"])

    assert books.texts(read(data, "a.xlsx")) == [
        ("table", TABLE),
        ("table", "Town | Depot\nRome | North\nBonn | South"),
    ]


def test_tables_beside_one_another_are_tables_of_their_own(read: Read) -> None:
    town = (["Town", "Depot"], ["Rome", "North"], ["Bonn", "South"])
    lines: list[list[object]] = [[*left, None, *right] for left, right in zip(PARTS, town, strict=True)]
    data = books.rows(*lines)

    assert books.texts(read(data, "a.xlsx")) == [
        ("table", TABLE),
        ("table", "Town | Depot\nRome | North\nBonn | South"),
    ]


def test_one_title_above_a_table_is_its_caption_and_a_text_below_a_note(read: Read) -> None:
    data = books.rows(["Spare parts 2026"], *PARTS, ["Prices are in EUR without tax and freight."])

    parsed = read(data, "a.xlsx")

    assert books.texts(parsed) == [
        ("table", f"Spare parts 2026\n{TABLE}"), ("paragraph", "Prices are in EUR without tax and freight."),
    ]  # fmt: skip
    assert [block.kind for block in parsed.elements[1].block.children][:2] == ["caption", "row"]
    assert books.tables(parsed)[0][:2] == (1, 0)


def test_several_title_rows_are_a_heading_and_its_text(read: Read) -> None:
    data = books.rows(["Spare parts 2026"], ["valid from 1 March"], *PARTS, bold=[0])

    assert books.texts(read(data, "a.xlsx")) == [
        ("heading", "Spare parts 2026"), ("paragraph", "valid from 1 March"), ("table", TABLE),
    ]  # fmt: skip


def test_a_table_goes_on_below_an_empty_row_and_beside_an_empty_column(read: Read) -> None:
    below = books.rows(*PARTS, ["Belt", 3, 7], [None], ["Total", 6, 92])
    beside = books.rows(["Part", "Qty", None, "Price"], ["Pump", 1, None, 80], ["Hose", 2, None, 5])

    assert books.texts(read(below, "a.xlsx")) == [("table", f"{TABLE}\nBelt | 3 | 7\nTotal | 6 | 92")]
    assert books.texts(read(beside, "a.xlsx")) == [("table", TABLE)]


def test_a_thin_empty_row_below_the_header_separates_nothing(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        for row, line in zip((0, 2, 3), PARTS, strict=True):
            sheet.write_row(row, 0, line)
        sheet.set_row(1, 4)

    assert books.tables(read(books.book(fill), "a.xlsx")) == [(1, 0, TABLE)]


def test_a_declared_table_has_the_header_that_it_declares(read: Read) -> None:
    def fill(made: Any, sheet: Any) -> None:
        sheet.write(0, 0, "Codes")
        sheet.add_table("A3:B5", {"columns": [{"header": "7"}, {"header": "8"}], "data": [[1, 2], [3, 4]]})

    parsed = read(books.book(fill), "a.xlsx")

    assert books.texts(parsed)[0] == ("paragraph", "Codes")
    assert books.tables(parsed) == [(1, 0, "7 | 8\n1 | 2\n3 | 4")]


def test_frozen_repeated_and_filtered_rows_are_headers(read: Read) -> None:
    def frozen(made: Any, sheet: Any) -> None:
        sheet.freeze_panes(1, 1)

    def repeated(made: Any, sheet: Any) -> None:
        sheet.repeat_rows(0)

    def filtered(made: Any, sheet: Any) -> None:
        sheet.autofilter("A1:C3")

    for hint in (frozen, repeated, filtered):

        def fill(made: Any, sheet: Any, hint: Any = hint) -> None:
            for row, line in enumerate(([1, 2, 3], [4, 5, 6], [7, 8, 9])):
                sheet.write_row(row, 0, line)
            hint(made, sheet)

        rows, columns, _ = books.tables(read(books.book(fill), "a.xlsx"))[0]
        assert (rows, columns) == (1, 1 if hint is frozen else 0)


def test_years_are_a_header_and_a_list_of_names_and_values_has_a_header_column(read: Read) -> None:
    years = books.rows(["Country", 2024, 2025], ["Italy", 12.5, 13.5], ["Spain", 7.5, 8.5])
    sheet = books.rows(["Model", "X200"], ["Weight", "12 kg"], ["Delivered", "2026-03-01"], ["Colour", "black"])

    assert books.tables(read(years, "a.xlsx"))[0][:2] == (1, 0)
    assert books.tables(read(sheet, "a.xlsx"))[0][:2] == (0, 1)


def test_a_sheet_of_text_is_text(read: Read) -> None:
    data = books.rows(["Care"], ["Rinse the tank daily."], ["1. Open the lid."], ["2. Pour."], bold=[0])

    assert books.texts(read(data, "a.xlsx")) == [
        ("heading", "Care"), ("paragraph", "Rinse the tank daily."), ("list", "1. Open the lid.\n2. Pour."),
    ]  # fmt: skip


def test_right_to_left_text_keeps_its_order(read: Read) -> None:
    data = books.rows(["القطعة", "السعر"], ["مضخة", 80], ["خرطوم", 5])

    assert books.tables(read(data, "a.xlsx")) == [(1, 0, "القطعة | السعر\nمضخة | 80\nخرطوم | 5")]


def test_a_chessboard_of_cells_is_read_whole(read: Read) -> None:
    data = books.rows(*([f"c{r}x{c}" if (r + c) % 2 else None for c in range(40)] for r in range(40)))

    text = " ".join(text for _, text in books.texts(read(data, "a.xlsx")))

    assert sorted(text.replace("|", " ").split()) == sorted(
        f"c{r}x{c}" for r in range(40) for c in range(40) if (r + c) % 2
    )
