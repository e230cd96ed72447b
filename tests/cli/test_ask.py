"""How `vouch ask` prints an answer: its units, where they stand, and what is missing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cli.ask import show_answer
from core.types import Answer
from tests.service.content.answers import answered, care_passage


def printed(answer: Answer, capsys: pytest.CaptureFixture[str]) -> list[str]:
    show_answer(answer)
    return [line.rstrip() for line in capsys.readouterr().out.rstrip().split("\n")]


def test_rows_are_printed_once_with_the_places_of_their_quotes_below(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(answered(care_passage(), "?", "table"), capsys)

    assert lines == [
        "Model     Price",
        "Hydra 30  90 | 95 EUR [1]",
        "Hydra 40  <b>120</b> EUR [2]",
        "",
        "  [1] Pump",
        "  [2] Pump",
        "  support 0.90",
    ]


def test_steps_are_printed_one_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(answered(care_passage(), "?", "steps"), capsys)

    assert "1. Open the valve ([2] in the figure)." in lines
    assert "12. Check lamp 12. [1]" in lines


def test_what_is_missing_is_said_below_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(replace(answered(care_passage(), "?", "fact"), missing="“Why?”: It does not say."), capsys)

    assert lines[2] == "Not answered: “Why?”: It does not say."


def test_a_phrased_answer_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    answer = replace(answered(care_passage(), "?", "fact"), units=(), text="Open it cold. [1]", phrased=True)

    assert printed(answer, capsys)[0] == "Open it cold. [1]"
