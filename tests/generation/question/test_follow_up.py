"""What a question means after earlier questions: pairs of questions, and the edge cases of the rules.

Each line of `followups.jsonl` has earlier questions and the question that is asked. A follow-up must become a question
with the words in `holds` and without those in `lacks`; a standalone question must stay exactly as it is.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generation.english.words import stem, words
from generation.question.follow_up import LONGEST, understand

PAIRS = [json.loads(line) for line in Path(__file__).with_name("followups.jsonl").read_text().splitlines()]
FOLLOW_UPS = [pair for pair in PAIRS if "alone" not in pair]
ALONE = [pair for pair in PAIRS if "alone" in pair]


def stems(text: str) -> set[str]:
    return {stem(word) for word in words(text)}


def name(pair: dict[str, Any]) -> str:
    return f"{pair['kind']}: {pair['question'][:50]}"


def test_there_are_enough_pairs_of_both_sorts() -> None:
    assert len(FOLLOW_UPS) >= 75
    assert len(ALONE) >= 75


@pytest.mark.parametrize("pair", FOLLOW_UPS, ids=name)
def test_a_follow_up_gets_what_it_lacks_from_earlier_questions(pair: dict[str, Any]) -> None:
    understood = understand(pair["question"], pair["before"])
    assert understood.question not in (None, pair["question"])
    held = stems(understood.question or "")
    assert stems(pair["holds"]) <= held, understood
    assert not stems(pair["lacks"]) & held, understood


@pytest.mark.parametrize("pair", ALONE, ids=name)
def test_a_standalone_question_is_unchanged(pair: dict[str, Any]) -> None:
    understood = understand(pair["question"], pair["before"])
    assert (understood.question, understood.why) == (pair["question"], None)


@pytest.mark.parametrize("pair", FOLLOW_UPS, ids=name)
def test_nothing_is_added_without_earlier_questions(pair: dict[str, Any]) -> None:
    assert understand(pair["question"], []).question in (None, pair["question"])


@pytest.mark.parametrize("question", ["Why?", "And then?", "Tell me more.", "How long does it take?", "Is that so?"])
def test_a_first_question_without_a_topic_is_not_understood(question: str) -> None:
    assert understand(question, []).question is None


@pytest.mark.parametrize("question", ["And for the X300?", "Does it have Bluetooth?", "warranty", "Thanks!", "保修期?"])
def test_a_first_question_with_a_topic_is_unchanged(question: str) -> None:
    assert understand(question, []).question == question


def test_a_topic_lasts_over_several_turns() -> None:
    asked = ["How do I reset the X200?"]
    for question in ("How long?", "Why?", "And for the X300?"):
        asked.append(understand(question, asked).question or "")
    assert asked[1:] == ["How long (reset the X200)?", "Why (reset the X200)?", "Why (reset the X300)?"]


def test_turns_without_a_topic_are_skipped() -> None:
    assert understand("Why?", ["How do I reset the X200?", "Thanks!"]).question == "Why (reset the X200)?"


def test_redacted_text_is_not_carried_over() -> None:
    understood = understand("How long does it take?", ["How does [PERSON] return a lamp to [EMAIL_ADDRESS]?"])
    assert understood.question == "How long does it take (return a lamp)?"


def test_an_email_explains_its_own_pronouns() -> None:
    email = "It is broken " + "and I am sad " * (LONGEST // 4) + "what now?"
    assert understand(email, ["How do I reset the X200?"]).question == email


def test_a_long_earlier_question_is_not_carried_over_completely() -> None:
    before = "How do I " + " ".join(f"step{number}" for number in range(500)) + "?"
    assert len((understand("Why?", [before]).question or "").split()) < 20


@pytest.mark.parametrize(
    "question",
    ["?", "...", "it", "and", "What about", "one", "the", "(", "its", "And ?", "same", "that", "What about?"],
)
@pytest.mark.parametrize("before", [["How do I reset the X200?"], ["?"], ["the"], []])
def test_fragments_of_any_kind_raise_no_error(question: str, before: list[str]) -> None:
    understood = understand(question, before)
    assert understood.question is None or understood.question.startswith(question[:1]) or understood.why
