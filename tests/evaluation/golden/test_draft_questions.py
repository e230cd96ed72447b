"""Sentences of manuals become the questions that people ask about them."""

from __future__ import annotations

import pytest

from evaluation.golden.draft_questions import draft_questions


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        ("To reset your router, hold the power button for five seconds.", "How do I reset my router?"),
        ("If you lose your key, the front desk will make a new one.", "What happens if I lose my key?"),
        ("If the red lamp blinks, refill the chamber with clean water.", "What should I do if the red lamp blinks?"),
        (
            "The default value of the page_size setting is 4096 bytes.",
            "What is the default value of the page_size setting?",
        ),
        ("The max_age setting defaults to three days in every mode.", "What does the max_age setting default to?"),
        ("The flush command writes all pending pages to the disk.", "What does the flush command write?"),
        ("A snapshot is a copy of the index that never changes.", "What is a snapshot?"),
        ("You can change the tariff by calling the service line.", "How can I change the tariff?"),
    ],
)
def test_a_sentence_becomes_a_question(sentence: str, question: str) -> None:
    (made,) = draft_questions(sentence)
    assert (made.question, made.answer) == (question, sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "It returns the number of rows in the table.",  # only the text around it says what "it" is
        "This setting is a list of all the names.",
        "If not, call the service line and ask for help.",
        "To see the options below, open the menu first now.",
        "Hold the button.",
        "The flush command writes all pending pages to the disk:",
        "Clean the filter twice a year with warm water only.",
    ],
)
def test_some_sentences_give_no_question(sentence: str) -> None:
    assert list(draft_questions(sentence)) == []


def test_each_sentence_is_read_by_itself() -> None:
    text = "A snapshot is a copy of the index that never changes.\n\nTo reset your router, hold the power button."
    assert [made.question for made in draft_questions(text)] == ["What is a snapshot?", "How do I reset my router?"]
