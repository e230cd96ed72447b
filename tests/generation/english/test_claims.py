"""Figures and negations are found in the forms that manuals write them."""

from __future__ import annotations

import pytest

from generation.english import claims


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("for five seconds", {("5", "s")}),
        ("for 5s", {("5", "s")}),
        ("3.5 mm and 1,000 hours", {("3.5", "mm"), ("1000", "h")}),
        ("-10 °C", {("-10", "°c")}),
        ("50% of 2 TVs", {("50", "%"), ("2", "")}),
        ("50 m² and 2 mΩ", {("50", ""), ("2", "")}),
        ("no figures", set()),
    ],
)
def test_figures(text: str, found: set[tuple[str, str]]) -> None:
    assert claims.figures(text) == found


def test_parts_of_dates_and_ratios_count_as_numbers() -> None:
    assert claims.numbers("16:9 on 3/4") >= {"16:9", "16", "9", "3/4"}


@pytest.mark.parametrize("text", ["the 5 Müller brothers", "the 5 Mu\u0308ller brothers", "5 A\u030angström units"])
def test_the_first_letter_of_an_accented_word_is_no_unit(text: str) -> None:
    assert claims.figures(text) == {("5", "")}


def test_an_accented_word_is_no_negation_in_either_form_of_unicode() -> None:
    assert not claims.negated("Ate o nó")
    assert not claims.negated("Ate o no\u0301")


@pytest.mark.parametrize(
    "text", ["Do not open it", "It can't be opened", "Cannot open", "Never open it", "without power"]
)
def test_negations(text: str) -> None:
    assert claims.negated(text)


def test_words_that_begin_like_a_negation_are_none() -> None:
    assert not claims.negated("Note the notice on the knob.")


def test_directions_are_compared_without_endings() -> None:
    assert claims.directions("Disabling it before opening") == claims.directions("opened, disabled before")
