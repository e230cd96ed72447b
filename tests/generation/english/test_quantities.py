"""The values that figures allow in any unit, and the numbers that measure nothing."""

from __future__ import annotations

import math

import pytest

from generation.english.quantities import Quantity, quantities, without_quantities, years


def only(text: str) -> Quantity:
    (found,) = quantities(text)
    return found


@pytest.mark.parametrize(
    ("text", "dimension", "low", "high"),
    [
        ("Hold it for 5 seconds.", "time", 5, 5),
        ("Wait 1.5 minutes.", "time", 90, 90),
        ("press it for 5 to 10 seconds", "time", 5, 10),
        ("between five and ten minutes", "time", 300, 600),
        ("5–10 s", "time", 5, 10),
        ("a 12-month warranty", "time", 365.25 * 86400, 365.25 * 86400),
        ("store it below 30 °C", "°c", -math.inf, 30),
        ("at 86 °F", "°c", 30, 30),
        ("-5 °C", "°c", -5, -5),
        ("at least 3 days", "time", 3 * 86400, math.inf),
        ("no more than 50%", "%", -math.inf, 50),
        ("five minutes or more", "time", 300, math.inf),
        ("up to 50,000 rows", "count", -math.inf, 50_000),
        ("it weighs 0.9 kg", "mass", 900, 900),
        ("1,5 kg", "mass", 1500, 1500),
        ("for $12.50 an order", "$", 12.5, 12.5),
        ("28 vacation days", "time", 28 * 86400, 28 * 86400),
        ("it opens at 9:30", "clock", 570, 570),
        ("it opens at 5 pm", "clock", 17 * 60, 17 * 60),
    ],
)
def test_a_figure_is_read_with_its_unit_and_its_bounds(text: str, dimension: str, low: float, high: float) -> None:
    found = only(text)
    assert found.dimension == dimension
    assert (found.low, found.high) == pytest.approx((low, high))


@pytest.mark.parametrize(
    "text",
    ["see step 3", "version 2.1.3", "on 2025-02-03", "the policy of 2024", "COVID-19", "page 7", "error 404", "X200"],
)
def test_numbers_that_name_something_measure_nothing(text: str) -> None:
    assert quantities(text) == []


def test_a_figure_is_shown_with_what_it_counts() -> None:
    text = "An account is locked after three failed log-in attempts."
    found = only(text)
    assert text[found.start : found.shown_end] == "three failed log-in attempts"


@pytest.mark.parametrize(
    ("one", "other", "clash"),
    [
        ("5 seconds", "10 seconds", True),
        ("90 seconds", "1.5 minutes", False),
        ("24 months", "2 years", False),
        ("30 days", "one month", False),
        ("4 to 6 hours", "about 5 hours", False),
        ("4 to 6 hours", "6 to 8 hours", False),
        ("4 to 6 hours", "7 to 8 hours", True),
        ("about 10 kg", "11 kg", False),
        ("10 kg", "11 kg", True),
        ("up to 8 hours", "6 hours", False),
        ("up to 8 hours", "10 hours", True),
        ("up to 8 hours", "up to 10 hours", True),
        ("at least 8 hours", "at least 12 hours", True),
        ("at least 8 hours", "12 hours", False),
    ],
)
def test_two_figures_clash_when_no_value_fits_both(one: str, other: str, *, clash: bool) -> None:
    assert only(one).comparable(only(other))
    assert only(one).clashes(only(other)) is clash
    assert only(other).clashes(only(one)) is clash


def test_only_figures_of_one_kind_are_compared() -> None:
    assert not only("5 seconds").comparable(only("5 kg"))
    assert not only("3 buttons").comparable(only("4 lamps"))
    assert only("3 failed attempts").comparable(only("five attempts"))


def test_what_is_counted_is_compared_without_accents() -> None:
    assert only("3 résumés").comparable(only("four resumes"))
    assert only("5 Müller pumps").dimension == "count"


def test_a_text_is_left_without_its_figures_but_with_what_they_count() -> None:
    assert without_quantities("Press it 3 times within 10 seconds.").split() == ["Press", "it", "within", "."]
    assert "rows" in without_quantities("up to 50,000 rows")


def test_years_are_found() -> None:
    assert years("The rules of 2024 replace those of 1998.") == {"2024", "1998"}
