"""Words are equal without case, accents, plurals and endings."""

from __future__ import annotations

import pytest

from generation.english.words import content, count, stem, words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("resetting", "reset"),
        ("batteries", "battery"),
        ("pressed", "press"),
        ("buttons", "button"),
        ("enables", "enabled"),
        ("charging", "charge"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stem(one) == stem(other)


@pytest.mark.parametrize("word", ["bus", "gas", "3.5", "äh", "usb"])
def test_short_and_foreign_words_are_left_alone(word: str) -> None:
    assert stem(word) == word


def test_words_are_folded() -> None:
    assert words("The Café's USB-C") == ["the", "cafe", "usb", "c"]


def test_stop_words_are_dropped_unless_there_is_nothing_else() -> None:
    assert content("How do I reset the TV?") == ["reset", "tv"]
    assert content("What is it?") == ["what", "is", "it"]


def test_words_are_counted_between_white_space() -> None:
    assert count("Hold it for 3.5 s.") == 5
