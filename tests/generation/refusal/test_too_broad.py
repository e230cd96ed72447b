"""Questions that could mean several things are refused with suggestions; a word with one clear answer is answered."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.ports import Reader
from core.types import Block, Passage, Refusal
from generation.evidence.reading import read_passages
from generation.refusal.too_broad import MOST_OFFERED, too_broad
from tests.generation.doubles import OverlapReader, TableReader, passage, ranked

PUMP = passage("Hold the green button to reset the pump.", chunk_id=1, title="Resetting the Kestrel 40")
PASSWORD = passage("Open the profile to reset your password.", chunk_id=2, title="Reset your password")
ROUTER = passage("Press the pin to reset the router.", chunk_id=3, title="Factory reset of the router")
WARRANTY = passage("The warranty period is 24 months.", chunk_id=4, title="Terms of sale")
ERRORS = passage("Error E-17 means that the tray is missing.", chunk_id=5, title="Error codes")
EVERYTHING = (PUMP, PASSWORD, ROUTER, WARRANTY, ERRORS)


def asked(question: str, *pages: Passage, reader: Reader | None = None) -> Refusal | None:
    found = ranked(*(pages or EVERYTHING))
    return too_broad(question, found, read_passages(question, found, reader or OverlapReader()))


@pytest.mark.parametrize("question", ["reset", "Reset?", "how do I reset?", "the reset", "please tell me about reset"])
def test_a_word_in_several_headings_is_refused_with_what_it_could_mean(question: str) -> None:
    refusal = asked(question)
    assert refusal is not None
    assert refusal.code == "question_too_broad"
    assert refusal.message == (
        "That could mean several things here. The documents have: Resetting the Kestrel 40; Reset your password; "
        "Factory reset of the router. Which one?"
    )
    assert [each.text for each in refusal.suggestions] == [PUMP.title, PASSWORD.title, ROUTER.title]
    assert [each.document_id for each in refusal.suggestions] == ["doc_1", "doc_2", "doc_3"]


@pytest.mark.parametrize("question", ["help", "How does it work?", "I have a problem", "info please", "hello"])
def test_a_question_without_a_subject_is_refused(question: str) -> None:
    refusal = asked(question)
    assert refusal is not None
    assert refusal.message.startswith("The question does not say what it is about. The documents have: Resetting")
    assert len(refusal.suggestions) == MOST_OFFERED


@pytest.mark.parametrize(
    "question",
    [
        "warranty period",
        "warranty",
        "E-17",
        "error E-17",
        "reset password",
        "How do I reset the router?",
        "What is a reset?",
        "Does the pump reset itself?",
        "Where is the warranty?",
    ],
)
def test_a_question_that_means_one_thing_is_not_too_broad(question: str) -> None:
    assert asked(question) is None


def test_a_word_that_is_a_whole_heading_means_that_section() -> None:
    assert (
        asked("reset", passage("Hold the button.", chunk_id=9, title="Guide", heading=("Reset",)), *EVERYTHING) is None
    )


def test_a_section_that_scores_far_above_the_others_is_meant() -> None:
    assert asked("reset", reader=TableReader({PASSWORD.text: 9.0})) is None


@pytest.mark.parametrize("question", ["Reset", "reset?", "problem"])
def test_a_row_or_a_term_with_exactly_this_name_is_meant(question: str) -> None:
    rows = "Reset | Hold the button\nProblem | Call us"
    cells = tuple(
        Block("row", start, end, row=row, children=(Block("cell", start, start + width, row=row, column=0),))
        for row, (start, end, width) in enumerate(((0, 23, 5), (24, 41, 7)))
    )
    table = replace(passage(rows, chunk_id=9), blocks=(Block("table", 0, len(rows), children=cells),))
    assert asked(question, *EVERYTHING) is not None
    assert asked(question, table, *EVERYTHING) is None


@pytest.mark.parametrize("question", ["Hilfe", "Wie funktioniert das?", "aide", "pomoc", "Ich habe ein Problem"])
def test_a_question_without_a_subject_is_refused_in_other_languages(question: str) -> None:
    assert asked(question) is not None


def test_nothing_is_suggested_if_all_sections_have_one_topic() -> None:
    pages = [passage(f"Reset it {n} times.", chunk_id=n, title="Reset of it") for n in range(1, 5)]
    assert asked("reset", *pages) is None


def test_suggestions_are_short_and_on_one_line() -> None:
    refusal = asked("help", passage("Text.", title="A title\n" + "that goes on " * 20))
    assert refusal is not None
    assert len(refusal.suggestions[0].text) <= 80
    assert "\n" not in refusal.message
