"""Sentences, definitions and code: what was chosen, never a heading; code with the sentence that says what it does."""

from __future__ import annotations

import pytest

from core.types import Answer
from generation.units.compose import WORDS
from tests.generation.library import document
from tests.generation.units.asked import answer

GUIDE = """# Command line

The tool has many commands. Each one prints help.

## Show the version

It is short. To show the version, run:

```sh
vouch --version
```

This takes a second.

## Delete

There is a command for that.

```sh
vouch delete
```
"""


def test_sentences_that_follow_one_another_are_one_fact() -> None:
    made = answer(GUIDE, {"many commands": 2.0, "prints help": 1.9})
    assert made.text == "“The tool has many commands. Each one prints help.” [1]"
    assert [unit.kind for unit in made.units] == ["fact"]


def test_sentences_apart_are_facts_of_their_own_in_reading_order() -> None:
    assert answer(GUIDE, {"takes a second": 3.0, "many commands": 2.5}).text == (
        "“The tool has many commands.” [1]\n\n“This takes a second.” [2]"
    )


def test_a_sentence_far_less_sure_than_the_best_stays_out() -> None:
    assert answer(GUIDE, {"takes a second": 3.0, "many commands": 0.0}).text == "“This takes a second.” [1]"


@pytest.mark.parametrize("chosen", ["vouch --version", "To show the version"])
def test_code_comes_with_the_sentence_before_it_and_that_sentence_with_its_code(chosen: str) -> None:
    made = answer(GUIDE, {chosen: 2.0})
    assert [unit.kind for unit in made.units] == ["code"]
    assert made.text == "To show the version, run: [1]\n\n```\nvouch --version\n```\n[2]"


def test_code_comes_after_all_chosen_sentences_that_lead_in_to_it() -> None:
    made = answer(GUIDE, {"It is short": 1.0, "run:": 1.0, "--version": 1.0})
    assert made.text.startswith("It is short. [1]\n\nTo show the version, run: [2]\n\n```")


def test_a_sentence_without_a_colon_brings_no_code_but_code_brings_the_sentence() -> None:
    assert [unit.kind for unit in answer(GUIDE, {"a command for": 2.0}).units] == ["fact"]
    assert answer(GUIDE, {"vouch delete": 2.0}).text.startswith("There is a command for that. [1]")


def test_a_chosen_sentence_further_up_is_a_fact_before_the_code() -> None:
    made = answer(GUIDE, {"many commands": 1.9, "vouch --version": 2.0})
    assert [unit.kind for unit in made.units] == ["fact", "code"]


def test_a_heading_is_never_the_answer() -> None:
    made = answer(GUIDE, {"Show the version": 9.0, "vouch --version": 1.0}, "How do I show the version?")
    assert all(each.quote != "Show the version" for each in made.citations)
    assert "vouch --version" in made.text


@pytest.mark.parametrize("code", ["echo ```", "~~~\n````x````\n~~~"])
def test_a_fence_is_longer_than_any_in_the_code(code: str) -> None:
    text = answer(f"# T\n\nRun:\n\n``````\n{code}\n``````\n", {"Run": 2.0}).text
    fence = text.split("\n")[2]
    assert set(fence) == {"`"}
    assert fence not in code
    assert text.split(fence)[1] == f"\n{code}\n"


def test_a_definition_comes_with_its_term() -> None:
    source = (
        "<h1>Bank</h1><p>Text.</p><dl><dt>IBAN</dt><dd>The number of an account.</dd><dt>BIC</dt><dd>A code.</dd></dl>"
    )
    made = answer(document(source, "b.html"), {"number of an account": 2.0})
    assert [(unit.kind, unit.text) for unit in made.units] == [("definition", "“IBAN: The number of an account.” [1]")]


def test_facts_are_cut_to_the_surest_ones() -> None:
    sentences = [f"Reason {number} is that the pump has been standing in the sun." for number in range(20)]
    source = "# Pump\n\n" + "\n\n".join(sentences)
    made = answer(source, {"Reason 7 ": 5.0, "Reason 3 ": 4.0, "Reason": 1.0})
    assert _words(made) <= WORDS
    assert "Reason 3 " in made.text
    assert "Reason 7 " in made.text


def test_the_surest_part_is_shown_if_none_is_likely() -> None:
    made = answer("# P\n\nIt is red. It is heavy.\n", {"heavy": -1.0})
    assert made.text == "“It is heavy.” [1]"


def test_another_passage_adds_only_what_is_new() -> None:
    first = document("# Pump\n\nThe pump weighs 9 kg.\n", number=1)
    again = document("# Pump data\n\nThe pump weighs 9 kg.\n", number=2)
    other = document("# Pump box\n\nIts box adds another two kg of paper.\n", number=3)
    made = answer([*first, *again, *other], {"weighs": 4.0, "adds": 3.6}, "How much does the pump weigh?")
    assert made.text == "“The pump weighs 9 kg.” [1]\n\n“Its box adds another two kg of paper.” [2]"


def test_another_passage_adds_nothing_to_a_procedure() -> None:
    steps = document("# Pump\n\nStart it:\n\n1. Open it.\n2. Press start.\n", number=1)
    other = document("# Pump box\n\nOpen the box with care.\n", number=2)
    made = answer([*steps, *other], {"Open it": 4.0, "Press": 4.0, "the box": 3.6})
    assert [unit.kind for unit in made.units] == ["steps"]


def _words(made: Answer) -> int:
    return sum(len(each.quote.split()) for each in made.citations)


SETTINGS = "\n".join(f"setting_{n} = value_{n}  # what this does for number {n}" for n in range(60))
LONG_CODE = (
    f"# Tool\n\n## Configure\n\nWrite this file:\n\n```ini\n{SETTINGS}\n```\n\nThen restart:\n\n```\nrestart\n```\n"
)


@pytest.mark.parametrize("chosen", ["Write this file", "setting_3 ", "setting_30 ", "setting_59 "])
def test_code_that_was_cut_between_passages_comes_whole_with_its_lead_in(chosen: str) -> None:
    assert len(document(LONG_CODE)) > 3
    made = answer(LONG_CODE, {chosen: 3.0})
    (unit,) = made.units
    assert unit.kind == "code"
    assert unit.text.startswith("Write this file: [1]\n\n```\nsetting_0 =")
    assert [line for line in unit.text.splitlines() if "setting_" in line] == SETTINGS.splitlines()
    assert "restart" not in unit.text


def test_a_command_after_cut_code_is_another_one() -> None:
    assert "setting_" not in answer(LONG_CODE, {"restart": 3.0}).text
