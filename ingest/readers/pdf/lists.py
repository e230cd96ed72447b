"""Puts items into lists by the places of their markers and texts; keeps lists open over pages and over what is inside.

What is set in as far as an item's text is a part of the item: a paragraph, a table, a list.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from core.types import Box
from ingest.blocks.nodes import Node
from ingest.readers.pdf.markers import NUMBER, follows, is_first

_NEAR = 3.5
_SET_IN = 5.0
_DEEPEST = 20


@dataclass(slots=True)
class _Level:
    """An open list: where its markers and texts begin, and its last number."""

    marker_x: float
    x: float
    node: Node
    marker: str


@dataclass(slots=True)
class Lists:
    """The lists that are open. `put` takes a block that is in no list."""

    put: Callable[[Node], None]
    levels: list[_Level] = field(default_factory=list)

    def close(self) -> None:
        self.levels.clear()

    def item(self, node: Node, marker: str, marker_x: float, x: float) -> None:
        """Add an item to the list that it belongs to, or begin one."""
        number = marker if NUMBER.fullmatch(marker) else None
        node.number = number
        while self.levels and self._is_outside(self.levels[-1], marker_x, x):
            self.levels.pop()
        top = self.levels[-1] if self.levels else None
        if top is not None and not self._is_inside(top, marker_x, x):
            if _goes_on(top, number):
                top.node.children.append(node)
                _add_boxes(top.node, node.boxes)
                top.marker, top.marker_x, top.x = marker, marker_x, x
                return
            self.levels.pop()
        made = Node("list", children=[node], ordered=number is not None, page=node.page, boxes=node.boxes)
        if self.levels and len(self.levels) < _DEEPEST:
            self._append(self.levels[-1].node.children[-1], made)
        else:
            self.put(made)
        self.levels.append(_Level(marker_x, x, made, marker))

    def inside(self, node: Node, x: float) -> bool:
        """Add a block to the item whose text begins at its left edge; return False where there is none."""
        while self.levels:
            top = self.levels[-1]
            if x >= top.x - _NEAR and x > top.marker_x + _NEAR:
                self._append(top.node.children[-1], node)
                return True
            self.levels.pop()
        return False

    def _append(self, item: Node, node: Node) -> None:
        item.children.append(node)

    @staticmethod
    def _is_outside(top: _Level, marker_x: float, x: float) -> bool:
        same = abs(marker_x - top.marker_x) <= _NEAR or abs(x - top.x) <= _NEAR
        return not same and x < top.x - _NEAR and marker_x < top.marker_x - _NEAR

    @staticmethod
    def _is_inside(top: _Level, marker_x: float, x: float) -> bool:
        if abs(x - top.x) <= _NEAR:
            return False
        return x > top.x + _SET_IN and (marker_x >= top.x - _NEAR or marker_x > top.marker_x + _SET_IN)


def _goes_on(top: _Level, number: str | None) -> bool:
    """Return whether an item continues a list: a bullet after bullets, the next number after a number."""
    if number is None or NUMBER.fullmatch(top.marker) is None:
        return number is None and NUMBER.fullmatch(top.marker) is None
    return follows(top.marker, number) or not is_first(number)


def _add_boxes(node: Node, boxes: tuple[Box, ...]) -> None:
    node.boxes = tuple(dict.fromkeys((*node.boxes, *boxes)))
