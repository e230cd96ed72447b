"""CSV, JSON and XML: tables and records; hostile nesting and entities are rejected."""

from __future__ import annotations

import pytest

from core.errors import DocumentRejected
from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.shape import shape


def test_the_delimiter_of_a_table_is_detected(read: Read) -> None:
    assert shape(read(b'a;b\n1,5;"x;y"\n', "a.csv")) == [("table", "a | b\n1,5 | x;y")]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_quoted_cell_may_hold_the_delimiter_and_a_line_end(read: Read, mark: str) -> None:
    data = mark.join(["Part", "Note"]) + "\n" + mark.join(["Pump", f'"one{mark}two\nthree"']) + "\n"

    assert shape(read(data.encode(), "a.csv")) == [("table", f"Part | Note\nPump | one{mark} two three".replace(
        f"{mark} two", f"{mark}two").replace("\t", " "))]  # fmt: skip


def test_titles_above_and_notes_below_a_csv_table_are_no_rows_of_it(read: Read) -> None:
    data = "Stock of March\n\nPart,Qty,Price\nPump,1,80\nHose,2,5\nAll prices are in EUR without tax.\n"

    assert shape(read(data.encode(), "a.csv")) == [
        ("paragraph", "Stock of March"), ("table", "Part | Qty | Price\nPump | 1 | 80\nHose | 2 | 5"),
        ("paragraph", "All prices are in EUR without tax."),
    ]  # fmt: skip


def test_the_header_of_a_csv_is_marked_and_a_csv_without_one_has_none(read: Read) -> None:
    with_header, without = read(b"Part,Price\nPump,80\nHose,5\n", "a.csv"), read(b"A-01,12\nA-02,7\n", "a.csv")

    assert [row.header for row in with_header.elements[0].block.children] == [True, False, False]
    assert [row.header for row in without.elements[0].block.children] == [False, False]
    assert with_header.elements[0].block.children[1].children[1].type == "number"


def test_a_csv_may_have_a_mark_of_its_bytes_ragged_rows_and_empty_lines(read: Read) -> None:
    data = "\ufeffPart;Price;Note\n\nPump;80;x\nHose;5\n\n\nBelt;7;y;more\n".encode()

    assert "".join(text + "\n" for _, text in shape(read(data, "a.csv"))) == (
        "Part | Price | Note\nPump | 80 | x\nHose | 5\nBelt | 7 | y | more\n"
    )


def test_the_line_in_which_excel_names_the_delimiter_is_no_row(read: Read) -> None:
    assert shape(read(b"sep=;\nPart;Price, EUR\nPump;8,50\n", "a.csv")) == [("table", "Part | Price, EUR\nPump | 8,50")]


def test_a_csv_of_ten_thousand_rows_is_one_table(read: Read) -> None:
    parsed = read(b"Part,Price\n" + b"Pump,80\n" * 10_000, "a.csv")

    assert len(parsed.elements) == 1
    assert parsed.elements[0].text.count("\n") == 10_000


def test_each_value_of_a_record_keeps_its_name(read: Read) -> None:
    parsed = read(b'[{"question": "Why?", "meta": {"lang": "en"}}, {"question": "How?"}]', "a.json")

    assert shape(parsed) == [("paragraph", "question: Why?\nmeta.lang: en"), ("paragraph", "question: How?")]


def test_json_nested_too_deep_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="nested"):
        read(b"[" * 100_000 + b"]" * 100_000, "a.json")


def test_an_xml_bomb_is_rejected(read: Read) -> None:
    with pytest.raises(DocumentRejected, match="entities"):
        read(files.xml_bomb(), "a.xml")
