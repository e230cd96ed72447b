"""What a reader reads: bounded texts with each part of a passage once, rows with the names of their columns."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.types import Passage
from generation.evidence.parts import Part, parts
from generation.evidence.windows import HEADINGS, WINDOW, Window, column_names, windows
from tests.generation.doubles import passage
from tests.generation.evidence.test_parts import FILES
from tests.generation.library import document, only


def of(found: Passage) -> list[Window]:
    return windows(found.title, found)


def lines(found: Passage) -> list[str]:
    """Return the lines of all windows, without the headings."""
    return [line for each in of(found) for line in each.text.text.split("\n")[1:]]


def read(window: Window) -> list[str]:
    """Return what a reader takes for the words of each part."""
    return [window.text.text[start:end] for start, end in window.text.parts]


def assert_all_there(found: Passage) -> None:
    """Check that the windows hold each part once and in order, with its words at its place, in bounded texts."""
    whole: list[Part] = [part for each in of(found) for part in each.parts]
    assert tuple(whole) == parts(found.text, found.blocks, code=found.kind == "code")
    for each in of(found):
        assert each.parts
        assert len(each.parts) == len(each.text.parts)
        assert len(each.text.text) <= HEADINGS + 1 + 2 * WINDOW
        for part, words in zip(each.parts, read(each), strict=True):
            shown = " ".join(found.text[part.start : part.end].split())
            assert " ".join(words.split()).endswith(shown[:WINDOW][-WINDOW // 2 :].strip())


@pytest.mark.parametrize(("source", "name"), FILES)
def test_windows_hold_every_part_of_a_document_once(source: str | bytes, name: str) -> None:
    for found in document(source, name):
        assert_all_there(found)


def test_a_window_begins_with_the_title_and_the_headings() -> None:
    first = of(document("# Pump\n\nText.\n\n## Filter\n\n" + "Clean the filter well. " * 60)[-1])[0]
    assert first.text.text.startswith("Pump > Filter\nClean the filter well.\nClean")


SMALL = """# Guide

## Charging

A charge takes an hour.

## Reset

Hold the button.

### By phone

1. Open the app.
2. Press reset.

## Care

Keep it dry.
"""


def test_small_sections_that_share_a_passage_are_read_apart_each_under_its_own_headings() -> None:
    assert [each.text.text.split("\n") for each in of(only(SMALL))] == [
        ["Guide > Charging", "A charge takes an hour."],
        ["Guide > Reset", "Hold the button."],
        ["Guide > Reset > By phone", "1. Open the app.", "2. Press reset."],
        ["Guide > Care", "Keep it dry."],
    ]


def test_a_row_is_read_with_the_names_of_its_columns() -> None:
    found = only("| Model | Weight (kg) | |\n|---|---|---|\n| Hydra 40 | 27.3 | blue |\n")
    assert lines(found) == ["Model | Weight (kg)", "Model: Hydra 40 | Weight (kg): 27.3 | blue"]
    assert read(of(found)[0])[-3:] == ["Model: Hydra 40", "Weight (kg): 27.3", "blue"]


def test_several_rows_of_names_are_joined() -> None:
    found = only(
        "<table><tr><th rowspan=2>Model</th><th colspan=2>Power</th></tr><tr><th>in (W)</th><th>out (W)</th></tr>"
        "<tr><td rowspan=2>Hydra 10</td><td>5</td><td>6</td></tr><tr><td>7</td><td>8</td></tr></table>",
        "table.html",
    )
    assert column_names(found.text, found.blocks[0]) == {0: "Model", 1: "Power in (W)", 2: "Power out (W)"}
    assert lines(found)[-2:] == [
        "Model: Hydra 10 | Power in (W): 5 | Power out (W): 6",
        "Model: Hydra 10 | Power in (W): 7 | Power out (W): 8",
    ]


def test_a_table_without_names_is_read_as_it_is() -> None:
    found = only("<table><tr><td>X200</td><td>5 A</td></tr><tr><td>X300</td><td>8 A</td></tr></table>", "t.html")
    assert lines(found)[-1] == "X300 | 8 A"


def test_rows_that_are_cut_into_several_passages_keep_their_names() -> None:
    rows = "".join(f"| E-{number} | The sensor {number} of the pump does not answer. |\n" for number in range(1, 90))
    found = document(f"# Codes\n\n| Code | Meaning |\n|---|---|\n{rows}")
    assert len(found) > 2
    for each in found:
        assert lines(each)[-1].startswith("Code: E-")
        assert_all_there(each)


def test_a_long_table_becomes_several_windows() -> None:
    rows = "".join(f"| pump-{number}.example/models/hydra | {number} |\n" for number in range(40))
    found = only(f"| Address | Number |\n|---|---|\n{rows}")
    assert len(of(found)) > 2
    assert_all_there(found)


def test_a_long_row_is_read_in_several_lines() -> None:
    cells = [f"cell-{number}-" + "x" * 200 for number in range(12)]
    found = only("| " + " | ".join("ABCDEFGHIJKL") + " |\n|" + "---|" * 12 + f"\n| {' | '.join(cells)} |\n")
    assert all(len(line) <= WINDOW + 210 for line in lines(found))
    assert_all_there(found)


def test_a_part_longer_than_a_window_is_read_up_to_its_end() -> None:
    found = passage("x" * 5000)
    (window, *_) = of(found)
    assert len(window.text.text) <= WINDOW + HEADINGS
    assert_all_there(found)


def test_a_long_path_of_headings_is_read_from_its_end() -> None:
    deep = tuple(f"A heading of the level {level}" for level in range(20))
    head = windows("Title", passage("Text.", heading=deep))[0].text.text.split("\n")[0]
    assert len(head) == HEADINGS
    assert head.endswith("A heading of the level 19")


@pytest.mark.parametrize("text", ["", "  \n ", "| |"])
def test_a_passage_without_words_has_no_window(text: str) -> None:
    assert windows("Title", passage(text)) == []


def test_a_passage_without_title_and_headings_is_its_text() -> None:
    (window,) = windows("", passage("One. Two."))
    assert window.text.text == "One.\nTwo."


WORDS = st.text(alphabet=" \nabÄ中.:|-#`>1", max_size=300)


@settings(max_examples=200, deadline=None)
@given(WORDS)
def test_any_text_is_read_whole(text: str) -> None:
    assert_all_there(passage(text, title="T"))
