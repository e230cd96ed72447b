"""Splits elements into pieces that are not cut further: sentences of long paragraphs, rows of long tables, list items.

`ingest.chunking.chunks` packs pieces into chunks. Each piece has the separator to the piece before it and the lead-in
that is repeated when it starts a chunk: a table's header rows, the line that introduces a list.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice

from core.types import Block, BlockKind, Box, Element
from ingest.blocks.cuts import as_repeated, cut, moved
from ingest.chunking.sentences import sentences, size

LEAD_IN_WORDS = 40
_CLAUSE = re.compile(r"(?<=[;:,])\s+")
_WORD = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class Lead:
    """What stands once more above a piece that starts a chunk; its blocks are marked as repeated."""

    text: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """Text that stays whole, with its blocks. `joint` precedes it inside a chunk, `lead` when it starts a chunk."""

    text: str
    kind: BlockKind
    page: int | None
    boxes: tuple[Box, ...]
    blocks: tuple[Block, ...]
    joint: str = "\n\n"
    lead: Lead | None = None

    @property
    def size(self) -> int:
        return size(self.text)

    def as_start(self) -> Piece:
        """Return the piece as the start of a chunk."""
        return self if self.lead is None else replace(_below(self.lead, self), lead=None)


def pieces(elements: Sequence[Element], max_words: int) -> Iterator[Piece]:
    """Yield a section's pieces in order."""
    lead: Element | None = None
    for index, element in enumerate(elements):
        following = elements[index + 1] if index + 1 < len(elements) else None
        if element.kind == "list":
            yield from _list(element, lead, max_words)
            lead = None
            continue
        lead = element if _is_lead_in(element, following) else None
        if lead is None:
            yield from _pieces(element, max_words)


def _is_lead_in(element: Element, following: Element | None) -> bool:
    """Return whether an element introduces a list: a short paragraph right before it."""
    listed = following is not None and following.kind == "list"
    return listed and element.kind == "paragraph" and size(element.text) <= LEAD_IN_WORDS


def _list(element: Element, lead: Element | None, max_words: int) -> Iterator[Piece]:
    """Yield a list in one piece if it fits into a chunk, else its items; the first one stands under the lead-in."""
    whole = size(element.text) + (size(lead.text) if lead else 0) <= max_words
    found = [_part(element, 0, len(element.text))] if whole else list(_items(element, max_words))
    introduced = Lead(lead.text, (as_repeated(lead.block),)) if lead is not None else None
    for index, piece in enumerate(found):
        if index == 0 and lead is not None:
            yield replace(_below(Lead(lead.text, (lead.block,)), piece), page=lead.page, boxes=lead.boxes + piece.boxes)
        else:
            yield piece if index == 0 else replace(piece, joint="\n", lead=piece.lead or introduced)


def _items(element: Element, max_words: int) -> Iterator[Piece]:
    for block in element.block.children:
        if size(element.text[block.start : block.end]) <= max_words:
            yield _part(element, _line_start(element.text, block.start), block.end)
        else:
            yield from _lines_of(element, block.start, block.end, max_words)


def _line_start(text: str, at: int) -> int:
    """Return where the line of `at` begins, if only blanks are before it."""
    start = text.rfind("\n", 0, at) + 1
    return start if not text[start:at].strip() else at


def _pieces(element: Element, max_words: int) -> Iterator[Piece]:
    text = element.text
    if size(text) <= max_words:
        yield _part(element, 0, len(text))
    elif element.kind == "table":
        yield from _rows(element, max_words)
    elif element.kind in {"paragraph", "heading", "footnote"}:
        yield from _sentences(element, max_words)
    elif element.kind != "code" and any(child.kind != "link" for child in element.block.children):
        yield from _children(element, max_words)
    else:
        yield from _lines_of(element, 0, len(text), max_words)


def _children(element: Element, max_words: int) -> Iterator[Piece]:
    """Yield the parts of a note, a quoted mail, a figure: each is a piece, or cut as it would be alone."""
    first = True
    for block in element.block.children:
        inner = Element(element.text[block.start : block.end], moved(block, -block.start))
        for piece in _list(inner, None, max_words) if block.kind == "list" else _pieces(inner, max_words):
            outer = replace(element.block, start=0, end=len(piece.text), children=piece.blocks)
            yield replace(piece, blocks=(outer,), joint="\n\n" if first else "\n")
            first = False


def _part(element: Element, start: int, end: int) -> Piece:
    blocks = cut([element.block], start, end)
    boxes = element.boxes if (start, end) == (0, len(element.text)) else _boxes(blocks) or element.boxes
    page = boxes[0].page if boxes else next((b.page for b in _inside(blocks) if b.page is not None), element.page)
    return Piece(element.text[start:end], element.kind, page, boxes, blocks)


def _boxes(blocks: Iterable[Block]) -> tuple[Box, ...]:
    """Return the boxes of the rows and items of an element that was cut."""
    return tuple(dict.fromkeys(box for block in _inside(blocks) for box in block.boxes))


def _inside(blocks: Iterable[Block]) -> Iterator[Block]:
    return (child for block in blocks for child in block.children if not child.repeated)


