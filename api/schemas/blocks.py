"""The blocks of a text: what is a heading, a step, a cell of a table, and where it is in the text."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from pydantic import Field

from api.schemas.boxes import BoxView
from api.schemas.common import View
from core.types import Block, BlockKind, CellType


def _unless(default: object) -> Callable[[Any], bool]:
    """Return a test for values that the JSON leaves out."""
    return lambda value: bool(value == default)


_ABSENT, _FALSE, _ONE, _EMPTY = _unless(None), _unless(False), _unless(1), _unless([])


class BlockView(View):
    """A part of a text, `text[start:end]`, and the blocks in it in order. What has its default is left out.

    `number` is that of an item or a footnote as the document shows it; `label` is the kind of a note or figure, the
    language of code, the target of a link. `row` and `column` count from 0, `rows` and `columns` are a cell's spans;
    the places that a merged cell covers hold its text again and are `repeated`. `header` marks cells that name a row or
    a column, rows of such cells, and terms of definitions.
    """

    kind: BlockKind
    start: int
    end: int
    page: int | None = Field(None, exclude_if=_ABSENT)
    boxes: list[BoxView] = Field(default=[], exclude_if=_EMPTY)
    level: int | None = Field(None, exclude_if=_ABSENT)
    number: str | None = Field(None, exclude_if=_ABSENT)
    label: str | None = Field(None, exclude_if=_ABSENT)
    ordered: bool = Field(False, exclude_if=_FALSE)
    row: int | None = Field(None, exclude_if=_ABSENT)
    column: int | None = Field(None, exclude_if=_ABSENT)
    rows: int = Field(1, exclude_if=_ONE)
    columns: int = Field(1, exclude_if=_ONE)
    header: bool = Field(False, exclude_if=_FALSE)
    type: CellType | None = Field(None, exclude_if=_ABSENT)
    unit: str | None = Field(None, exclude_if=_ABSENT)
    repeated: bool = Field(False, exclude_if=_FALSE)
    children: list[BlockView] = Field(default=[], exclude_if=_EMPTY)


def block_views(blocks: Iterable[Block]) -> list[BlockView]:
    """Return the views of blocks, with all that is in them."""
    return [BlockView.model_validate(block) for block in blocks]
