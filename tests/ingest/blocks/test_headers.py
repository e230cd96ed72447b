"""Header detection on kinds of tables: what the first rows and columns are follows from the cells below and beside."""

from __future__ import annotations

import pytest

from ingest.blocks.headers import Headers, Look, find_headers, kind_of, looks


def rows(text: str) -> list[list[Look]]:
    return list(looks([line.split("|") for line in text.split("\n")]))


def bold(text: str, *places: tuple[int, int]) -> list[list[Look]]:
    return [
        [Look(cell, bold=(y, x) in places) for x, cell in enumerate(line.split("|"))]
        for y, line in enumerate(text.split("\n"))
    ]


KINDS = {
    "texts above numbers": ("Part|Price\nPump|80\nHose|5", Headers(0, 1, 0)),
    "texts above numbers with units": ("Bolt|Torque\nM8|25 Nm", Headers(0, 1, 0)),
    "texts above texts": ("Step|When|Who\nRinse|daily|Anna\nClean|weekly|Bob", Headers(0, 1, 0)),
    "texts above dates": ("Day|Visits\n01.03.2026|5\n02.03.2026|6", Headers(0, 1, 0)),
    "years": ("Country|2021|2022|2023\nItaly|1.2|3.4|5\nSpain|2|3|4", Headers(0, 1, 0)),
    "years and an empty corner": ("|2021|2022\nItaly|120|340\nSpain|2|3", Headers(0, 1, 1)),
    "dates above texts": ("Room|01.03.2026|02.03.2026\nA|free|taken\nB|taken|free\nC|free|free", Headers(0, 1, 0)),
    "numbers above texts": ("ID|1|2|3\nA|x|y|z\nB|x|z|y\nC|z|z|y", Headers(0, 1, 0)),
    "a total row": ("Item|Qty|Price\nA|1|2\nB|2|3\nTotal|3|5", Headers(0, 1, 0)),
    "a first row without values": ("Part|Weight|Length\nA|n/a|-\nB|2|3\nC|3|4", Headers(0, 1, 0)),
    "units below names": ("Part|Weight|Length\n|kg|mm\nA|1|2\nB|2|3\nC|3|4", Headers(0, 2, 0)),
    "parts of the last name": ("Kind|Done|Results\n||Speed|Time\nA|x|y|z\nB|u|v|w\nC|f|g|h", Headers(0, 2, 0)),
    "codes of one shape": ("Bin|Box\nA-02|B-09\nA-03|B-11\nA-04|B-12", Headers(0, 1, 0)),
    "only codes": ("A-01|B-07\nA-02|B-09\nA-03|B-11\nA-04|B-12", Headers()),
    "only values": ("A-01|12|red\nA-02|7|blue\nA-03|31|red", Headers()),
    "only numbers": ("1|2|3\n4|5|6\n7|8|9", Headers()),
    "values that come again": ("yes|no|yes\nno|yes|no\nyes|yes|no", Headers()),
    "a title": ("Tariff 2026||\nItem|Qty|Price\nA|1|2\nB|2|3", Headers(1, 1, 0)),
    "titles": ("Tariff 2026||\nvalid from March||\nItem|Qty|Price\nA|1|2\nB|2|3", Headers(2, 1, 0)),
    "a name and a value above": ("Source|ERP||||\nItem|a|b|c|d|e\nx|1|2|3|4|5\ny|1|2|3|4|5", Headers(1, 1, 0)),
    "names and values": ("Model|X200\nWeight|12 kg\nDelivered|2026-03-01\nColour|black", Headers(0, 0, 1)),
    "names with colons": ("Model:|X200\nColour:|black", Headers(0, 0, 1)),
    "a sentence in the first row": ("Tab|Moves the focus on.\nEscape|Closes the window.\nF1|Shows help.", Headers()),
    "one row": ("a|b|c", Headers()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_headers_are_found_by_what_the_cells_are(kind: str) -> None:
    text, expected = KINDS[kind]

    assert find_headers(rows(text)) == expected


def test_bold_decides_where_all_cells_are_texts() -> None:
    towns = "Berlin|Germany\nParis|France\nRome|Italy"

    assert find_headers(bold(towns, (0, 0), (0, 1))).rows == 1
    assert find_headers(bold(towns, (0, 0), (1, 0), (2, 0))) == Headers(0, 0, 1)
    assert find_headers(bold(f"X|A\n{towns}", (0, 0), (0, 1), (1, 0), (2, 0), (3, 0))) == Headers(0, 1, 1)


def test_a_plain_first_row_of_texts_is_no_header_where_names_are_formatted() -> None:
    keys = rows("Ctrl+A|Select all texts\nCtrl+X|Cut the selected text\nCtrl+V|Paste")

    assert find_headers(keys).rows == 1
    assert find_headers(keys, styled=True).rows == 0
    assert find_headers(rows("Part|Price\nPump|80\nHose|5"), styled=True).rows == 1


def test_a_merged_cell_above_its_parts_is_a_header_of_two_lines() -> None:
    head = [
        [Look("Part", rows=2), Look("Size", columns=2), Look("", covered=True)],
        [Look("", covered=True), Look("W"), Look("H")],
    ]

    assert find_headers(head + rows("A|1|2\nB|2|3")) == Headers(0, 2, 0)


@pytest.mark.parametrize("text", ["80", "1,249.50 €", "$ 5", "-3.5", "(44)", "7.5%", "12 kg", "1e-5", "20 °C", "1 234"])
def test_numbers_with_signs_and_units_are_numbers(text: str) -> None:
    assert kind_of(text) == "number"


@pytest.mark.parametrize("text", ["2026-03-01", "01.03.2026", "3/1/26", "14:30", "1 March 2026", "1-Mar-26"])
def test_dates_and_times_are_dates(text: str) -> None:
    assert kind_of(text) == "date"


@pytest.mark.parametrize("text", ["Pump", "M8", "A-01", "2 of 3 pumps", "v1.2", "", "kg"])
def test_other_texts_are_texts(text: str) -> None:
    assert kind_of(text) == "text"


def test_ten_thousand_rows_and_empty_ones_are_no_trouble() -> None:
    assert find_headers(rows("Part|Price\n" + "Pump|80\n" * 10_000)).rows == 1
    assert find_headers([]) == find_headers([[]]) == Headers()
