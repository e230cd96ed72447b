"""The heart with the real cross-encoder and the real small model, on a page of a manual."""

from __future__ import annotations

import time

import pytest

from core.ports import Generator, Reranker
from core.settings import Settings, load_settings
from generation.answering import Answerer
from generation.evidence.quotes import choose, score_spans
from generation.models.open import open_generator
from retrieval.models.reranker import open_reranker
from tests.generation.doubles import ASKER, ListRetriever, passage, ranked

pytestmark = pytest.mark.weights

PAGES = ranked(
    passage(
        "Connect the TV to power. Hold the reset button for five seconds. The light turns red. If the light stays off, "
        "check the power cable.\n\nThe TV then searches for channels.",
        title="Resetting the TV",
    ),
    passage("Model | Weight | Width\nX20 | 14.5 kg | 112 cm\nX30 | 18 kg | 130 cm", chunk_id=2, title="Specifications"),
    passage("Do not use alcohol to clean the screen. Use a dry cloth.", chunk_id=3, title="Care"),
)


@pytest.fixture(scope="module")
def reranker() -> Reranker:
    opened = open_reranker(load_settings({}))
    assert opened is not None
    return opened


@pytest.fixture(scope="module")
def generator() -> Generator:
    opened = open_generator(load_settings({}))
    assert opened is not None
    return opened


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How long must I press the reset button?", "Hold the reset button for five seconds."),
        ("How heavy is the X20?", "Model | Weight | Width\nX20 | 14.5 kg | 112 cm"),
        ("May I clean the screen with alcohol?", "Do not use alcohol to clean the screen."),
        ("The light doesn't come on. What now?", "If the light stays off, check the power cable."),
    ],
)
def test_the_first_quote_answers(reranker: Reranker, question: str, quote: str) -> None:
    assert choose(score_spans(question, PAGES, reranker))[0].quote.startswith(quote)


def test_a_budget_of_no_time_still_gives_quotes(reranker: Reranker) -> None:
    assert choose(score_spans("How heavy is the X20?", PAGES, reranker, deadline=time.monotonic()))


def test_the_small_models_words_are_shown_only_if_they_stand_in_the_quotes(
    settings: Settings, reranker: Reranker, generator: Generator
) -> None:
    asked = Answerer(ListRetriever(PAGES), reranker, lambda: generator, settings)
    answer = asked.answer(ASKER, "What do I do if the light stays off?", mode="generate")
    assert answer.status == "answered"
    assert answer.phrased or answer.fallback in {"generator_unsupported", "generator_too_slow"}
    assert "power cable" in answer.text
    assert answer.versions["model"] == "smollm2-135m-answers"
