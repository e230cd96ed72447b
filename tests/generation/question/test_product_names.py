"""A document is asked a question without the name in its title; all other names stay."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.ports import Reranker
from core.settings import load_settings
from generation.evidence.quotes import choose, score_spans
from generation.question.product_names import siblings, without_names
from retrieval.models.reranker import open_reranker
from tests.generation.doubles import OverlapReranker, passage, ranked
from tests.generation.question.named_manuals import MANUALS, QUESTIONS

PUMP = "Kestrel 40 water pump"


@pytest.mark.parametrize(
    ("question", "title", "left"),
    [
        ("How do I start the Kestrel 40 pump?", PUMP, "How do I start the pump?"),
        ("how do i start the kestrel 40 pump", PUMP, "how do i start the pump"),
        (
            "How often must the filter of the Kestrel 40 be changed?",
            PUMP,
            "How often must the filter of it be changed?",
        ),
        ("What paper fits the X200?", "Orion X200", "What paper fits it?"),
        ("How do I add a colleague in Meridian CRM?", "Meridian CRM: user guide", "How do I add a colleague?"),
        (
            "How do I start the Orion X200?",
            PUMP,
            "How do I start the Orion X200?",
        ),  # the name of another document stays
        ("What is the Kestrel 40?", PUMP, "What is the Kestrel 40?"),  # nothing to ask would be left
        ("Water pump: how is it started?", PUMP, "Water pump: how is it started?"),  # ordinary words are no names
        ("", PUMP, ""),
        ("What does 230 V mean?", "", "What does 230 V mean?"),
    ],
)
def test_names_in_the_title_are_removed(question: str, title: str, left: str) -> None:
    text = "The Kestrel 40 pumps water. Start the pump with the green button. The Kestrel runs."
    assert without_names(question, passage(text, title=title)) == left


def test_each_document_is_asked_without_its_own_name_and_every_span_gets_its_own_score() -> None:
    asked: dict[str, list[str]] = {}

    class Noting(OverlapReranker):
        def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
            asked[question] = list(texts)
            return super().score(question, texts, deadline=deadline)

    ours = passage("Press the green button of the pump to start it.", chunk_id=1, title=PUMP)
    theirs = passage("Turn the blue key of the printer to start it.", chunk_id=2, title="Orion printer")
    scored = score_spans("How do I start the Kestrel 40 pump?", ranked(ours, theirs), Noting())

    assert asked == {"How do I start the pump?": [ours.text], "How do I start the Kestrel 40 pump?": [theirs.text]}
    assert [item.passage.chunk_id for item in scored] == [1, 2]
    assert all(item.logit is not None for item in scored)


@pytest.mark.parametrize(
    ("question", "titles", "expected"),
    [
        ("How do I reset the X200?", ["Orion X200", "Orion X300"], {"Orion X300"}),
        ("How do I reset it?", ["Orion X200", "Orion X300"], set()),  # either may be meant
        ("How do I reset the X400?", ["Orion X200", "Orion X300"], set()),  # no manual is about it
        ("How do the X200 and the X300 differ?", ["Orion X200", "Orion X300"], set()),
        ("How do I reset the X200?", ["Orion X200", "Safety"], set()),  # a title without a model may be about all
        ("What changed in 2024?", ["Release notes 2023", "Release notes 2024"], {"Release notes 2023"}),
    ],
)
def test_a_sibling_is_the_manual_of_another_model(question: str, titles: list[str], expected: set[str]) -> None:
    assert siblings(question, [passage("text", title=title) for title in titles]) == expected


@pytest.fixture(scope="module")
def reranker() -> Reranker:
    opened = open_reranker(load_settings({}))
    assert opened is not None
    return opened


@pytest.mark.weights
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("named", ["the {}", "the printer"])
def test_the_manual_of_one_model_is_never_quoted_for_another(reranker: Reranker, *, swapped: bool, named: str) -> None:
    pages = [
        passage(
            f"To reset {named.format(model)}, hold the feed key for {seconds} seconds. The lamp turns blue.",
            chunk_id=number,
            title=f"Orion {model} label printer",
        )
        for number, (model, seconds) in enumerate([("X200", "five"), ("X300", "ten")], 1)
    ]
    scored = score_spans("How do I reset the X200?", ranked(*pages[:: -1 if swapped else 1]), reranker)

    assert [citation.passage.chunk_id for citation in choose(scored)] == [1]
    assert "five seconds" in choose(scored)[0].quote


@pytest.mark.weights
def test_questions_that_name_a_product_are_answered_and_unanswerable_ones_score_lower(
    reranker: Reranker,
) -> None:
    right, answerable, unanswerable = 0, [], []
    for question, title, answer in QUESTIONS:
        own = passage(MANUALS[title], chunk_id=1, title=title)
        others = [passage(text, chunk_id=n, title=name) for n, (name, text) in enumerate(MANUALS.items(), 2)]
        pages = ranked(own, *(other for other in others if other.title != title))
        scored = score_spans(question, pages, reranker)
        best = max(item.logit for item in scored if item.logit is not None)
        if answer is None:
            unanswerable.append(best)
        else:
            answerable.append(best)
            right += answer in choose(scored)[0].quote

    assert right >= 18  # of 20; 19 here, 18 where the processor rounds differently, 13 when the name is left in
    # area under the curve: how well the best logit separates answerable from unanswerable questions
    assert (
        sum(a > b for a in answerable for b in unanswerable) / (len(answerable) * len(unanswerable)) > 0.9
    )  # .76 when it is left in
