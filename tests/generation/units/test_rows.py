"""Tables: the cell that was asked for with the names of its row and column, and no other row."""

from __future__ import annotations

import pytest

from core.types import Answer
from tests.generation.doubles import passage
from tests.generation.library import document
from tests.generation.units.asked import answer
from tests.ingest.files import word

DATA = """# Pumps

Some words about pumps.

| Model | Weight (kg) | Power (W) | Price |
|---|---|---|---|
| Hydra 10 | 9.2 | 550 | 100 |
| Hydra 20 | 14 | 750 | 200 |
| Hydra 30 | 18 | 900 | |
| Hydra 40 | 27.3 | 1500 | 400 |

These codes exist:

| Code | Meaning | Remedy |
|---|---|---|
| E-46 | Lid open | Close the lid |
| E-47 | Dry \\| running | Fill the chamber |

| Property | X200 | X300 |
|---|---|---|
| Fuse (A) | 5 | 8 |
| Weight (kg) | 9 | 11 |
"""
MERGED = """<h1>Power</h1><p>Text.</p><table>
<tr><th rowspan=2>Model</th><th colspan=2>Power</th></tr><tr><th>in (W)</th><th>out (W)</th></tr>
<tr><td rowspan=2>Hydra 10</td><td>5</td><td>6</td></tr><tr><td>7</td><td>8</td></tr></table>"""
BARE = """<h1>Fuses</h1><p>The fuses are:</p>
<table><tr><td>X200</td><td>5 A</td></tr><tr><td>X300</td><td>8 A</td></tr></table>"""


def only_text(made: Answer) -> str:
    """Return the text of an answer that is one table."""
    (unit,) = made.units
    assert unit.kind == "table"
    return unit.text


@pytest.mark.parametrize(
    ("chosen", "text"),
    [
        ("Weight (kg): 27.3", "Hydra 40, Weight (kg): 27.3 [1]"),
        ("Remedy: Fill", "E-47, Remedy: Fill the chamber [1]"),
        ("X300: 8", "Fuse (A), X300: 8 [1]"),
        ("Meaning: Dry", "E-47, Meaning: Dry | running [1]"),
    ],
)
def test_a_cell_is_said_with_the_names_of_its_row_and_its_column(chosen: str, text: str) -> None:
    assert only_text(answer(DATA, {chosen: 2.0})) == text


def test_a_cell_is_cited_at_its_own_place() -> None:
    made = answer(DATA, {"Weight (kg): 27.3": 2.0})
    assert [each.quote for each in made.citations] == ["27.3"]
    (row,) = made.units[0].table
    assert (row.name, [(cell.column, cell.text, cell.cite) for cell in row.cells]) == (
        "Hydra 40",
        [("Model", "Hydra 40", None), ("Weight (kg)", "27.3", 1)],
    )


def test_the_name_of_a_row_brings_what_stands_beside_it() -> None:
    made = answer(DATA, {"E-47": 2.0})
    assert only_text(made) == "E-47 – Meaning: Dry | running; Remedy: Fill the chamber [1]"
    assert made.citations[0].quote == "E-47 | Dry | running | Fill the chamber"


def test_a_name_is_found_by_its_value() -> None:
    text = only_text(answer(DATA, {"Model: Hydra 20": 2.0}, "Which model weighs 14 kg?"))
    assert text == "Hydra 20 [1], Weight (kg): 14 [2]"


def test_two_rows_are_two_lines_and_no_other_row() -> None:
    assert only_text(answer(DATA, {"(kg): 9.2": 2.0, "(kg): 18": 1.9})) == (
        "- Hydra 10, Weight (kg): 9.2 [1]\n- Hydra 30, Weight (kg): 18 [2]"
    )


def test_several_rows_are_a_markdown_table() -> None:
    assert only_text(answer(DATA, {"(kg): 9.2": 2.0, "(kg): 18": 1.9, "(kg): 27": 1.9})) == (
        "| Model | Weight (kg) |\n| --- | --- |\n| Hydra 10 | 9.2 [1] |\n| Hydra 30 | 18 [2] |\n| Hydra 40 | 27.3 [3] |"
    )


