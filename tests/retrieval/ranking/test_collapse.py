"""Which passages say the same, which only look it, and which of them is shown."""

from __future__ import annotations

import pytest

from core.types import Passage, Ranked
from retrieval.ranking.collapse import collapse, compare_texts

WARRANTY = (
    "The warranty lasts two years from the date of purchase and covers defects of material and of workmanship. "
    "It does not cover parts that wear, damage by water, or repairs by anybody else than an authorised workshop. "
    "Keep the receipt, since the workshop will ask for it before it begins with any work on the appliance."
)


def passage(
    text: str, chunk_id: int = 1, *, title: str = "", heading: tuple[str, ...] = (), document: str = ""
) -> Passage:
    return Passage(chunk_id, document or f"doc_{chunk_id}", 1, 0, "manuals", "p", title, text, "0" * 64, heading)


def shown(*passages: Passage, across_documents: bool = True) -> list[tuple[int, ...]]:
    """Collapse passages that score less and less; return the ids of each that is left, with its duplicates' behind."""
    ranked = [Ranked(each, score=1.0 - place / 100) for place, each in enumerate(passages)]
    left = collapse(ranked, across_documents=across_documents)
    return [(hit.passage.chunk_id, *(other.chunk_id for other in hit.duplicates)) for hit in left]


def test_copies_stand_under_the_best_of_them() -> None:
    assert shown(
        passage(WARRANTY, 7), passage("Press the red button.", 8), passage(WARRANTY, 9), passage(WARRANTY, 5)
    ) == [(7, 9, 5), (8,)]


@pytest.mark.parametrize(
    "other",
    [
        WARRANTY.replace(" ", "\n "),
        WARRANTY.replace(",", ";"),
        f"• {WARRANTY}",
        f"Please read this carefully. {WARRANTY}",
        f"{WARRANTY}\nThank you for your trust.",
    ],
    ids=["spacing", "punctuation", "bullet", "sentence before", "line behind"],
)
def test_the_same_words_are_a_copy_however_they_are_set(other: str) -> None:
    assert shown(passage(WARRANTY, 1), passage(other, 2)) == [(1, 2)]
    assert shown(passage(other, 2), passage(WARRANTY, 1)) == [(2, 1)]


@pytest.mark.parametrize(
    "other",
    [
        WARRANTY.replace("two years", "five years"),
        WARRANTY.replace("does not cover", "does cover"),
        WARRANTY.replace("water", "lightning"),
        WARRANTY.replace("the appliance", "the appliance and its batteries"),
        f"{WARRANTY} This holds for 24 months.",
        f"{WARRANTY} It holds for the WaveRouter only.",
        f"In any country {WARRANTY}",
        f"{WARRANTY} {WARRANTY}",
    ],
    ids=["word", "negation", "noun", "clause", "number behind", "name behind", "no sentence", "twice as long"],
)
def test_what_makes_another_claim_is_shown_beside_it(other: str) -> None:
    assert shown(passage(WARRANTY, 1), passage(other, 2)) == [(1,), (2,)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Reset after 30 s.", "Reset after 60 s."),
        ("Set the WX-200 to channel five.", "Set the WX-300 to channel five."),
        ("It works down to -5 °C.", "It works down to 5 °C."),
        ("The load is 1.5 kg.", "The load is 15 kg."),
        ("It sends at 5 mW.", "It sends at 5 MW."),
        ("Use it if the pressure is < 2 bar.", "Use it if the pressure is > 2 bar."),
    ],
)
def test_numbers_signs_units_and_models_keep_passages_apart(one: str, other: str) -> None:
    padding = "Then wait until the lamp on the front of the appliance is green again and go on with your work. " * 8
    assert shown(passage(f"{padding}{one}", 1), passage(f"{padding}{other}", 2)) == [(1,), (2,)]


def test_the_heading_tells_equal_words_apart() -> None:
    text = "Hold the button for ten seconds."
    care = [
        passage(text, n, title="Manual", heading=("Manual", part), document="doc")
        for n, part in ((1, "Reset"), (2, "Pair"))
    ]
    volts = [passage(text, n, heading=(part,)) for n, part in ((3, "12 V version"), (4, "24 V version"))]

    assert shown(*care) == [(1,), (2,)]
    assert shown(*volts) == [(3,), (4,)]


def test_titles_and_numbers_of_sections_may_differ_between_documents() -> None:
    heads = (("Router A", "3.2 Warranty"), ("Router B", "4. Warranty"), ("Router C", "Warranty"))
    copies = [passage(WARRANTY, n, title=head[0], heading=head) for n, head in enumerate(heads)]

    assert shown(*copies) == [(0, 1, 2)]


def test_who_asked_for_documents_keeps_a_passage_of_each() -> None:
    copies = [
        passage(WARRANTY, 1, document="a"),
        passage(WARRANTY, 2, document="b"),
        passage(WARRANTY, 3, document="a"),
    ]

    assert shown(*copies, across_documents=False) == [(1, 3), (2,)]


def test_of_equal_scores_the_newest_stands_for_all() -> None:
    left = collapse([Ranked(passage(WARRANTY, chunk_id), score=0.5) for chunk_id in (3, 9, 6)])

    assert [hit.passage.chunk_id for hit in left] == [9]
    assert [other.chunk_id for other in left[0].duplicates] == [3, 6]


def test_a_copy_says_what_makes_it_one() -> None:
    longer = f"{WARRANTY}\nThank you for your trust."

    assert compare_texts(passage(WARRANTY), passage(WARRANTY)) == "the same words"
    assert compare_texts(passage(WARRANTY), passage(longer)) == "the same words and 5 more at an end"
    assert compare_texts(passage(longer), passage(WARRANTY)) == "the same words and 5 fewer at an end"


def test_texts_of_punctuation_alone_are_compared_as_they_are() -> None:
    assert shown(passage("***", 1), passage("---", 2), passage("***", 3)) == [(1, 3), (2,)]
