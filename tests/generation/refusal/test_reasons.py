"""The reason of a refusal: each refusal has the closest passages and asks no generator."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.settings import Settings
from core.types import Answer, Passage
from generation.answering import Answerer
from generation.events import Cited, Delta, Finished
from tests.generation.doubles import ASKER, ListRetriever, OverlapReader, ScriptedGenerator, passage, ranked

FIVE = replace(passage("Hold the reset button for 5 seconds.", title="Router handbook"), language="en")
TEN = replace(passage("Hold the reset button for 10 seconds.", chunk_id=2, title="Support notes"), language="en")
PAGES = tuple(
    replace(passage(f"Press the key of the {name}.", chunk_id=n, title=f"Reset the {name}"), language="en")
    for n, name in enumerate(("pump", "lamp", "valve", "gate"), 1)
)


def answerer(settings: Settings, *pages: Passage, threshold: float = 0.0) -> tuple[Answerer, ScriptedGenerator]:
    generator = ScriptedGenerator(["Hold the reset button for 5 seconds."])
    given = settings.model_copy(update={"support_threshold": threshold})
    return Answerer(ListRetriever(ranked(*pages)), OverlapReader(), lambda: generator, given), generator


def refused(settings: Settings, question: str, *pages: Passage, threshold: float = 0.0) -> Answer:
    asked, generator = answerer(settings, *pages, threshold=threshold)
    answer = asked.answer(ASKER, question, mode="generate")
    assert answer.status == "refused"
    assert answer.text == ""
    assert generator.received == []
    return answer


@pytest.mark.parametrize(
    ("question", "pages", "threshold", "code"),
    [
        ("reset", PAGES, 0.0, "question_too_broad"),
        ("reset", PAGES, 1.0, "question_too_broad"),
        ("help", PAGES, 0.0, "question_too_broad"),
        ("How long do I hold the reset button?", (FIVE, TEN), 0.0, "contradictory"),
        ("How long do I hold the reset button?", (FIVE, TEN), 1.0, "not_answered"),
        ("asdf qwer", PAGES, 1.0, "question_unclear"),
        ("Wie lange muss ich die Taste halten?", PAGES, 1.0, "question_unclear"),
        ("Who won the cup in 1966?", PAGES, 1.0, "not_answered"),
    ],
)
def test_each_refusal_has_the_closest_passages(
    settings: Settings, question: str, pages: tuple[Passage, ...], threshold: float, code: str
) -> None:
    answer = refused(settings, question, *pages, threshold=threshold)
    assert answer.refusal is not None
    assert answer.refusal.code == code
    assert [each.passage.chunk_id for each in answer.closest] == [page.chunk_id for page in pages[:3]]
    assert bool(answer.citations) == (code == "contradictory")


def test_sources_that_disagree_are_streamed_as_citations_without_text(settings: Settings) -> None:
    asked, _ = answerer(settings, FIVE, TEN)
    events = list(asked.stream(ASKER, "How long do I hold the reset button?"))
    assert not any(isinstance(event, Delta) for event in events)
    assert isinstance(events[-1], Finished)
    assert tuple(e.citation for e in events if isinstance(e, Cited)) == events[-1].answer.citations


def test_a_question_in_another_language_is_answered_if_its_support_is_high_enough(settings: Settings) -> None:
    asked, _ = answerer(settings, PAGES[0])
    assert asked.answer(ASKER, "Wie lange muss ich die Taste halten?").status == "answered"
