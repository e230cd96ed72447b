"""Units in a terminal: steps with their numbers, rows in columns, code as it is, and a marker for each citation."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from core.types import Passage
from service.content.units import drawn_units
from tests.service.content.answers import COMMAND, FACT, FENCED, answered, care_passage


@pytest.fixture
def passage() -> Passage:
    return care_passage()


def printed(passage: Passage, *kinds: str, width: int = 60) -> list[str]:
    answer = answered(passage, "?", *kinds)
    console = Console(width=width, highlight=False, color_system=None)
    with console.capture() as capture:
        console.print(drawn_units(answer.units, answer.citations))
    return [line.rstrip() for line in capture.get().rstrip().split("\n")]


def test_steps_stand_one_below_the_other_with_what_is_in_them(passage: Passage) -> None:
    lines = printed(passage, "steps")

    assert lines[:5] == [
        "To change the filter:",
        "1. Open the valve ([2] in the figure).",
        "   a) Turn left.",
        "   b) Pull.",
        "2. Run the command:",
    ]
    assert lines[5:8] == ["     vouch up <port>", "       --host ![x](https://evil.example)", "   │ Wait a minute."]
    assert "│ Hot water may come out." in lines
    assert lines[-1].endswith("Check lamp 12. [1]")


def test_a_long_step_goes_on_below_its_own_words(passage: Passage) -> None:
    lines = printed(passage, "steps", width=20)

    assert lines[2:5] == ["1. Open the valve", "   ([2] in the", "   figure)."]


def test_rows_are_aligned_under_the_names_of_their_columns(passage: Passage) -> None:
    assert printed(passage, "table") == [
        "Model     Price",
        "Hydra 30  90 | 95 EUR [1]",
        "Hydra 40  <b>120</b> EUR [2]",
    ]


def test_code_is_indented_under_the_sentence_that_says_what_it_does(passage: Passage) -> None:
    assert printed(passage, "code") == [
        "This prints the state: [1]",
        *(f"  {line}" for line in FENCED.split("\n")),
        "[2]",
    ]


def test_a_fact_is_a_quote_and_units_are_apart(passage: Passage) -> None:
    lines = printed(passage, "fact", "list", width=80)

    assert lines == [f"“{FACT}” [1]", "", "You need:", "• a key", "• a cloth [2]"]


def test_cells_that_are_cited_together_have_one_marker(passage: Passage) -> None:
    answer = answered(passage, "?", "table")
    row = answer.units[0].table[0]
    whole = replace(row, cells=tuple(replace(cell, cite=1) for cell in row.cells))
    console = Console(width=60, color_system=None)
    with console.capture() as capture:
        console.print(drawn_units([replace(answer.units[0], table=(whole,))], answer.citations))

    assert capture.get().split("\n")[1].rstrip() == "Hydra 30  90 | 95 EUR [1]"
    assert COMMAND not in capture.get()
