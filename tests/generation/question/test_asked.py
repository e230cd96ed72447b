"""What messages ask: two questions in one, mails, codes. `messages.jsonl` was written after the code."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from generation.english.words import words
from generation.question.asked import MOST, questions
from generation.question.guard import checked_question

MESSAGES = [json.loads(line) for line in Path(__file__).with_name("messages.jsonl").read_text().splitlines()]
LEAST = 0.9
"""Share of the messages that are understood, at least."""


def texts(message: str) -> list[str]:
    return [asked.text for asked in questions(checked_question(message))]


def right(message: str, holds: list[str], lacks: str) -> bool:
    made = texts(message)
    found = [(set(words(text)), set(words(wanted))) for text, wanted in zip(made, holds, strict=False)]
    return len(made) == len(holds) and all(have >= want and not have & set(words(lacks)) for have, want in found)


def test_most_messages_are_understood() -> None:
    judged = [right(each["message"], each["holds"], each.get("lacks", "")) for each in MESSAGES]
    assert sum(judged) >= LEAST * len(judged)


@pytest.mark.parametrize(
    ("message", "asked"),
    [
        ("How heavy is the X200? And the X300?", ["How heavy is the X200?", "How heavy is the X300?"]),
        ("How heavy is the X200 and who repairs it?", ["How heavy is the X200?", "who repairs it (heavy X200)?"]),
        ("Wie schwer ist er und wo gibt es ihn?", ["Wie schwer ist er?", "wo gibt es ihn (schwer)?"]),
        ("Who decides and when?", ["Who decides and when?"]),
        ("What is due when we pay and what they ask?", ["What is due when we pay and what they ask?"]),
        ("E-47", ["E-47"]),
        ("I have an X200. How heavy is it?", ["I have an X200. How heavy is it?"]),
    ],
)
def test_a_message_is_taken_apart_where_both_parts_ask(message: str, asked: list[str]) -> None:
    assert texts(message) == asked


def test_a_reader_gets_the_question_by_itself_before_the_words_in_brackets() -> None:
    assert (
        questions("And for batteries (long warranty)?")[0].read
        == "And for batteries? And for batteries (long warranty)?"
    )
    assert questions("How long is the warranty?")[0].read == "How long is the warranty?"


def test_the_question_of_a_mail_gets_the_names_of_its_story_and_no_year() -> None:
    story = "In 2024 we bought the Klarlauf 45 for our canteen, and it was delivered and installed in time. " * 3
    assert texts(f"Dear team,\n{story}\nHow often must the salt be refilled?\nKind regards\nAnna Smith") == [
        "How often must the salt be refilled (Klarlauf 45)?"
    ]


def test_a_question_that_names_a_sibling_does_not_get_the_name_of_the_story() -> None:
    story = "We run the Klarlauf 45 in our canteen and are happy with it, so a second kitchen shall get one too. " * 3
    assert texts(f"{story} How wide is the Klarlauf 60?") == ["How wide is the Klarlauf 60?"]


def test_questions_beyond_the_most_are_read_with_the_last() -> None:
    many = " ".join(f"Where is the key of locker number {number}?" for number in range(MOST + 2))
    assert len(texts(many)) == MOST
    assert "number 5" in texts(many)[-1]
