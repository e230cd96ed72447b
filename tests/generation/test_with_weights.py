"""Answering with the real cross-encoder and the real small model, on pages of manuals."""

from __future__ import annotations

import time
from collections.abc import Sequence

import pytest

from core.ports import Generator, Reranker
from core.settings import Settings, load_settings
from core.types import Ranked
from generation.answering import Answerer
from generation.evidence.quotes import choose, score_spans
from generation.models.open import open_generator
from retrieval.models.reranker import open_reranker
from tests.generation.doubles import ASKER, ListRetriever, NoisyReranker, passage, ranked
from tests.generation.question.named_manuals import MANUALS, QUESTIONS

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


class ReadOnce:
    """A reranker that reads each pair once and caches its logit."""

    device = "cpu"

    def __init__(self, reranker: Reranker) -> None:
        self.name, self._reranker = reranker.name, reranker
        self._logits: dict[tuple[str, str], float] = {}

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        if deadline is not None:
            return self._reranker.score(question, texts, deadline=deadline)
        missing = [text for text in texts if (question, text) not in self._logits]
        for text, logit in zip(missing, self._reranker.score(question, missing), strict=True):
            self._logits[question, text] = logit
        return [self._logits[question, text] for text in texts]


@pytest.fixture(scope="module")
def reranker() -> Reranker:
    opened = open_reranker(load_settings({}))
    assert opened is not None
    return ReadOnce(opened)


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
@pytest.mark.parametrize("seed", range(5))
def test_the_first_quote_answers(reranker: Reranker, question: str, quote: str, seed: int) -> None:
    noisy = NoisyReranker(reranker, seed)
    assert score_spans(question, PAGES, noisy)[0].text in quote
    assert quote in choose(score_spans(question, PAGES, noisy))[0].quote  # a neighbour may join it


def test_quotes_are_the_same_on_another_processor(reranker: Reranker) -> None:
    """Asks only what the manuals answer: other questions are refused, and all their spans score about equally low."""
    asked = [(question, _pages(title)) for question, title, answer in QUESTIONS if answer is not None]
    usual = [_quotes(question, pages, reranker) for question, pages in asked]
    for seed in range(5):
        noisy = [_quotes(question, pages, NoisyReranker(reranker, seed)) for question, pages in asked]
        assert sum(a == b for a, b in zip(usual, noisy, strict=True)) >= 18  # of 20; 19 or 20 here


def _pages(title: str) -> tuple[Ranked, ...]:
    """Return the four manuals, the one with this title first."""
    titles = sorted(MANUALS, key=lambda each: each != title)
    return ranked(*(passage(MANUALS[each], chunk_id=n, title=each) for n, each in enumerate(titles, 1)))


def _quotes(question: str, pages: Sequence[Ranked], reranker: Reranker) -> list[str]:
    return [citation.quote for citation in choose(score_spans(question, pages, reranker))]


def test_quotes_are_returned_without_time_for_the_reranker(reranker: Reranker) -> None:
    assert choose(score_spans("How heavy is the X20?", PAGES, reranker, deadline=time.monotonic()))


def test_text_of_the_small_model_is_shown_only_if_the_quotes_support_it(
    settings: Settings, reranker: Reranker, generator: Generator
) -> None:
    asked = Answerer(ListRetriever(PAGES), reranker, lambda: generator, settings)
    answer = asked.answer(ASKER, "What do I do if the light stays off?", mode="generate")
    assert answer.status == "answered"
    assert answer.phrased or answer.fallback in {"generator_unsupported", "generator_too_slow"}
    assert "power cable" in answer.text
    assert answer.versions["model"] == "smollm2-135m-answers"
