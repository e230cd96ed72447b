"""Figures worked out by hand."""

from __future__ import annotations

import pytest

from generation.metrics import contains, exact_match, normalise, percentile, ratio, token_f1


def test_normalisation_is_that_of_squad() -> None:
    assert normalise("The  “Power” button, a red-one!") == "power button redone"


@pytest.mark.parametrize(
    ("text", "reference", "f1"),
    [
        ("Hold for five seconds", "five seconds", 2 * 0.5 * 1 / 1.5),  # precision 2/4, recall 2/2
        ("five five", "five", 2 / 3),  # a repeated token is shared once
        ("the", "", 1.0),  # both empty after normalisation
        ("red", "", 0.0),
        ("red", "blue", 0.0),
        ("Red.", "red", 1.0),
    ],
)
def test_token_f1(text: str, reference: str, f1: float) -> None:
    assert token_f1(text, reference) == pytest.approx(f1)


def test_exact_match_ignores_case_articles_and_marks() -> None:
    assert exact_match("The Red.", "red")
    assert not exact_match("red button", "red")


def test_contains_needs_whole_neighbouring_tokens() -> None:
    assert contains("Hold it for five seconds.", "five seconds")
    assert not contains("Hold it for five long seconds.", "five seconds")
    assert not contains("fifteen seconds", "teen seconds")


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.5) == 2.0
    assert percentile([4.0, 1.0, 3.0, 2.0], 0.95) == 4.0
    assert percentile([], 0.5) == 0.0


def test_a_ratio_of_nothing_is_none() -> None:
    assert ratio(1, 4) == 0.25
    assert ratio(0, 0) is None
