"""A model's report: its loss, how close its answers came, how often the check fell back to quotes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import pytest

from core.errors import Unavailable
from core.types import Json, Message
from learning.dataset.lessons import Lesson
from learning.gate.report import ModelReport, examine, is_usable, prefers_phrasing
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


@pytest.mark.parametrize(
    ("text", "usable"),
    [
        ("Hold the power button of the kettle for 5 seconds.", True),
        ("Please hold the power button of the kettle for 5 seconds.", True),
        ("Hold the power button of the kettle for 9 seconds.", False),
        ("Hold the power button.", False),
        ("Hold the power button of the kettle for 5 seconds. " * 3, False),
    ],
)
def test_a_usable_answer_says_all_of_the_approved_one_and_little_else(text: str, usable: bool) -> None:
    assert is_usable(text, "Hold the power button of the kettle for 5 seconds.") == usable


def test_an_answer_that_falls_back_counts_as_its_quotes_do() -> None:
    report = examined(["", ""])

    assert report.usable == report.usable_quotes


@pytest.mark.parametrize(("usable", "quotes", "preferred"), [(3, 2, True), (2, 2, False), (1, 2, False)])
def test_phrasing_is_preferred_only_where_more_of_its_answers_are_usable(
    usable: int, quotes: int, preferred: bool
) -> None:
    assert prefers_phrasing({"candidate": {"usable": usable, "usable_quotes": quotes}}) == preferred


@pytest.mark.parametrize("report", [{}, {"candidate": {"f1": 0.9}}])
def test_a_report_without_counts_shows_nothing(report: Mapping[str, Json]) -> None:
    assert not prefers_phrasing(report)
