"""Quotes without a model: the parts of given passages that share most words with a text."""

from __future__ import annotations

from generation.evidence.overlap import nearest
from tests.generation.doubles import passage
from tests.generation.library import document, verbatim

SOURCE = "# Pump\n\nThe pump is red. Hold the reset button for five seconds.\n\n- Wipe the pump with a cloth.\n"
PAGES = document(SOURCE)


def test_the_sentence_with_most_rare_words_comes_first() -> None:
    found = nearest("Hold the reset button of the pump", PAGES)
    assert found[0].quote == "Hold the reset button for five seconds."
    assert [each.id for each in found] == list(range(1, len(found) + 1))
    assert verbatim(found)


def test_a_part_without_a_shared_word_is_no_quote() -> None:
    assert [each.quote for each in nearest("a cloth", PAGES)] == ["Wipe the pump with a cloth."]
    assert nearest("zebra", PAGES) == ()
    assert nearest("", PAGES) == ()
    assert nearest("pump", ()) == ()


def test_of_equal_parts_the_earlier_one_is_better() -> None:
    pages = [passage("Press start.", chunk_id=number) for number in (1, 2)]
    assert [each.passage.chunk_id for each in nearest("press start", pages)] == [1, 2]


def test_quotes_are_few_and_short() -> None:
    pages = [passage(f"Press start {number} " + "and wait " * 20, chunk_id=number) for number in range(9)]
    assert len(nearest("press start", pages, most=3)) == 3
    assert sum(len(each.quote.split()) for each in nearest("press start", pages, words=90)) <= 90
