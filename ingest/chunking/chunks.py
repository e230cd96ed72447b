"""Splits elements into chunks along the document's structure: one section, whole sentences, whole lists where they fit.

Headings are in the chunk's path, not in its text, so that a quote is only text; where small sections share a chunk,
their headings are in its text. Takes redacted elements; knows no embedding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from core.types import Block, BlockKind, Box, Chunk, Element, ElementKind, Parsed
from ingest.blocks.cuts import moved
from ingest.chunking.pieces import Piece, pieces
from ingest.chunking.sentences import size

MAX_WORDS = 200
TINY_WORDS = 25
"""A section with fewer words shares a chunk with its neighbours under the same parent."""
LONGEST_HEADING = 100
"""Words from which a heading is text: each chunk below it would carry it."""
STRETCH = 1.25
"""A chunk may be longer by this factor where a remainder under `TINY_WORDS` would be left."""

_KINDS: dict[BlockKind, ElementKind] = {"table": "table", "code": "code", "list": "list_item"}


@dataclass(frozen=True, slots=True)
class _Section:
    """The elements between two headings, and the path of headings above them."""

    headings: tuple[Element, ...]
    elements: tuple[Element, ...]

    @property
    def path(self) -> tuple[str, ...]:
        return tuple(heading.text for heading in self.headings)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A chunk without its number. `continues`: its section started in the draft before it.

    `headings` are the blocks of `path`, without places in a text.
    """

    path: tuple[str, ...]
    text: str
    page: int | None
    boxes: tuple[Box, ...]
    kind: ElementKind
    blocks: tuple[Block, ...]
    headings: tuple[Block, ...]
    continues: bool = False

    @property
    def size(self) -> int:
        return size(self.text)


def chunk(parsed: Parsed) -> list[Chunk]:
    """Return chunks of at most about `MAX_WORDS` words in reading order, without running headers and footers.

    A longer table is split between rows, each part under the header row; a list keeps its lead-in. Only a sentence or a
    row longer than a chunk is cut. A document that fits into one chunk becomes one chunk.
    """
    drafts: list[_Draft] = []
    for section in _sections(parsed.elements):
        drafts.extend(_fill(section))
    whole = sum(draft.size + size(" ".join(draft.path)) for draft in drafts) <= MAX_WORDS
    merged = _merge(drafts, whole=whole)
    return [
        Chunk(ordinal, draft.text, draft.path, draft.page, draft.boxes, draft.kind, draft.blocks)
        for ordinal, draft in enumerate(merged)
    ]


def _sections(elements: Iterable[Element]) -> Iterator[_Section]:
    """Yield sections; a heading with nothing under it becomes the text of its own section."""
    path: list[Element] = []
    gathered: list[Element] = []
    bare: Element | None = None
    for element in elements:
        if element.kind in {"header", "footer"} or not element.text.strip():
            continue
        if element.kind != "heading" or size(element.text) > LONGEST_HEADING:
            gathered.append(element)
            bare = None
            continue
        if gathered:
            yield _Section(tuple(path), tuple(gathered))
            gathered = []
        level = element.level or 1
        if bare is not None and (bare.level or 1) >= level:
            yield _Section(tuple(path[:-1]), (bare,))
        path = [heading for heading in path if (heading.level or 1) < level] + [element]
        bare = element
    if gathered:
        yield _Section(tuple(path), tuple(gathered))
    if bare is not None:
        yield _Section(tuple(path[:-1]), (bare,))


def _fill(section: _Section) -> Iterator[_Draft]:
    """Fill chunks with a section's pieces in order; a small remainder joins the last chunk."""
    runs: list[list[Piece]] = []
    filled = 0
    for piece in pieces(section.elements, MAX_WORDS):
        if not runs or filled + piece.size > MAX_WORDS:
            runs.append([])
            filled = 0
            piece = piece.as_start()
        runs[-1].append(piece)
        filled += piece.size
    if len(runs) > 1 and _words(runs[-1]) < TINY_WORDS and _words(runs[-2]) + _words(runs[-1]) <= STRETCH * MAX_WORDS:
        rest = runs.pop()
        runs[-1].extend(rest)
    for place, run in enumerate(runs):
        yield _draft(section, run, continues=place > 0)


