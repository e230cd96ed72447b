"""Cells with spans become a table whose merged cells stand in each of their places."""

from __future__ import annotations

from core.blocks import Block, walk
from ingest.blocks.nodes import Node
from ingest.blocks.tables import TableCell, plain_table, table
from ingest.blocks.write import elements


def written(node: Node | None) -> tuple[str, Block]:
    assert node is not None
    (element,) = elements([node])
    return element.text, element.block


def cells(block: Block) -> list[Block]:
    return [each for each in walk([block]) if each.kind == "cell"]


def test_a_merged_cell_is_repeated_in_each_row_and_marked() -> None:
    text, block = written(
        table(
            [
                [TableCell("Series", header=True), TableCell("Model", header=True), TableCell("Limit", header=True)],
                [TableCell("Heron", rows=2), TableCell("H100"), TableCell("4 bar")],
                [TableCell("H200"), TableCell("6 bar")],
            ]
        )
    )

    assert text == "Series | Model | Limit\nHeron | H100 | 4 bar\nHeron | H200 | 6 bar"
    heron, again = [cell for cell in cells(block) if text[cell.start : cell.end] == "Heron"]
    assert (heron.rows, heron.repeated, again.repeated, again.row) == (2, False, True, 2)
    assert [row.header for row in walk([block]) if row.kind == "row"] == [True, False, False]


def test_a_header_of_two_lines_names_each_column_twice() -> None:
    text, block = written(
        table(
            [
                [TableCell("Model", rows=2), TableCell("First change", columns=2), TableCell("Then every")],
                [TableCell("hours"), TableCell("months"), TableCell("hours")],
                [TableCell("H100"), TableCell("50"), TableCell("2"), TableCell("400")],
            ],
            header_rows=2,
        )
    )

    assert text.split("\n") == [
        "Model | First change | First change | Then every",
        "Model | hours | months | hours",
        "H100 | 50 | 2 | 400",
    ]
    assert [cell.header for cell in cells(block)] == [True] * 8 + [False] * 4


def test_empty_rows_and_columns_are_left_out_and_empty_cells_keep_their_place() -> None:
    text, block = written(plain_table([["Part", "", "Price"], ["", "", ""], ["Seal", "", ""], ["Oil", "", "9 EUR"]]))

    assert text == "Part | Price\nSeal\nOil | 9 EUR"
    assert [(cell.row, cell.column) for cell in cells(block) if cell.start == cell.end] == []


def test_spans_that_reach_too_far_end_with_the_table() -> None:
    text, _ = written(table([[TableCell("a", rows=65534), TableCell("b", columns=5000)], [TableCell("c")]]))

    assert text.startswith("a | b")
    assert len(text) < 20_000


def test_cells_may_state_their_column() -> None:
    text, _ = written(table([[TableCell("a", column=0), TableCell("c", column=2)], [TableCell("b", column=1)]]))

    assert text == "a |  | c\n | b"


def test_a_table_without_text_is_no_table() -> None:
    assert plain_table([["", " "], [""]]) is None
    assert plain_table([]) is None


def test_the_caption_is_the_first_line() -> None:
    text, block = written(plain_table([["a", "b"], ["1", "2"]], caption="Table 1"))

    assert text == "Table 1\na | b\n1 | 2"
    assert block.children[0].kind == "caption"


def test_cells_whose_places_are_taken_are_not_lost() -> None:
    high, wide = TableCell("high", rows=2, column=0), TableCell("wide", columns=2, column=0)
    below, beside = TableCell("below", column=0), TableCell("beside", column=1)

    assert written(table([[high, TableCell("B", column=1)], [below, beside]]))[0] == "high | B\nhigh | below | beside"
    assert written(table([[wide, beside]]))[0] == "wide | beside"
