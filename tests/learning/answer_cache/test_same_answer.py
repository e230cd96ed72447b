"""Whether a cached answer answers another question, by what a reader says of its passages."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.ports import UNREAD, ReaderText, Reading
from core.types import Citation, Passage
from learning.answer_cache.same_answer import WINDOWS, Cited, Fit, cited_texts, fit, is_same_answer
from tests.generation.doubles import TableReader, passage

PUMP = passage("Switch the pump off before cleaning. Switch it on after cleaning.")
FIRST = Citation(1, PUMP, 0, 36, 0.9)


class Marks:
    """A reader to whom a part answers if it holds the question."""

    name, device = "marks", "none"

    def __init__(self) -> None:
        self.read_texts = 0

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        self.read_texts += len(texts)
        return [self._read(question, text) for text in texts]

    def _read(self, question: str, text: ReaderText) -> Reading:
        found = tuple(4.0 if question in text.text[start:end] else -4.0 for start, end in text.parts)
        return Reading(max(found), max(found), found)


def test_an_answer_whose_cited_part_answers_is_the_same() -> None:
    assert is_same_answer(Marks(), "off before", [FIRST])


def test_an_answer_beside_the_part_that_answers_is_another() -> None:
    assert not is_same_answer(Marks(), "on after", [FIRST])


def test_an_answer_whose_passage_does_not_answer_is_another() -> None:
    assert not is_same_answer(Marks(), "warranty", [FIRST])


def test_a_fit_compares_the_best_cited_part_with_the_best_beside_it() -> None:
    (cited,) = cited_texts([FIRST])
    assert cited.cited == (True, False)
    assert fit(Marks(), "cleaning", [cited]) == Fit(4.0, 4.0, 4.0)


def test_only_the_windows_that_hold_a_citation_are_read() -> None:
    reader = Marks()
    long = passage("\n\n".join(f"Sentence {number} is here. " + "x" * 900 for number in range(9)))
    everything = Citation(1, long, 0, len(long.text), 0.9)
    first = Citation(1, long, 0, 10, 0.9)
    assert [len([each for each in text.cited if each]) for text in cited_texts([first])] == [1]
    fit(reader, "Sentence", list(cited_texts([everything])))
    assert reader.read_texts == WINDOWS


def test_no_text_fits_no_question() -> None:
    assert fit(Marks(), "anything", list[Cited]()) == Fit(UNREAD, UNREAD, UNREAD, 0.0)
    assert not is_same_answer(Marks(), "anything", list[Citation]())


def test_a_citation_in_no_part_is_not_read() -> None:
    heading: Passage = passage("   ")
    assert list(cited_texts([Citation(1, heading, 0, 3, 0.0)])) == []


@pytest.mark.parametrize(("share", "same"), [(1.0, True), (0.5, True), (0.2, False)])
def test_a_small_part_of_what_is_cited_is_not_the_answer(share: float, same: bool) -> None:
    assert Fit(5.0, 3.0, 0.0, share).is_same == same


def test_the_share_is_that_of_the_words_that_are_nearly_as_sure_as_the_best() -> None:
    reader = TableReader({"often": 4.0, "nearly": 2.0})
    text = "It is often so. It is nearly so too. " + "Some other words stand here. " * 6
    cited = list(cited_texts([Citation(1, passage(text.strip()), 0, len(text.strip()), 0.0)]))
    assert fit(reader, "how", cited).share == pytest.approx(9 / 39)
