"""The JSON of blocks and what it refuses."""

from __future__ import annotations

import pytest

from core.blocks import Block, Box, blocks_from_json, blocks_to_json, walk
from core.types import Json

BOX = Box(2, 0.1, 0.2, 0.3, 0.4)
CELL = Block("cell", 3, 7, page=2, boxes=(BOX,), row=1, column=0, rows=2, header=True, unit="bar")
TABLE = Block("table", 0, 9, children=(Block("row", 3, 9, row=1, children=(CELL, Block("cell", 9, 9, repeated=True))),))


def test_blocks_come_back_as_they_were() -> None:
    assert blocks_from_json(blocks_to_json([TABLE]), 9) == (TABLE,)


def test_defaults_are_not_written() -> None:
    assert blocks_to_json([Block("paragraph", 0, 4)]) == [{"kind": "paragraph", "start": 0, "end": 4}]


def test_walking_yields_each_block_in_the_order_of_the_text() -> None:
    assert [block.kind for block in walk([TABLE])] == ["table", "row", "cell", "cell"]


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "script", "start": 0, "end": 1},
        {"kind": "code", "start": 0, "end": 5},
        {"kind": "code", "start": -1, "end": 1},
        {"kind": "code", "start": 3, "end": 1},
        {"kind": "code", "start": 0, "end": 2, "children": [{"kind": "code", "start": 1, "end": 3}]},
        {"start": 0, "end": 1},
    ],
)
def test_what_is_no_block_is_refused(value: Json) -> None:
    with pytest.raises((ValueError, KeyError)):
        blocks_from_json([value], 4)


def test_blocks_without_end_in_one_another_are_refused() -> None:
    value: Json = {"kind": "list", "start": 0, "end": 1}
    for _ in range(100):
        value = {"kind": "list", "start": 0, "end": 1, "children": [value]}

    with pytest.raises(ValueError, match="no block"):
        blocks_from_json([value], 1)
