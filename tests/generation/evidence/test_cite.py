"""Markers and the citations they point at."""

from __future__ import annotations

from generation.evidence.cite import distinct, inline, marked, markers, quoted, without_markers
from tests.generation.doubles import citation


def test_a_quote_is_shown_on_one_line_with_its_number() -> None:
    assert quoted(citation("Hold it\nfor five seconds.", 2)) == "“Hold it for five seconds.” [2]"


def test_markers_are_read_in_order_and_once() -> None:
    assert markers("A [2], b [1] and c [2][3]. Not [x] or [1999].") == [2, 1, 3]


def test_markers_are_replaced() -> None:
    assert without_markers("Hold it [1]. Wait [2]") == "Hold it. Wait"
    assert marked("Hold it [7].", [1, 2]) == "Hold it. [1][2]"


def test_a_generator_writes_its_markers_before_the_mark_that_ends_a_sentence() -> None:
    assert inline("Hold it [7].", [1, 2]) == "Hold it [1][2]."
    assert inline("Hold it", [1]) == "Hold it [1]"
    assert inline("Hold it.", []) == "Hold it."


def test_the_same_words_of_one_document_are_cited_once() -> None:
    same, other = citation("Hold it.", 1), citation("Hold  it.", 1)
    assert [c.id for c in distinct([same, other, citation("Hold it.", 2)])] == [1, 2]
