"""Sources that disagree are shown, newest first; sources about different things are quoted as usual."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.ports import Reranker
from core.settings import load_settings
from core.types import Citation, Passage, Refusal
from generation.evidence.quotes import score_spans
from generation.refusal.contradiction import disagreement
from retrieval.models.reranker import open_reranker
from tests.generation.doubles import OverlapReranker, passage, ranked
from tests.generation.refusal.opposed_pages import FIRST, SECOND, Page, Pair

QUESTION = "How long do I hold the reset button?"
OLD, NEW = datetime(2025, 2, 3, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def page(text: str, number: int = 1, *, title: str = "Router handbook", at: datetime | None = OLD) -> Passage:
    return replace(passage(text, chunk_id=number, title=title), updated_at=at)


def found(
    question: str, *pages: Passage, reranker: Reranker | None = None
) -> tuple[Refusal, tuple[Citation, ...]] | None:
    return disagreement(question, score_spans(question, ranked(*pages), reranker or OverlapReranker()))


FIVE = page("Hold the reset button for 5 seconds.")
TEN = page("Hold the reset button for 10 seconds.", 2, title="Support notes", at=NEW)


def test_two_figures_for_one_thing_are_both_shown_newest_first() -> None:
    shown = found(QUESTION, FIVE, TEN)
    assert shown is not None
    refusal, citations = shown
    assert refusal.code == "contradictory"
    assert refusal.message == (
        "Two sources disagree: 10 seconds (Support notes, of 2026-11-01) "
        "and 5 seconds (Router handbook, of 2025-02-03). The newest comes first."
    )
    assert [(c.id, c.quote) for c in citations] == [(1, TEN.text), (2, FIVE.text)]


def test_which_span_scores_best_does_not_matter() -> None:
    one, other = found(QUESTION, FIVE, TEN), found(QUESTION, TEN, FIVE)
    assert one is not None
    assert other is not None
    assert one[0] == other[0]


def test_three_sources_are_all_shown_without_one_that_agrees_with_another() -> None:
    third = page("Hold the reset button for 30 seconds.", 3, title="Wall poster")
    again = page("Hold the reset button for ten seconds.", 4, title="Call script")
    shown = found(QUESTION, FIVE, TEN, third, again)
    assert shown is not None
    assert shown[0].message.startswith("Three sources disagree: 10 seconds")
    assert len(shown[1]) == 3


def test_a_denial_is_shown_in_the_words_of_both_sources() -> None:
    may = page("The filter may be washed in the dishwasher.")
    never = page("Never wash the filter in the dishwasher.", 2, title="Care", at=NEW)
    shown = found("Can the filter be washed in the dishwasher?", may, never)
    assert shown is not None
    assert "“Never wash the filter in the dishwasher.” (Care, of 2026-11-01) and “The filter may be" in shown[0].message


@pytest.mark.parametrize(
    "other",
    [
        page("Hold the reset button for five seconds.", 2, title="Support notes"),
        page("If the lamp is red, hold the reset button for 10 seconds.", 2, title="Support notes"),
        page("Hold the reset button of the modem for 10 seconds.", 2, title="Router handbook for the M5"),
        page("Hold the reset button for 10 seconds.", 2, title="Superseded notes"),
        page("Hold the reset button for at least 3 seconds.", 2, title="Support notes"),
        page("Hold the reset button for 10 seconds, in step 2 for 5 seconds.", 2, title="Support notes"),
    ],
)
def test_pages_that_only_look_opposed_are_no_contradiction(other: Passage) -> None:
    assert found(QUESTION, FIVE, other) is None


def test_two_sentences_of_one_section_never_contradict_one_another() -> None:
    assert found(QUESTION, page("Hold the reset button for 5 seconds. Hold the reset button for 10 seconds.")) is None


def test_two_sections_of_one_document_may_contradict_one_another() -> None:
    first = replace(FIVE, heading=("Overview",))
    other = replace(TEN, title=FIVE.title, document_id=FIVE.document_id, heading=("Reset",))
    shown = found(QUESTION, first, other)
    assert shown is not None
    assert "10 seconds (Router handbook › Reset, of 2026-11-01)" in shown[0].message


def test_sources_without_a_date_are_shown_without_one() -> None:
    shown = found(QUESTION, replace(FIVE, updated_at=None), replace(TEN, updated_at=None))
    assert shown is not None
    assert "5 seconds (Router handbook)" in shown[0].message


def outcomes(pairs: Sequence[Pair], reranker: Reranker) -> tuple[int, int]:
    """Return how many contradictions are found, and how many other pairs are mistaken for one."""
    shown = [(pair.opposed, found(pair.question, *_pages(pair), reranker=reranker) is not None) for pair in pairs]
    return sum(opposed and refused for opposed, refused in shown), sum(
        refused and not opposed for opposed, refused in shown
    )


def _pages(pair: Pair) -> list[Passage]:
    return [_page(each, number, same=pair.one.title == pair.other.title) for number, each in enumerate(pair[1:3], 1)]


def _page(each: Page, number: int, *, same: bool) -> Passage:
    heading = (each.heading,) if each.heading else ()
    made = passage(each.text, chunk_id=number, title=each.title, heading=heading)
    return replace(made, document_id="doc_1") if same else made


@pytest.mark.weights
def test_contradictions_are_found_with_few_false_alarms() -> None:
    reranker = open_reranker(load_settings({}))
    assert reranker is not None
    hits, alarms = outcomes(FIRST, reranker)
    assert hits >= 17  # of 18
    assert alarms == 0  # of 20
    hits, alarms = outcomes(SECOND, reranker)
    assert hits >= 8  # of 10
    assert alarms <= 1  # of 10