def _below(lead: Lead, piece: Piece) -> Piece:
    """Return the piece with its lead-in in the line above."""
    by = len(lead.text) + 1
    blocks = tuple(moved(block, by) for block in piece.blocks)
    if lead.blocks and blocks and lead.blocks[0].kind == "table" == blocks[0].kind:  # header rows and rows: one table
        children = lead.blocks[0].children + blocks[0].children
        blocks = (replace(blocks[0], start=0, children=children), *blocks[1:])
    else:
        blocks = lead.blocks + blocks
    return replace(piece, text=f"{lead.text}\n{piece.text}", blocks=blocks)


def _sentences(element: Element, max_words: int) -> Iterator[Piece]:
    """Yield a piece for each sentence, joined as in the text: by a blank, or a line end where the text has one."""
    text, at, first = element.text, 0, True
    for line in text.split("\n"):
        joint = "\n"
        for sentence in sentences(line):
            for part in _cut(sentence, max_words):
                at = text.index(part, at)
                yield replace(_part(element, at, at + len(part)), joint="\n\n" if first else joint)
                at, first, joint = at + len(part), False, " "


def _cut(sentence: str, max_words: int) -> Iterator[str]:
    """Cut a sentence longer than a chunk between clauses, else between words; each part is as it is in the sentence."""
    if size(sentence) <= max_words:
        yield sentence
        return
    start = end = filled = 0
    for first, last in _clauses(sentence, max_words):
        words = size(sentence[first:last])
        if end > start and filled + words > max_words:
            yield sentence[start:end]
            start, filled = first, 0
        start = start if filled else first
        end, filled = last, filled + words
    if end > start:
        yield sentence[start:end]


def _clauses(sentence: str, max_words: int) -> Iterator[tuple[int, int]]:
    """Yield where clauses begin and end, and for a clause longer than a chunk its parts."""
    at = 0
    for blank in chain(_CLAUSE.finditer(sentence), [None]):
        end = blank.start() if blank else len(sentence)
        if size(sentence[at:end]) <= max_words:
            yield at, end
        else:
            yield from _words(sentence, at, end, max_words)
        at = blank.end() if blank else end


def _words(sentence: str, start: int, end: int, max_words: int) -> Iterator[tuple[int, int]]:
    words = sum(1 for _ in _WORD.finditer(sentence, start, end))
    if words == 1 or size(sentence[start:end]) > 2 * words:  # a script without blanks
        step = 2 * max_words
        yield from ((at, min(at + step, end)) for at in range(start, end, step))
        return
    found = _WORD.finditer(sentence, start, end)
    while run := list(islice(found, max_words)):
        yield run[0].start(), run[-1].end()


def _rows(element: Element, max_words: int) -> Iterator[Piece]:
    """Yield runs of rows that fit into a chunk, each under the table's caption and header rows."""
    top = [block for block in element.block.children if block.kind == "caption" or block.header]
    rows = [block for block in element.block.children if block not in top]
    until = top[-1].end if top else 0
    if not rows or size(element.text[:until]) > max_words // 2 or any(row.start < until for row in rows):
        yield from _lines_of(element, 0, len(element.text), max_words)
        return
    repeated = tuple(as_repeated(block) for block in cut([element.block], 0, until))
    lead = Lead(element.text[:until], repeated) if until else None
    first = True
    for run in _runs(element, rows, max_words - size(element.text[:until])):
        if len(run) == 1 and size(element.text[run[0].start : run[0].end]) > max_words:
            yield from _lines_of(element, run[0].start, run[0].end, max_words)
            first = False
            continue
        piece = _part(element, 0 if first else run[0].start, run[-1].end)
        yield piece if first or lead is None else replace(_below(lead, piece), joint="\n\n")
        first = False


def _runs(element: Element, rows: Sequence[Block], max_words: int) -> Iterator[list[Block]]:
    run: list[Block] = []
    filled = 0
    for row in rows:
        words = size(element.text[row.start : row.end])
        if run and filled + words > max_words:
            yield run
            run, filled = [], 0
        run.append(row)
        filled += words
    if run:
        yield run


def _lines_of(element: Element, start: int, end: int, max_words: int) -> Iterator[Piece]:
    """Yield runs of lines that fit into a chunk; a longer line is cut."""
    lines = element.text[start:end].split("\n")
    parts = [part for line in lines for part in ([line] if size(line) <= max_words else _cut(line, max_words))]
    at, first, filled = start, start, 0
    for part in parts:
        place = max(element.text.find(part, at, end), at)
        if filled and filled + size(part) > max_words:
            yield from _stripped(element, first, at, first == start)
            first, filled = place, 0
        at = place + len(part)
        filled += size(part)
    yield from _stripped(element, first, end, first == start)


def _stripped(element: Element, start: int, end: int, first: bool) -> Iterator[Piece]:
    text = element.text[start:end]
    end -= len(text) - len(text.rstrip())
    start += len(text) - len(text.lstrip("\n" if element.kind == "code" else None))
    if start < end:
        yield replace(_part(element, start, end), joint="\n\n" if first else "\n")
