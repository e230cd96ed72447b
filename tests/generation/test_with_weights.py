"""Answering with the reader that ships and the real small model, on pages of manuals."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.ports import Generator, Reader, ReaderText, Reading
from core.settings import Settings, load_settings
from core.types import Answer, Ranked
from generation.answering import Answerer
from generation.english.words import content
from generation.evidence.cite import without_markers
from generation.models.open import open_generator
from retrieval.models.readers.open import open_reader
from retrieval.models.reranker import open_reranker
from tests.generation.doubles import ASKER, ListRetriever, NoisyReader, passage, ranked
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
    """A reader that reads each pair once and caches its reading."""

    device = "cpu"

    def __init__(self, reader: Reader) -> None:
        self.name, self._reader = reader.name, reader
        self._readings: dict[tuple[str, ReaderText], Reading] = {}

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        missing = [text for text in texts if (question, text) not in self._readings]
        for text, reading in zip(missing, self._reader.read(question, missing), strict=True):
            self._readings[question, text] = reading
        return [self._readings[question, text] for text in texts]


@pytest.fixture(scope="module")
def reader() -> Reader:
    shipped = load_settings({})
    opened = open_reader(shipped, open_reranker(shipped))
    assert opened is not None
    return ReadOnce(opened)


@pytest.fixture(scope="module")
def generator() -> Generator:
    opened = open_generator(load_settings({}))
    assert opened is not None
    return opened


def ask(question: str, pages: Sequence[Ranked], reader: Reader, threshold: float | None = 0.0) -> Answer:
    given = load_settings({}).model_copy(update={"support_threshold": threshold})
    return Answerer(ListRetriever(tuple(pages)), reader, lambda: None, given).answer(ASKER, question)


@pytest.mark.parametrize(
    ("question", "quote"),
    [
        ("How long must I press the reset button?", "Hold the reset button for five seconds."),
        ("How heavy is the X20?", "14.5 kg"),
        ("May I clean the screen with alcohol?", "Do not use alcohol to clean the screen."),
        ("The light doesn't come on. What now?", "If the light stays off, check the power cable."),
    ],
)
@pytest.mark.parametrize("seed", range(5))
def test_a_quote_answers(reader: Reader, question: str, quote: str, seed: int) -> None:
    answer = ask(question, PAGES, NoisyReader(reader, seed))
    assert any(quote in each.quote for each in answer.citations)


def test_quotes_are_the_same_on_another_processor(reader: Reader) -> None:
    """Asks only what the manuals answer: other questions are refused, and all their parts score about equally low."""
    asked = [(question, _pages(title)) for question, title, answer in QUESTIONS if answer is not None]
    usual = [_quotes(question, pages, reader) for question, pages in asked]
    for seed in range(5):
        noisy = [_quotes(question, pages, NoisyReader(reader, seed)) for question, pages in asked]
        assert sum(a == b for a, b in zip(usual, noisy, strict=True)) >= 16  # of 20


def test_most_questions_of_the_manuals_are_answered_with_the_right_words(reader: Reader) -> None:
    asked = [(question, _pages(title), answer) for question, title, answer in QUESTIONS if answer is not None]
    right = [answer in " ".join(_quotes(question, pages, reader)) for question, pages, answer in asked]
    assert sum(right) >= 17  # of 20


def _pages(title: str) -> tuple[Ranked, ...]:
    """Return the four manuals, the one with this title first."""
    titles = sorted(MANUALS, key=lambda each: each != title)
    return ranked(*(passage(MANUALS[each], chunk_id=n, title=each) for n, each in enumerate(titles, 1)))


def _quotes(question: str, pages: Sequence[Ranked], reader: Reader) -> list[str]:
    return [citation.quote for citation in ask(question, pages, reader).citations]


def test_text_of_the_small_model_is_shown_only_if_the_quotes_support_it(
    settings: Settings, reader: Reader, generator: Generator
) -> None:
    asked = Answerer(ListRetriever(PAGES), reader, lambda: generator, settings)
    answer = asked.answer(ASKER, "What do I do if the light stays off?", mode="generate")
    assert answer.status == "answered"
    assert answer.phrased or answer.fallback in {"generator_unsupported", "generator_too_slow"}
    shown = {word for sentence in answer.sentences for word in content(without_markers(sentence.text))}
    assert shown
    assert shown <= {word for each in answer.citations for word in content(each.quote)}
    assert answer.versions["model"] == "smollm2-135m-answers"
