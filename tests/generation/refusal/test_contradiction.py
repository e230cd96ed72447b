"""Sources with other figures for one thing are shown, newest first; sources about different things are quoted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.settings import load_settings
from core.types import Citation, Passage, Refusal
from generation.answering import Answerer
from generation.evidence.reading import read_passages
from generation.refusal.contradiction import disagreement
from tests.generation.doubles import ASKER, OverlapReader, TableReader, passage, ranked
from tests.generation.library import Library, document, verbatim
from tests.generation.refusal.opposed_pages import FIRST, SECOND, Page, Pair

QUESTION = "How long do I hold the reset button?"
OLD, NEW = datetime(2025, 2, 3, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)


def page(text: str, number: int = 1, *, title: str = "Router handbook", at: datetime | None = OLD) -> Passage:
    return replace(passage(text, chunk_id=number, title=title), updated_at=at)


def found(question: str, *pages: Passage) -> tuple[Refusal, tuple[Citation, ...]] | None:
    return disagreement(question, read_passages(question, ranked(*pages), OverlapReader()))


FIVE = page("Hold the reset button for 5 seconds.")
TEN = page("Hold the reset button for 10 seconds.", 2, title="Support notes", at=NEW)
TERMS = document("# Terms of sale\n\nKeep the receipt. The warranty lasts 24 months.\n", "terms.md", number=1, at=OLD)
LEAFLET = document("# Customer leaflet\n\nThe warranty lasts 36 months.\n", "leaflet.md", number=2, at=NEW)


def test_two_figures_for_one_thing_are_both_shown_newest_first() -> None:
    reader = TableReader({"warranty": 4.0})
    settings = load_settings({})
    answer = Answerer(Library((*TERMS, *LEAFLET)), reader, lambda: None, settings).answer(
        ASKER, "How long is the warranty?"
    )
    assert answer.refusal is not None
    assert answer.refusal.code == "contradictory"
    assert answer.refusal.message == (
        "Two sources disagree: 36 months (Customer leaflet, of 2026-11-01) "
        "and 24 months (Terms of sale, of 2025-02-03). The newest comes first."
    )
    assert [(each.id, each.quote) for each in answer.citations] == [
        (1, "The warranty lasts 36 months."),
        (2, "The warranty lasts 24 months."),
    ]
    assert verbatim(answer.citations)
    assert answer.text == ""


def test_the_rank_of_the_sources_does_not_matter() -> None:
    one, other = found(QUESTION, FIVE, TEN), found(QUESTION, TEN, FIVE)
    assert one is not None
    assert other is not None
    assert one[0] == other[0]


def test_three_sources_are_all_shown_without_one_that_agrees_with_another() -> None:
    third = page("Hold the reset button for 30 seconds.", 3, title="Wall poster")
    again = page("Hold the reset button for 10 seconds.", 4, title="Call script")
    shown = found(QUESTION, FIVE, TEN, third, again)
    assert shown is not None
    assert shown[0].message.startswith("Three sources disagree: 10 seconds")
    assert len(shown[1]) == 3


@pytest.mark.parametrize(
    "other",
    [
        page("Hold the reset button for 5 seconds.", 2, title="Support notes"),
        page("Hold the reset button for 4 to 6 seconds.", 2, title="Support notes"),
        page("Hold the reset button for 10 seconds, in step 2 for 5 seconds.", 2, title="Support notes"),
        page("Hold the lamp button for 10 seconds.", 2, title="Support notes"),
        page("Hold the reset button. It takes 10 minutes.", 2, title="Support notes"),
        replace(page("Hold the reset button for 10 seconds.", 2), document_id="doc_1"),
    ],
)
def test_pages_that_only_look_opposed_are_no_contradiction(other: Passage) -> None:
    assert found(QUESTION, FIVE, other) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("Orion X200", "Orion X300"), ("Leave policy 2024", "Leave policy 2026"), ("Guide 4.1 v4.1", "Guide v4.2")],
)
def test_siblings_do_not_contradict_one_another(one: str, other: str) -> None:
    assert found(QUESTION, replace(FIVE, title=one), replace(TEN, title=other)) is None


def test_a_figure_under_another_condition_is_no_contradiction() -> None:
    warm = page("At 20 °C the paint dries within 4 hours.", 1, title="Data sheet")
    cold = page("At 10 °C the paint dries within 24 hours.", 2, title="Tips")
    assert found("How long does the paint take to dry?", warm, cold) is None


def test_figures_of_another_language_are_compared() -> None:
    one = page("Die Garantie beträgt 24 Monate.", 1, title="Bedingungen")
    other = page("Die Garantie beträgt 36 Monate.", 2, title="Merkblatt", at=NEW)
    shown = found("Wie viele Monate beträgt die Garantie?", one, other)
    assert shown is not None
    assert "36 Monate (Merkblatt, of 2026-11-01) and 24 Monate (Bedingungen" in shown[0].message


def test_sources_without_a_date_are_shown_without_one() -> None:
    shown = found(QUESTION, replace(FIVE, updated_at=None), replace(TEN, updated_at=None))
    assert shown is not None
    assert "5 seconds (Router handbook)" in shown[0].message


def outcomes(pairs: Sequence[Pair]) -> tuple[int, int]:
    """Return how many contradictions are found, and how many other pairs are mistaken for one."""
    shown = [(pair.opposed, found(pair.question, *_pages(pair)) is not None) for pair in pairs]
    hits = sum(opposed and refused for opposed, refused in shown)
    return hits, sum(refused and not opposed for opposed, refused in shown)


def _pages(pair: Pair) -> list[Passage]:
    return [_page(each, number, same=pair.one.title == pair.other.title) for number, each in enumerate(pair[1:3], 1)]


def _page(each: Page, number: int, *, same: bool) -> Passage:
    heading = (each.heading,) if each.heading else ()
    made = passage(each.text, chunk_id=number, title=each.title, heading=heading)
    return replace(made, document_id="doc_1") if same else made


def test_contradictions_are_found_with_few_false_alarms() -> None:
    """Many are missed: those in other words, and denials. A false alarm would withhold a right answer."""
    hits, alarms = outcomes(FIRST)
    assert hits >= 6  # of 18
    assert alarms <= 1  # of 20
    hits, alarms = outcomes(SECOND)
    assert hits >= 3  # of 10
    assert alarms <= 1  # of 10
