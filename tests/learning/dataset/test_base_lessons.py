"""Lessons of the base adapter: sentences of the evidence that answer, with their numbers, or that there are none."""

from __future__ import annotations

from random import Random

from core.types import Citation
from generation.evidence.cite import distinct
from generation.evidence.overlap import nearest
from generation.phrasing.phrase import DECLINED
from learning.dataset.base_lessons import JudgedQuestion, answered_lesson, declined_lesson, with_examples
from learning.dataset.lessons import from_content, to_content
from tests.generation.doubles import passage

RESET = passage("The TV has a reset button. Hold the reset button for five seconds.", title="Reset")
RULES = passage("Hold the reset button in these cases:\n- the screen is black\n- the sound is gone", chunk_id=2)
QUESTION = "How long do I hold the reset button?"


def sources(question: str = QUESTION) -> tuple[Citation, ...]:
    return distinct(nearest(question, (RESET, RULES)))


def test_a_written_answer_is_learned_as_far_as_the_evidence_supports_it() -> None:
    told = "Hold the reset button for five seconds. Then call the service line in Berlin."
    lesson = answered_lesson(JudgedQuestion(QUESTION, frozenset({"m1.md"}), told), sources())
    assert lesson is not None
    assert lesson.target == "Hold the reset button for five seconds."
    assert lesson.completion() == "Hold the reset button for five seconds [1]."


def test_without_a_written_answer_the_best_quotes_of_the_judged_document_are_learned() -> None:
    lesson = answered_lesson(JudgedQuestion(QUESTION, frozenset({"m1.md"})), sources())
    assert lesson is not None
    assert "Hold the reset button for five seconds." in lesson.target


def test_an_item_is_learned_without_its_bullet() -> None:
    item = passage("- the screen is black", chunk_id=2)
    judged = JudgedQuestion("When is the screen black?", frozenset({"m2.md"}))
    lesson = answered_lesson(judged, nearest("screen", (item,)))
    assert lesson is not None
    assert lesson.target == "the screen is black."


def test_there_is_no_lesson_where_the_evidence_does_not_answer() -> None:
    assert answered_lesson(JudgedQuestion(QUESTION, frozenset({"m9.md"})), sources()) is None
    assert answered_lesson(JudgedQuestion(QUESTION, frozenset({"m1.md"}), "Ask Bob at 555."), sources()) is None


def test_a_question_without_its_documents_teaches_to_say_so() -> None:
    lesson = declined_lesson(JudgedQuestion(QUESTION, frozenset({"m1.md"})), sources())
    assert lesson.target == lesson.completion() == DECLINED
    assert lesson.passes_check()


def test_some_lessons_hold_the_answer_to_another_question_and_it_is_stored_with_them() -> None:
    made = [answered_lesson(JudgedQuestion(f"{QUESTION} {n}", frozenset({"m1.md"})), sources()) for n in range(60)]
    lessons = list(with_examples([lesson for lesson in made if lesson is not None], Random(3)))
    shown = [lesson for lesson in lessons if lesson.examples]
    assert 0 < len(shown) < 20
    assert all(lesson.examples[0].question != lesson.question for lesson in shown)
    assert from_content(to_content(shown[0])).examples == shown[0].examples
    assert shown[0].examples[0].answer in shown[0].chat()[1].content
