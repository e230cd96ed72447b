"""Documents of extreme shapes are chunked in a time that grows with their size, and nothing in them is changed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from core.types import Element, Parsed
from ingest.chunking.chunks import chunk
from ingest.chunking.sentences import size
from tests.elements import element


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail when the block takes more time of the processor: what is quadratic takes many times as much."""
    started = time.process_time()
    yield
    assert time.process_time() - started < seconds


def texts(*elements: Element) -> list[str]:
    return [one.text for one in chunk(Parsed(elements))]


def test_a_paragraph_of_many_sentences_is_cut_in_linear_time() -> None:
    with within(20):
        found = texts(element("text", "Five words are in it. " * 100_000))

    assert sum(len(text.split()) for text in found) == 500_000


def test_full_stops_that_end_no_sentence_do_not_slow_it_down() -> None:
    with within(20):
        found = texts(element("text", "see No. 5 in Fig. 6 " * 50_000))

    assert sum(len(text.split()) for text in found) == 300_000


def test_a_list_of_many_items_is_cut_in_linear_time() -> None:
    with within(20):
        found = texts(element("list", "\n".join(f"item {number}" for number in range(20_000))))

    assert sum(len(text.split()) for text in found) == 40_000


def test_a_word_without_end_is_cut_and_stays_as_it_is() -> None:
    found = texts(element("text", "x" * 100_000))

    assert "".join(found) == "x" * 100_000
    assert max(map(len, found)) <= 12_500


@pytest.mark.parametrize("kind", ["text", "code"])
def test_blanks_inside_a_long_line_stay_as_they_are(kind: str) -> None:
    whole = element(kind, "a\u2003b;  c\u2003d " * 400)
    found = texts(whole)

    assert len(found) > 5
    assert all(text in whole.text for text in found[:-1])
    assert " ".join(found).split() == whole.text.split()


def test_a_heading_as_long_as_a_chapter_is_text_and_not_carried_by_each_chunk() -> None:
    found = chunk(Parsed((element("title", "word " * 1000, level=1), element("text", "below it " * 300))))

    assert all(one.heading == () for one in found)
    assert sum(len(one.text.split()) for one in found) == 1600


def test_the_words_of_a_very_long_text_are_counted_as_those_of_a_short_one() -> None:
    assert size("word 質問 " * 200_000) == 200_000 * size("word 質問 ")
