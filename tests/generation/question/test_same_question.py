"""What two questions must share before one gets the other's answer, in any language."""

from __future__ import annotations

import pytest

from core.store.learned.answer_cache import SHAPED
from generation.question.same_question import figures, holds_personal_data, like, likeness, normalised


@pytest.mark.parametrize(
    "again",
    [
        "how do i reset the x200",
        "  How do I   reset the X200?! ",
        "“How do I reset the X200?”",
        "HOW DO I RESET THE Ｘ200 ?",
    ],
)
def test_case_punctuation_and_white_space_make_no_difference(again: str) -> None:
    assert likeness(again).words == likeness("How do I reset the X200?").words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Can it stand -5 degrees?", "Can it stand 5 degrees?"),
        ("Is version 1.5 enough?", "Is version 15 enough?"),
        ("How do I install C++?", "How do I install C?"),
        ("Is it 3/4 full?", "Is it 34 full?"),
    ],
)
def test_signs_in_figures_and_names_make_a_difference(one: str, other: str) -> None:
    assert likeness(one).words != likeness(other).words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I reset the X200?", "How do I reset the X300?"),
        ("How do I reset the X200?", "How do I reset it?"),
        ("How do I hold it for 5 seconds?", "How do I hold it for 50 seconds?"),
        ("Verträgt es -5 Grad?", "Verträgt es 5 Grad?"),
        ("Meldung SW-302, was tun?", "Meldung SW-301, was tun?"),
    ],
)
def test_questions_with_another_figure_or_name_are_not_alike(one: str, other: str) -> None:
    assert not like(one, other)
    assert not like(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I delete notifications?", "Wie werden Mitteilungen gelöscht?"),
        ("Meldung SW-302, was tun?", "Was bedeutet sw 302?"),
        ("Wie lange nach 5 Tagen?", "Was gilt in 5 Tagen?"),
        ("Is 1,000 enough?", "Reichen 1.000?"),
        ("Sind 2,5 bar genug?", "Is 2.5 bar enough?"),
    ],
)
def test_questions_with_the_same_figures_and_names_may_be_one(one: str, other: str) -> None:
    assert like(one, other)
    assert like(other, one)


def test_the_shape_of_a_question_is_its_figures() -> None:
    one, same, other = (likeness(text).shape for text in ("Only 5 bar?", "Warum 5 Grad?", "Only 6 bar?"))
    assert one == same != other
    assert one.startswith(SHAPED)
    assert len(one) == 64


def test_figures_are_found_outside_of_names() -> None:
    assert figures("X200 at -5 °C, 3/4 full, 1,000 h, A-7") == {"-5", "3/4", "1000", "7"}


def test_a_question_in_which_something_was_redacted_holds_personal_data() -> None:
    assert holds_personal_data("What is the number of [PERSON]?")
    assert not holds_personal_data("What does [1] mean?")


def test_the_normal_form_is_readable() -> None:
    assert normalised(" What's  the “X-200”, really?") == "what's the x-200 really"
