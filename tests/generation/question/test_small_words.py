"""The small words of a language are told from the words that name something."""

from __future__ import annotations

import pytest

from generation.question.small_words import SMALL_WORDS, content, languages, length


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("How do I reset the router?", ("reset", "router")),
        ("Wie setze ich den Router zurück?", ("setze", "Router", "zurück")),
        ("Où sont les clés de l'atelier ?", ("clés", "atelier")),
        ("Jak czyścić filtr?", ("czyścić", "filtr")),
        ("Miten laite nollataan?", ("Miten", "laite", "nollataan")),
        ("Why?", ()),
    ],
)
def test_what_names_something_is_kept_in_its_order(text: str, named: tuple[str, ...]) -> None:
    assert content(text) == named


def test_a_text_may_be_in_several_languages_or_in_none() -> None:
    assert set(languages("die Hydra")) == {"de", "nl"}
    assert languages("Hydra 20") == ()


def test_figures_and_measures_name_nothing_and_two_characters_are_a_word() -> None:
    assert length(("30", "long", "days")) == 1
    assert length(("保修期多长",)) == 2


def test_no_small_word_is_listed_in_capitals_or_with_a_mark() -> None:
    assert all(
        word == word.casefold() and word.replace("'", "").isalpha() for words in SMALL_WORDS.values() for word in words
    )
