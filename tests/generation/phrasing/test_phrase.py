"""Phrased text is the beginning of a unit in the unit's order; what else a generator says is replaced by quotes."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from core.types import Citation, Passage
from generation.events import Delta
from generation.phrasing.phrase import DECLINED, Phrased, phrase
from tests.generation.doubles import ScriptedGenerator, passage

TEXT = (
    "The X200 has a filter. It must be rinsed weekly. Otherwise the pump stops. It is loud.\n\n"
    "Then the lamp is green. It blinks twice."
)
WHOLE = passage(TEXT)
OTHER = passage("The warranty lasts two years.", chunk_id=2)


def quoted(number: int, words: str, whole: Passage = WHOLE) -> Citation:
    return Citation(number, whole, whole.text.index(words), whole.text.index(words) + len(words), 1.0)


FILTER = quoted(1, "The X200 has a filter.")
RINSED = quoted(2, "It must be rinsed weekly.")
STOPS = quoted(3, "Otherwise the pump stops.")
BLINKS = quoted(4, "It blinks twice.")
WARRANTY = quoted(5, "The warranty lasts two years.", OTHER)
EVIDENCE = (FILTER, RINSED, STOPS, BLINKS, WARRANTY)


def said(*sentences: str, evidence: Sequence[Citation] = EVIDENCE, best: str = "") -> Phrased:
    generator = ScriptedGenerator([" ".join(sentences)])
    events = phrase(generator, "What about the filter?", evidence, deadline=time.monotonic() + 60, best=best)
    shown: list[str] = []
    while True:
        try:
            event = next(events)
        except StopIteration as end:
            phrased: Phrased = end.value
            assert "".join(shown) == phrased.text
            return phrased
        if isinstance(event, Delta):
            shown.append(event.text)


def test_the_beginning_of_a_unit_is_shown() -> None:
    assert said("The X200 has a filter.").text == "The X200 has a filter. [1]"
    both = said("The X200 has a filter; it must be rinsed weekly.")
    assert both.text == "The X200 has a filter; it must be rinsed weekly. [1][2]"


def test_sentences_that_go_on_are_shown_in_their_order() -> None:
    text = said("The X200 has a filter.", "It must be rinsed weekly.", "Otherwise the pump stops.").text
    assert text == "The X200 has a filter. [1] It must be rinsed weekly. [2] Otherwise the pump stops. [3]"


@pytest.mark.parametrize("alone", ["It must be rinsed weekly.", "Otherwise the pump stops."])
def test_a_sentence_is_not_shown_without_the_cited_one_that_it_may_refer_to(alone: str) -> None:
    assert said(alone).fallback == "generator_unsupported"


def test_a_sentence_after_a_gap_is_quoted() -> None:
    phrased = said("The X200 has a filter.", "Otherwise the pump stops.")
    assert phrased.text == "The X200 has a filter. [1] “Otherwise the pump stops.” [2]"
    assert [each.kind for each in phrased.sentences] == ["phrased", "quoted"]


def test_a_sentence_that_goes_on_from_a_failed_one_is_quoted() -> None:
    phrased = said("The X200 has a filter.", "It must not be rinsed weekly.", "Otherwise the pump stops.")
    assert [(each.kind, each.cites) for each in phrased.sentences] == [
        ("phrased", (1,)),
        ("quoted", (2,)),
        ("quoted", (3,)),
    ]


def test_within_a_passage_the_text_never_goes_back() -> None:
    phrased = said("It blinks twice.", "The X200 has a filter.")
    assert [each.kind for each in phrased.sentences] == ["phrased", "quoted"]


def test_the_beginning_of_another_unit_may_follow() -> None:
    phrased = said("The X200 has a filter.", "The warranty lasts two years.")
    assert [(each.kind, each.cites) for each in phrased.sentences] == [("phrased", (1,)), ("phrased", (2,))]


def test_the_first_sentence_cites_the_best_quote() -> None:
    assert said("The warranty lasts two years.", best=FILTER.quote).fallback == "generator_beside"
    assert said("The X200 has a filter.", best=FILTER.quote).sentences


def test_a_repeated_sentence_ends_the_text() -> None:
    assert said(*["The X200 has a filter."] * 3, "It must be rinsed weekly.").text == "The X200 has a filter. [1]"


def test_two_failures_in_a_row_end_the_text() -> None:
    assert said("Call Bob.", "Call Ada.", "The X200 has a filter.").fallback == "generator_unsupported"


def test_a_model_that_declines_leaves_the_quotes() -> None:
    assert said(f"{DECLINED} [1]").fallback == "generator_declined"
    assert said("The sources say nothing about that.").fallback == "generator_unsupported"
