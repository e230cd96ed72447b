"""What the base adapter is taught: sentences of the evidence that answer, with their numbers; or that there is none."""

from __future__ import annotations

from random import Random

from generation.evidence.quotes import Scored, score_spans
from generation.phrasing.phrase import DECLINED
from learning.dataset.base_lessons import Judged, answered, declined, with_examples
from learning.dataset.lessons import from_content, to_content
from tests.generation.doubles import OverlapReranker, passage, ranked

RESET = passage("The TV has a reset button. Hold the reset button for five seconds.", title="Reset")
RULES = passage("Hold the reset button in these cases:\n- the screen is black\n- the sound is gone", chunk_id=2)
QUESTION = "How long do I hold the reset button?"


def spans(question: str = QUESTION) -> list[Scored]:
    return score_spans(question, ranked(RESET, RULES), OverlapReranker())


def test_an_answer_in_words_is_taught_as_far_as_it_stands_in_the_evidence() -> None:
    told = "Hold the reset button for five seconds. Then call the service line in Berlin."
    lesson = answered(Judged(QUESTION, frozenset({"m1.md"}), told), spans())
    assert lesson is not None
    assert lesson.target == "Hold the reset button for five seconds."
    assert lesson.taught() == "Hold the reset button for five seconds [1]."


def test_without_words_the_best_quotes_of_the_judged_document_are_taught() -> None:
    lesson = answered(Judged(QUESTION, frozenset({"m1.md"})), spans())
    assert lesson is not None
    assert "Hold the reset button for five seconds." in lesson.target


def test_a_list_is_taught_as_a_sentence_behind_its_lead_in() -> None:
    question = "In which cases do I hold the reset button?"
    lesson = answered(Judged(question, frozenset({"m2.md"})), spans(question))
    assert lesson is not None
    assert lesson.target == "Hold the reset button in these cases: the screen is black, the sound is gone."


def test_nothing_is_taught_where_the_evidence_does_not_answer() -> None:
    assert answered(Judged(QUESTION, frozenset({"m9.md"})), spans()) is None
    assert answered(Judged(QUESTION, frozenset({"m1.md"}), "Ask Bob at 555."), spans()) is None


def test_a_question_without_its_documents_teaches_to_say_so() -> None:
    lesson = declined(Judged(QUESTION, frozenset({"m1.md"})), spans())
    assert lesson.target == lesson.taught() == DECLINED
    assert lesson.stands()


def test_some_lessons_show_the_answer_to_another_question_first_and_keep_it() -> None:
    made = [answered(Judged(f"{QUESTION} {n}", frozenset({"m1.md"})), spans()) for n in range(60)]
    lessons = list(with_examples([lesson for lesson in made if lesson is not None], Random(3)))
    shown = [lesson for lesson in lessons if lesson.examples]
    assert 0 < len(shown) < 20
    assert all(lesson.examples[0].question != lesson.question for lesson in shown)
    assert from_content(to_content(shown[0])).examples == shown[0].examples
    assert shown[0].examples[0].answer in shown[0].chat()[1].content
