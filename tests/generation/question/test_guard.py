"""Questions are cleaned, and refused for their form, never for their topic."""

from __future__ import annotations

import pytest

from core.errors import Invalid
from generation.question.guard import MAX_CHARACTERS, checked_question, clean, unclear


def test_a_question_is_put_on_one_line() -> None:
    assert checked_question("  How do I\n\treset it? ") == "How do I reset it?"


@pytest.mark.parametrize("question", ["", "   \n", "\u200b\u200b", "\x01\x02"])
def test_an_empty_question_is_invalid(question: str) -> None:
    with pytest.raises(Invalid, match="empty"):
        checked_question(question)


def test_a_mail_keeps_its_lines() -> None:
    mail = "Dear team,\n\n" + "we have a pump. " * 20 + "\nHow  heavy is it?"
    assert checked_question(mail).splitlines()[0] == "Dear team,"
    assert checked_question(mail).splitlines()[-1] == "How heavy is it?"


def test_a_question_may_be_as_long_as_the_limit_and_no_longer() -> None:
    assert len(checked_question("a" * MAX_CHARACTERS)) == MAX_CHARACTERS
    with pytest.raises(Invalid, match="at most 4000"):
        checked_question("a" * (MAX_CHARACTERS + 1))


@pytest.mark.parametrize("question", ["what\0is", "\ufffd\ufffdab"])
def test_bytes_are_not_a_question(question: str) -> None:
    with pytest.raises(Invalid, match="not text"):
        checked_question(question)


def test_a_question_of_punctuation_is_unclear_and_one_of_digits_is_not() -> None:
    refusal = unclear("?!…")
    assert refusal is not None
    assert refusal.code == "question_unclear"
    assert unclear("E21?") is None
    assert unclear("如何重置") is None


@pytest.mark.parametrize(
    "question", ["what is it", "How do I use it?", "who?", "WHAT IS IT", "Was ist das?", "Comment ça ?"]
)
def test_stop_words_alone_are_unclear(question: str) -> None:
    refusal = unclear(question)
    assert refusal is not None
    assert refusal.code == "question_unclear"


@pytest.mark.parametrize("question", ["Who is in IT?", "help", "reset it", "what is WHO", "OS", "sur", "was ist WLAN"])
def test_a_word_to_look_up_or_an_abbreviation_makes_it_clear(question: str) -> None:
    assert unclear(question) is None


def test_hidden_characters_are_removed() -> None:
    hidden = "re\u200bset\u202e the\u2066 TV\U000e0041\ufeff\x07"
    assert clean(hidden) == "reset the TV"


def test_joiners_that_shape_letters_stay() -> None:
    persian, emoji = "می‌خواهم", "👩‍🔧"
    assert clean(persian) == persian
    assert clean(emoji) == emoji
    assert clean("pass\u200dword") == "password"
