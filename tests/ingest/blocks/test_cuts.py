"""Blocks follow their text when it is cut, moved or redacted."""

from __future__ import annotations

from core.blocks import Block
from core.types import PiiSpan
from ingest.blocks.cuts import cut, joined, mapped, moved, redacted_places
from tests.elements import element


def test_a_block_is_cut_with_its_text() -> None:
    table = element("table", "a | b\n1 | 2\n3 | 4")
    start = table.text.index("1")

    (part,) = cut([table.block], start, start + 5)

    assert (part.start, part.end, [child.row for child in part.children]) == (0, 5, [1])
    assert [(cell.start, cell.end) for cell in part.children[0].children] == [(0, 1), (4, 5)]


def test_moving_moves_all_that_is_inside() -> None:
    (row,) = moved(Block("table", 0, 5, children=(Block("row", 1, 4),)), 10).children

    assert (row.start, row.end) == (11, 14)


def test_a_placeholder_moves_what_follows_and_fills_the_cell_it_is_in() -> None:
    text = "Ada | 5 | b"
    row = Block("row", 0, 11, children=(Block("cell", 0, 3), Block("cell", 6, 7), Block("cell", 10, 11)))
    redacted = "[PERSON] | 5 | b"

    found = mapped(row, redacted_places((PiiSpan(0, 3, "PERSON"),), len(redacted)))

    assert [redacted[cell.start : cell.end] for cell in found.children] == ["[PERSON]", "5", "b"]
    assert text[0:3] == "Ada"


def test_a_span_over_two_cells_leaves_both_inside_the_text() -> None:
    row = Block("row", 0, 10, children=(Block("cell", 0, 3), Block("cell", 6, 10)))

    found = mapped(row, redacted_places((PiiSpan(1, 8, "PERSON"),), 11))

    assert [(cell.start, cell.end) for cell in found.children] == [(0, 9), (1, 11)]


def test_a_document_is_its_elements_with_an_empty_line_between() -> None:
    whole = joined([element("title", "One", level=1), element("text", "Two.")])

    assert whole.text == "One\n\nTwo."
    assert [whole.text[block.start : block.end] for block in whole.blocks] == ["One", "Two."]
