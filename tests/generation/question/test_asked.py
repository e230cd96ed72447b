"""A message is one question or several; a mail is read by its questions, with the names that the rest has."""

from __future__ import annotations

import pytest

from generation.question.asked import LONG, MOST, questions

MAIL = """Hello,

we bought the X200 last year and are very happy with it, my colleague even more than I am, although she uses it less
often than I do because her desk is further away from it. How do I replace the fuse?

Best regards
Anna"""


@pytest.mark.parametrize(
    "message", ["How do I reset it?", "reset x200", "I cannot print. What now?", "E-47", "How? ", "Wie geht das？"]
)
def test_a_message_with_one_question_is_asked_as_it_is(message: str) -> None:
    assert [(each.text, each.search) for each in questions(message)] == [(message, message)]


def test_two_questions_are_asked_apart() -> None:
    found = questions("How heavy is the pump? Where is the fuse of it?")
    assert [each.text for each in found] == ["How heavy is the pump?", "Where is the fuse of it?"]
    assert [each.search for each in found] == [each.text for each in found]


def test_a_short_second_question_stays_with_the_first() -> None:
    assert [each.text for each in questions("How is it stored in summer? And in winter?")] == [
        "How is it stored in summer? And in winter?"
    ]


def test_a_mail_is_read_by_its_question_and_its_names() -> None:
    assert len(MAIL.split()) > LONG
    assert [(each.text, each.search) for each in questions(MAIL)] == [("X200 How do I replace the fuse?", MAIL)]


def test_a_mail_without_a_question_mark_is_asked_whole() -> None:
    message = MAIL.replace("?", ".")
    assert [each.text for each in questions(message)] == [message]


def test_only_the_first_questions_are_answered() -> None:
    message = " ".join(f"What is the size of part number {number} of it?" for number in range(9))
    assert len(questions(message)) == MOST
