"""Workbooks of Excel 97, written record by record: formats, merged cells, hidden rows and sheets."""

from __future__ import annotations

import struct

from tests.ingest import files
from tests.ingest.conftest import Read
from tests.ingest.readers.office import books


def record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data


def name(text: str) -> bytes:
    return struct.pack("<BB", len(text), 0) + text.encode("latin-1")


def number(row: int, column: int, value: float, format_: int = 0) -> bytes:
    return record(0x0203, struct.pack("<3Hd", row, column, format_, value))


def label(row: int, column: int, text: str, format_: int = 0) -> bytes:
    return record(0x0204, struct.pack("<4HB", row, column, format_, len(text), 0) + text.encode("latin-1"))


def hidden_row(row: int) -> bytes:
    return record(0x0208, struct.pack("<8H", row, 0, 5, 255, 0, 0, 0x0020 | 0x0100, 0x0F))


def workbook(formats: list[str], *sheets: tuple[str, bool, bytes], from_1904: bool = False) -> bytes:
    """Return an XLS; a cell's format is its place in `formats` plus 1, 0 is General."""
    begin = record(0x0809, struct.pack("<4H2I", 0x0600, 5, 0, 1997, 0, 0))
    head = record(0x0022, struct.pack("<H", from_1904))
    head += b"".join(
        record(0x0031, struct.pack("<5H4BBB", 220, 0, 0x7FFF, 400, 0, 0, 0, 0, 0, 5, 0) + b"Arial") for _ in "12345"
    )
    for place, code in enumerate(formats):
        head += record(0x041E, struct.pack("<HHB", 164 + place, len(code), 0) + code.encode("latin-1"))
    keys = [0, *(164 + place for place in range(len(formats)))]
    head += b"".join(record(0x00E0, struct.pack("<3H4BIIH", 0, key, 0x0001, 0, 0, 0, 0, 0, 0, 0)) for key in keys)
    bodies = [
        record(0x0809, struct.pack("<4H2I", 0x0600, 0x10, 0, 1997, 0, 0)) + cells + record(0x000A, b"")
        for _, _, cells in sheets
    ]
    size = len(begin + head) + sum(4 + 6 + len(name(title)) for title, _, _ in sheets) + 4
    bound = b""
    for (title, hidden, _), body in zip(sheets, bodies, strict=True):
        bound += record(0x0085, struct.pack("<IBB", size, hidden, 0) + name(title))
        size += len(body)
    return files.ole("Workbook", begin + head + bound + record(0x000A, b"") + b"".join(bodies))


def test_values_of_an_old_workbook_read_as_their_format_shows_them(read: Read) -> None:
    cells = [label(0, 0, "Item"), label(0, 1, "Value")]
    for row, value in enumerate((0.075, 46082.0, 815.0, 1249.5), 1):
        cells += [label(row, 0, f"Item {'abcd'[row - 1]}"), number(row, 1, value, row)]

    parsed = read(
        workbook(["0.0%", "dd\\.mm\\.yyyy", "00000", '#,##0.00 "EUR"'], ("Tariff", False, b"".join(cells))), "a.xls"
    )

    assert books.texts(parsed) == [
        ("table", "Item | Value\nItem a | 7.5%\nItem b | 01.03.2026\nItem c | 00815\nItem d | 1,249.50 EUR"),
    ]
    assert books.cells(parsed)["7.5%"].unit == "%"


def test_hidden_rows_and_sheets_of_an_old_workbook_are_left_out_and_reported(read: Read) -> None:
    shown = [label(0, 0, "Part"), label(0, 1, "Price"), label(1, 0, "Pump"), number(1, 1, 80.0)]
    shown += [label(2, 0, "Secret"), number(2, 1, 1.0), label(3, 0, "Hose"), number(3, 1, 5.0), hidden_row(2)]
    data = workbook([], ("Parts", False, b"".join(shown)), ("Inside", True, label(0, 0, "margin")))

    parsed = read(data, "a.xls")

    assert [element.text for element in parsed.elements] == ["Parts", "Part | Price\nPump | 80\nHose | 5"]
    assert parsed.unseen == {"hidden_row": 1, "hidden_sheet": 1}


def test_dates_of_an_old_workbook_may_count_from_1904(read: Read) -> None:
    cells = label(0, 0, "Day") + number(0, 1, 44620.0, 1)

    assert "2026-03-01" in read(workbook(["yyyy-mm-dd"], ("S", False, cells), from_1904=True), "a.xls").elements[1].text


def test_merged_cells_of_an_old_workbook_keep_every_row_in_its_columns(read: Read) -> None:
    cells = [label(0, 0, "Model"), label(0, 1, "Width"), label(1, 0, "X200"), number(1, 1, 30.0), number(2, 1, 50.0)]
    merged = record(0x00E5, struct.pack("<5H", 1, 1, 2, 0, 0))

    parsed = read(workbook([], ("Sizes", False, b"".join(cells) + merged)), "a.xls")

    assert books.texts(parsed) == [("table", "Model | Width\nX200 | 30\nX200 | 50")]
