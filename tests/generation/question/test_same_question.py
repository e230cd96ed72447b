"""When two questions are the same, and how two questions with similar embeddings are kept apart."""

from __future__ import annotations

import pytest

from generation.question.same_question import (
    holds_personal_data,
    kind,
    likeness,
    normalised,
    quotes_the_difference,
    topic,
)


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
        ("How do I hold it for 5 seconds?", "How do I hold it for 5 minutes?"),
        ("How do I turn it on?", "How do I turn it off?"),
        ("What must I do before cleaning?", "What must I do after cleaning?"),
        ("Which parts may be washed?", "Which parts may not be washed?"),
        ("How long is the warranty?", "How far is the warranty?"),
        ("Why does the lamp blink?", "When does the lamp blink?"),
    ],
)
def test_like_questions_share_figures_names_negation_directions_and_kind(one: str, other: str) -> None:
    assert likeness(one).shape != likeness(other).shape


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I delete the notifications?", "Can I delete notifications?"),
        ("I want to delete notifications. How can I do that?", "How to delete notifications?"),
        ("What are the steps to delete notifications?", "How do I delete notifications?"),
        ("Hold it for five seconds?", "Hold it for 5 s?"),
    ],
)
def test_other_words_for_asking_keep_the_shape(one: str, other: str) -> None:
    assert likeness(one).shape == likeness(other).shape


def test_a_question_in_which_something_was_redacted_holds_personal_data() -> None:
    assert holds_personal_data("What is the number of [PERSON]?")
    assert not holds_personal_data("What does [1] mean?")


def test_what_a_question_is_about_leaves_out_the_words_that_only_ask() -> None:
    asked = "Please explain the steps to rename a channel"
    assert topic(asked) == topic("How do I rename channels?") == {"renam", "channel"}
    assert topic("Please explain") == {"explain"}  # the topic of a question that only asks


def test_the_quotes_may_contain_a_word_that_only_the_known_question_has() -> None:
    asked, known = "How do I set the clock manually?", "How do I set the clock automatically?"
    assert quotes_the_difference(asked, known, ["The clock is set automatically from the channel."])
    assert not quotes_the_difference(asked, known, ["Choose Settings, Time, Clock."])
    assert not quotes_the_difference(
        known, "How do I set the clock?", ["The clock is set automatically from the channel."]
    )


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("How long does it take?", "how long"),
        ("Is there a way to stop it?", "how"),
        ("What is the procedure for a reset?", "how"),
        ("What is Bixby?", "what"),
        ("Tell me where it stands", "where"),
    ],
)
def test_the_kind_of_a_question(question: str, found: str) -> None:
    assert kind(question) == found


def test_the_normal_form_is_readable() -> None:
    assert normalised(" What's  the “X-200”, really?") == "what's the x-200 really"