def _words(run: Sequence[Piece]) -> int:
    return sum(piece.size for piece in run)


def _draft(section: _Section, run: Sequence[Piece], *, continues: bool) -> _Draft:
    text, blocks = run[0].text, run[0].blocks
    for piece in run[1:]:
        text += piece.joint
        blocks = _joined(blocks, tuple(moved(block, len(text)) for block in piece.blocks), piece.joint)
        text += piece.text
    kinds = {piece.kind for piece in run}
    pages = [piece.page for piece in run if piece.page is not None]
    boxes = tuple(dict.fromkeys(box for piece in run for box in piece.boxes))
    kind = _KINDS.get(kinds.pop(), "text") if len(kinds) == 1 else "text"
    headings = tuple(heading.block for heading in section.headings)
    return _Draft(section.path, text, pages[0] if pages else None, boxes, kind, blocks, headings, continues)


def _joined(blocks: tuple[Block, ...], more: tuple[Block, ...], joint: str) -> tuple[Block, ...]:
    """Return the blocks of a text and of what follows; parts of one list, table or paragraph become one again."""
    if not blocks or not more or joint == "\n\n" or (last := blocks[-1]).kind != more[0].kind:
        return blocks + more
    one = replace(last, end=more[0].end, children=last.children + more[0].children)
    return (*blocks[:-1], one, *more[1:])


def _merge(drafts: Sequence[_Draft], *, whole: bool) -> list[_Draft]:
    """Join a tiny section to the one before it under the same parent; join all when the whole document is short."""
    merged: list[_Draft] = []
    for draft in drafts:
        last = merged[-1] if merged else None
        if last is not None and (whole or _mergeable(last, draft)):
            merged[-1] = _join(last, draft)
        else:
            merged.append(draft)
    return merged


def _mergeable(last: _Draft, draft: _Draft) -> bool:
    tiny = last.size < TINY_WORDS or draft.size < TINY_WORDS
    related = _common_depth(last.path, draft.path) >= min(len(last.path), len(draft.path)) - 1
    near = abs(len(last.path) - len(draft.path)) <= 1
    if last.continues and _common_depth(last.path, draft.path) < len(last.path):
        return False  # its heading would be repeated inside the text, and a quote would join two places
    fits = last.size + draft.size + size(" ".join(draft.path[-1:])) <= MAX_WORDS
    return tiny and related and near and fits


def _join(last: _Draft, draft: _Draft) -> _Draft:
    common = _common_depth(last.path, draft.path)
    (text, blocks), (more, following) = _with_headings(last, common), _with_headings(draft, common)
    joint = "\n\n" if text and more else ""
    blocks += tuple(moved(block, len(text) + len(joint)) for block in following)
    kind: ElementKind = last.kind if last.kind == draft.kind else "text"
    boxes = tuple(dict.fromkeys(last.boxes + draft.boxes))
    return _Draft(
        last.path[:common], text + joint + more, last.page or draft.page, boxes, kind, blocks, last.headings[:common],
        last.continues,
    )  # fmt: skip


def _with_headings(draft: _Draft, common: int) -> tuple[str, tuple[Block, ...]]:
    """Return a draft's text and blocks under the headings that are not in its new path."""
    text, blocks = "", []
    for heading, block in zip(draft.path[common:], draft.headings[common:], strict=True):
        blocks.append(moved(block, len(text)))
        text += heading + "\n"
    return text + draft.text, (*blocks, *(moved(block, len(text)) for block in draft.blocks))


def _common_depth(first: Sequence[str], second: Sequence[str]) -> int:
    for index, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return index
    return min(len(first), len(second))
