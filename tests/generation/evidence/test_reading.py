"""What is read for a question: a fixed number of windows, those about the right model, and their parts in order."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from core.ports import UNREAD, ReaderText, Reading
from core.types import Passage
from generation.evidence.reading import MOST, OF_ONE, Evidence, SharedWords, read_passages
from tests.generation.doubles import OverlapReader, TableReader, passage, ranked
from tests.generation.library import document

ROWS = "".join(f"| E-{number} | The sensor {number} of the pump does not answer |\n" for number in range(1, 90))
CODES = f"# Codes\n\n| Code | Meaning |\n|---|---|\n{ROWS}"
MAIL = b"""From: a@example.com
To: b@example.com
Subject: Delivery
Date: Mon, 02 Jan 2023 10:00:00 +0000
Content-Type: text/plain

Hello, the delivery takes 5 days now.

On Sun, 1 Jan 2023, b@example.com wrote:
> The delivery takes 9 days.
"""


def read(question: str, *passages: Passage, **logits: float) -> Evidence:
    return read_passages(question, ranked(*passages), TableReader(logits))


def logit(evidence: Evidence, words: str) -> float:
    """Return the logit of the part with these words."""
    return next(
        part.logit
        for each in evidence.passages
        for part in each.parts
        if words in each.passage.text[part.part.start : part.part.end]
    )


def test_the_passage_that_answers_comes_first_whatever_its_rank() -> None:
    pages = [passage("The TV is black.", chunk_id=1), passage("Press reset.", chunk_id=2)]
    found = read_passages("reset", ranked(*pages), OverlapReader())
    assert [each.passage.chunk_id for each in found.passages] == [2, 1]
    assert [each.rank for each in found.passages] == [1, 0]


def test_of_equal_passages_the_one_that_the_search_found_first_is_better() -> None:
    pages = [passage("Press reset.", chunk_id=number) for number in (7, 3)]
    found = read_passages("reset", ranked(*pages), OverlapReader())
    assert [each.passage.chunk_id for each in found.passages] == [7, 3]


def test_what_is_read_is_bounded() -> None:
    reader = TableReader({})
    pages = [each for number in range(1, 9) for each in document(CODES, number=number)]
    read_passages("What does E-71 mean?", ranked(*pages), reader)
    assert 0.8 * MOST < sum(map(len, reader.read_texts)) <= MOST


def test_of_a_long_passage_the_windows_nearest_to_the_question_are_read() -> None:
    text = "\n".join(f"Row {number} | value {number} of the sensor in the north of the hall" for number in range(400))
    reader = TableReader({})
    found = read_passages("What is the value of row 371?", ranked(passage(text)), reader)
    assert 0.7 * OF_ONE < sum(map(len, reader.read_texts)) <= OF_ONE
    assert any("Row 371 |" in each for each in reader.read_texts)
    starts = [part.part.start for part in found.passages[0].parts]
    assert starts == sorted(starts)


def test_rows_and_columns_of_a_sibling_are_set_aside() -> None:
    source = "# Data\n\nText.\n\n| Property | X200 | X300 |\n|---|---|---|\n| Fuse (A) | 6 | 8 |\n\n"
    source += "| Model | Power |\n|---|---|\n| X200 | 517 |\n| X300 | 933 |\n"
    found = read("What is the fuse of the X300?", *document(source), **{"6": 3.0, "8": 3.0, "517": 3.0, "933": 3.0})
    assert logit(found, "6") == logit(found, "517") == UNREAD + 3.0
    assert logit(found, "8") == logit(found, "933") == 3.0


def test_passages_under_the_title_or_heading_of_a_sibling_are_not_read() -> None:
    pages = [
        passage("Press reset.", chunk_id=1, title="Orion X200"),
        passage("Press reset.", chunk_id=2, title="Orion X300"),
        passage("Press reset.", chunk_id=3, title="Orion", heading=("Reset of the X200",)),
        passage("Press reset.", chunk_id=4, title="All printers"),
    ]
    found = read("How do I reset the X300?", *pages)
    assert {each.passage.chunk_id for each in found.passages} == {2, 4}


def test_all_passages_are_read_if_all_are_about_siblings() -> None:
    pages = [passage("Press reset.", chunk_id=number, heading=(f"X{number}00",)) for number in (1, 2)]
    assert len(read("How do I reset the X300?", *pages).passages) == 2


def test_an_older_quoted_mail_gives_way_to_the_newer_one() -> None:
    found = read("How long does the delivery take?", *document(MAIL, "mail.eml"), takes=3.0)
    assert logit(found, "9 days") < logit(found, "5 days") == 3.0


def test_nothing_found_is_nothing_read() -> None:
    found = read_passages("reset", (), TableReader({}))
    assert (found.passages, found.names) == ((), ())


def test_shared_words_stand_in_for_a_model() -> None:
    page = passage("The TV is black. Hold the reset button for five seconds.")
    found = read_passages("How long do I hold the reset button?", ranked(page), SharedWords())
    best = max(found.passages[0].parts, key=lambda part: part.logit)
    assert page.text[best.part.start : best.part.end].startswith("Hold the reset")
    assert [part.logit > 0 for part in found.passages[0].parts] == [False, True]


@pytest.mark.parametrize(
    ("source", "asked", "read"),
    [
        (CODES, "what does e47 mean?", "what does E-47 mean?"),
        (CODES, "what does E-47 mean?", "what does E-47 mean?"),
        ("# Pumps\n\nThe X-2 and the X20 are pumps.\n", "Is the X2 like the X20?", "Is the X-2 like the X20?"),
        (CODES, "What is a lid?", "What is a lid?"),
    ],
)
def test_a_name_is_read_as_the_documents_write_it(source: str, asked: str, read: str) -> None:
    class Recorder(TableReader):
        asked = ""

        def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
            self.asked = question
            return super().read(question, texts)

    reader = Recorder({})
    read_passages(asked, ranked(*document(source)), reader)
    assert reader.asked == read
