"""The JSON of blocks: short, without defaults, and checked on the way in: it also comes from the sandbox's child."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from typing import get_args

from core.types import Block, BlockKind, Box, Json

MAX_DEPTH = 60
"""Blocks in blocks; a reader flattens what is nested deeper."""

_KINDS = frozenset(get_args(BlockKind))
_DEFAULTS = {each.name: each.default for each in fields(Block)}
_SIMPLE = tuple(name for name in _DEFAULTS if name not in {"kind", "start", "end", "boxes", "children"})
_TEXTS = frozenset({"number", "label", "type", "unit"})
_FLAGS = frozenset({"ordered", "header", "repeated"})


def blocks_to_json(blocks: Iterable[Block]) -> list[Json]:
    """Return blocks as lists and dicts. Boxes are `[page, x0, y0, x1, y1]`; fields with their default are left out."""
    return [_to_json(block) for block in blocks]


def blocks_from_json(values: Json, length: int) -> tuple[Block, ...]:
    """Return the blocks that `blocks_to_json` encoded, for a text of `length` characters.

    Raises ValueError, TypeError or KeyError for anything else: an unknown kind, offsets outside the text or the parent.
    """
    return tuple(_from_json(value, 0, length, 0) for value in values)


def walk(blocks: Iterable[Block]) -> Iterator[Block]:
    """Yield blocks and all that is in them, in the order of the text."""
    stack = list(blocks)[::-1]
    while stack:
        block = stack.pop()
        yield block
        stack.extend(reversed(block.children))


def _to_json(block: Block) -> Json:
    value: dict[str, Json] = {"kind": block.kind, "start": block.start, "end": block.end}
    value.update((name, found) for name in _SIMPLE if (found := getattr(block, name)) != _DEFAULTS[name])
    if block.boxes:
        value["boxes"] = [[box.page, box.x0, box.y0, box.x1, box.y1] for box in block.boxes]
    if block.children:
        value["children"] = [_to_json(child) for child in block.children]
    return value


def _from_json(value: Json, least: int, most: int, depth: int) -> Block:
    kind, start, end = value["kind"], int(value["start"]), int(value["end"])
    if kind not in _KINDS or not least <= start <= end <= most or depth > MAX_DEPTH:
        raise ValueError(f"no block: {kind} {start} {end}")
    simple = {name: _simple(name, value[name]) for name in _SIMPLE if name in value}
    boxes = tuple(Box(int(b[0]), float(b[1]), float(b[2]), float(b[3]), float(b[4])) for b in value.get("boxes", ()))
    children = tuple(_from_json(child, start, end, depth + 1) for child in value.get("children", ()))
    return Block(kind, start, end, boxes=boxes, children=children, **simple)


def _simple(name: str, value: Json) -> Json:
    if name in _TEXTS:
        return str(value)
    return bool(value) if name in _FLAGS else int(value)
