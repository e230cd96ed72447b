"""Cuts blocks with the text: moved, limited to a part, or mapped to a text in which placeholders replaced words."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from operator import attrgetter

from core.types import Block, DocumentText, Element, PiiSpan

_START, _END = attrgetter("start"), attrgetter("end")


def moved(block: Block, by: int) -> Block:
    """Return the block for a text that has `by` more characters before it."""
    return mapped(block, lambda start, end: (start + by, end + by)) if by else block


def mapped(block: Block, place: Callable[[int, int], tuple[int, int]]) -> Block:
    """Return the block with new offsets for it and all that is in it."""
    start, end = place(block.start, block.end)
    return replace(block, start=start, end=end, children=tuple(mapped(child, place) for child in block.children))


def cut(blocks: Sequence[Block], start: int, end: int) -> tuple[Block, ...]:
    """Return what of the blocks is in `text[start:end]`, with offsets into that part; empty cells in it stay.

    The blocks are in the order of the text and do not overlap.
    """
    found = []
    until = bisect_right(blocks, end, key=_START)
    for block in blocks[bisect_left(blocks, start, hi=until, key=_END) : until]:
        first, last = max(block.start, start), min(block.end, end)
        if first < last or (
            first == last and block.start == block.end and start <= first <= end and block.kind == "cell"
        ):
            inner = cut(block.children, start, end)
            found.append(replace(block, start=first - start, end=last - start, children=inner))
    return tuple(found)


def as_repeated(block: Block) -> Block:
    """Return the block marked as standing here once more."""
    return replace(block, repeated=True, children=tuple(as_repeated(child) for child in block.children))


def joined(elements: Iterable[Element]) -> DocumentText:
    """Return the text of all elements, an empty line between two, with their blocks."""
    parts: list[str] = []
    blocks: list[Block] = []
    length = 0
    for element in elements:
        parts.append(element.text)
        blocks.append(moved(element.block, length))
        length += len(element.text) + 2
    return DocumentText("\n\n".join(parts), tuple(blocks))


def redacted_places(spans: Sequence[PiiSpan], length: int) -> Callable[[int, int], tuple[int, int]]:
    """Return a map of offsets from a text to the redacted one of `length` characters, as `Redacted` has it.

    Spans are in order and do not overlap; each became its label in brackets. A block that begins or ends inside a span
    has the whole placeholder.
    """
    starts = [span.start for span in spans]
    shifts = [0]
    for span in spans:
        shifts.append(shifts[-1] + len(span.label) + 2 - (span.end - span.start))

    def start_of(offset: int) -> int:
        index = bisect_right(starts, offset)
        if index and offset < spans[index - 1].end:
            return spans[index - 1].start + shifts[index - 1]
        return offset + shifts[index]

    def end_of(offset: int) -> int:
        index = bisect_right(starts, offset - 1)
        if index and offset < spans[index - 1].end:
            return spans[index - 1].end + shifts[index]
        return offset + shifts[index]

    def place(start: int, end: int) -> tuple[int, int]:
        first = min(start_of(start), length)
        return first, max(first, min(end_of(end), length))

    return place