def test_a_bar_in_a_cell_does_not_begin_another_cell() -> None:
    source = "# T\n\nText.\n\n| Key | Use |\n|---|---|\n| a | x\\|y |\n| b | z |\n| c | w |\n"
    text = only_text(answer(source, {"Use: ": 1.0}))
    assert "| a | x\\|y [1] |" in text


def test_the_name_of_a_column_brings_it_for_every_row() -> None:
    text = only_text(answer(DATA, {"Price": 2.0}, "What do the pumps cost?"))
    assert text.split("\n")[0] == "| Model | Price |"
    assert text.split("\n")[2:] == ["| Hydra 10 | 100 [1] |", "| Hydra 20 | 200 [2] |", "| Hydra 40 | 400 [3] |"]


def test_a_sentence_that_ends_in_a_colon_brings_its_table() -> None:
    made = answer(DATA, {"These codes exist": 2.0})
    assert made.text == (
        "“These codes exist:” [1]\n\n"
        "- E-46 – Meaning: Lid open; Remedy: Close the lid [2]\n"
        "- E-47 – Meaning: Dry | running; Remedy: Fill the chamber [3]"
    )


def test_a_merged_name_and_two_rows_of_names_belong_to_every_cell_below() -> None:
    assert only_text(answer(document(MERGED, "t.html"), {": 7": 2.0})) == "Hydra 10, Power in (W): 7 [1]"


def test_a_table_without_names_is_said_by_its_rows() -> None:
    assert only_text(answer(document(BARE, "t.html"), {"8 A": 2.0})) == "X300: 8 A [1]"
    assert answer(document(BARE, "t.html"), {"The fuses": 2.0}).text.endswith("- X200: 5 A [2]\n- X300: 8 A [3]")


def test_a_table_in_an_item_is_a_table() -> None:
    source = "# T\n\n- Fuses:\n\n  | Model | Fuse (A) |\n  |---|---|\n  | X200 | 5 |\n  | X300 | 8 |\n- More.\n"
    assert only_text(answer(source, {"Fuse (A): 8": 2.0})) == "X300, Fuse (A): 8 [1]"


def test_a_row_of_a_long_table_has_the_names_of_the_columns() -> None:
    rows = "".join(f"| E-{number} | The sensor {number} of the pump does not answer |\n" for number in range(1, 90))
    source = f"# Codes\n\n| Code | Meaning |\n|---|---|\n{rows}"
    assert only_text(answer(source, {"sensor 71 ": 2.0}, "What does E-71 mean?")) == (
        "E-71, Meaning: The sensor 71 of the pump does not answer [1]"
    )


def test_a_row_without_blocks_is_quoted_whole_and_is_no_other_models_row() -> None:
    page = passage("Model | Weight | Width\nX20 | 14.5 kg | 112 cm\nX30 | 18 kg | 130 cm", title="Data")
    made = answer([page], {"kg": 2.0}, "How heavy is the X20?")
    assert made.text == "“X20 | 14.5 kg | 112 cm” [1]"


def test_a_row_of_a_word_table_is_said_with_its_names() -> None:
    data = word([("Normal", "Text.")], [["Model", "Fuse (A)"], ["X200", "5"], ["X300", "8"]])
    assert only_text(answer(document(data, "t.docx"), {"X300": 2.0, ": 8": 2.0})) == "X300 [1], Fuse (A): 8 [2]"


ROWS = [f"| Seal {n} | {'Heron' if n in {2, 28} else 'Stork'} {n} | {'rubber and steel ' * 4} |" for n in range(30)]
ROW_LINES = "\n".join(ROWS)
LONG = f"""# Parts

## Seals

| Part | Fits | Note |
|---|---|---|
{ROW_LINES}

## Rings

| Part | Fits | Note |
|---|---|---|
| Ring 1 | Heron 9 | none |
"""


def test_rows_of_a_table_that_was_cut_between_passages_come_together_in_their_order() -> None:
    assert len(document(LONG)) > 3
    made = answer(LONG, {"Fits: Heron 28": 4.5, "Fits: Heron 2": 4.0, "Fits: Heron 9": 3.9}, "What fits a heron?")
    (unit,) = made.units
    assert [row.cells[1].text for row in unit.table] == ["Heron 2", "Heron 28"]
    assert [row.name for row in unit.table] == ["Seal 2", "Seal 28"]
