"""A model's report: its loss, how close its answers came, how often the check fell back to quotes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from core.errors import Unavailable
from core.types import Message
from learning.dataset.lessons import Lesson
from learning.gate.report import ModelReport, examine
from tests.learning.tuning.test_generator import lessons_on, quiet

LESSONS = lessons_on(["kettle", "router"])
RIGHT = [lesson.target for lesson in LESSONS]


class Parrot:
    """A Generator that writes the given texts, one per question."""

    name = "parrot"
    device = "cpu"

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = iter(texts)

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        text = next(self._texts)
        if text == "down":
            raise Unavailable("The parrot is out.")
        yield text


def examined(texts: Sequence[str], lessons: Sequence[Lesson] = LESSONS, max_answers: int = 20) -> ModelReport:
    return examine(Parrot(texts), [1.0, 2.0], lessons, progress=quiet, max_answers=max_answers)


def test_the_approved_words_score_in_full() -> None:
    report = examined(RIGHT)

    assert (report.model, report.loss, report.answers) == ("parrot", 1.5, 2)
    assert (report.f1, report.fallback_rate) == (1.0, 0.0)


@pytest.mark.parametrize("text", ["Hold the power button of the kettle for 90 seconds.", "", "down", "What kettle?"])
def test_words_that_would_not_be_shown_score_nothing(text: str) -> None:
    report = examined([text, RIGHT[1]])

    assert (report.f1, report.fallback_rate) == (0.5, 0.5)


def test_no_more_answers_are_written_than_allowed() -> None:
    assert examined(RIGHT[:1], max_answers=1).answers == 1


def test_no_lessons_give_an_empty_report() -> None:
    assert examined([], lessons=[]).as_json()["answers"] == 0


def test_the_report_can_be_stored_as_json() -> None:
    stored = examined(RIGHT).as_json()

    assert (stored["loss"], stored["losses"]) == (1.5, [1.0, 2.0])
