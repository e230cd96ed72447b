"""Which passages of a result read on in one another."""

from __future__ import annotations

from core.types import Passage, Ranked
from retrieval.ranking.neighbours import join_neighbours


def at(ordinal: int, *, document: str = "tv", heading: tuple[str, ...] = ("Setup",)) -> Ranked:
    """Return a passage whose chunk id is a hundred more than its place in the document."""
    passage = Passage(100 + ordinal, document, 1, ordinal, "manuals", "p", "", f"{ordinal}", "0" * 64, heading)
    return Ranked(passage, score=1.0)


def joins(*ranked: Ranked) -> list[tuple[int, ...]]:
    return [hit.joins for hit in join_neighbours(ranked)]


def test_neighbours_name_their_run_in_reading_order() -> None:
    assert joins(at(5), at(9), at(4), at(3)) == [(103, 104, 105), (), (103, 104, 105), (103, 104, 105)]


def test_the_order_of_the_result_stays() -> None:
    assert [hit.passage.ordinal for hit in join_neighbours([at(5), at(9), at(4)])] == [5, 9, 4]


def test_another_document_or_section_is_no_neighbour() -> None:
    assert joins(at(1), at(2, document="radio")) == [(), ()]
    assert joins(at(1), at(2, heading=("Care",))) == [(), ()]
