"""Turns lines of a PDF into elements: headings, paragraphs, lists, tables, and headers and footers that repeat.

Uses only sizes, weights and gaps; knows no PDF library. Lines are in the order of the file.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from core.types import ElementKind
from ingest.blocks.flat import flat
from ingest.blocks.nodes import Node
from ingest.cleaning import clean, one_line, table_text
from ingest.readers.pdf_lines import Line, bounding_box

BULLET = re.compile(
    r"^\s*(?:[•▪◦‣●○■□▶►➢✓✔·\uf0b7\uf0a7\uf0d8–—*o-]\s+|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)]\s+)(?=\S)"
)
_NUMBERED = re.compile(r"^(?:\d{1,2}|[A-Z])(?:\.\d{1,2})*\.?\s+[A-Z]")
_PAGE_NUMBER = re.compile(
    r"^(?:page\s*)?[-–]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–]?(?:\s*(?:/|of)\s*\d{1,4})?$", re.IGNORECASE
)
_EDGE = 0.09
"""The share of a page's height, at top and bottom, where running headers and footers are."""


@dataclass(frozen=True, slots=True)
class _DocumentStyle:
    """What is usual in this document, so that headings and running headers can be recognised."""

    body: float
    levels: Mapping[float, int]
    repeated: frozenset[str]
    words: frozenset[str]
    outline: Mapping[str, int]


def arrange(pages: Sequence[Sequence[Line]], outline: Mapping[str, int]) -> list[list[Node]]:
    """Return each page's elements. `outline` maps case-folded bookmark titles to their depth."""
    style = _style(pages, outline)
    return [[element for block in _blocks(page, style) for element in _element(block, style)] for page in pages]


def _style(pages: Sequence[Sequence[Line]], outline: Mapping[str, int]) -> _DocumentStyle:
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page:
            sizes[line.size] += len(line.text) if line.upright else 0
    body = sizes.most_common(1)[0][0] if sizes else 10.0
    larger = sorted((size for size in sizes if size >= 1.12 * body), reverse=True)
    levels = {size: min(rank, 5) for rank, size in enumerate(_merged(larger), start=1)}
    words = frozenset(word.lower() for page in pages for line in page for word in line.text.split())
    return _DocumentStyle(body, _spread(larger, levels), _repeated(pages), words, outline)


def _merged(sizes: Sequence[float]) -> list[float]:
    """Treat sizes that differ by less than five per cent as one."""
    merged: list[float] = []
    for size in sizes:
        if not merged or size < 0.95 * merged[-1]:
            merged.append(size)
    return merged


def _spread(sizes: Sequence[float], levels: Mapping[float, int]) -> dict[float, int]:
    return {size: max(level for first, level in levels.items() if size <= first) for size in sizes}


def _repeated(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Return the lines, digits masked, that are at the edge of three pages or more."""
    seen: Counter[str] = Counter()
    for page in pages:
        seen.update({_masked(line) for line in page if _at_edge(line)})
    filled = sum(1 for page in pages if page)
    return frozenset(text for text, count in seen.items() if count >= 3 and count >= 0.1 * filled)


def _masked(line: Line) -> str:
    return re.sub(r"\d+", "#", one_line(line.text)).casefold()


def _at_edge(line: Line) -> bool:
    return line.box.y1 < _EDGE or line.box.y0 > 1 - _EDGE


def _is_running_line(line: Line, style: _DocumentStyle) -> bool:
    if not _at_edge(line):
        return False
    return _masked(line) in style.repeated or _PAGE_NUMBER.match(line.text.strip()) is not None


@dataclass(frozen=True, slots=True)
class _Block:
    kind: ElementKind
    lines: tuple[Line, ...]


def _blocks(page: Sequence[Line], style: _DocumentStyle) -> Iterator[_Block]:
    """Yield groups of lines that belong together, in order."""
    current: list[Line] = []
    index = 0
    while index < len(page):
        line = page[index]
        rows = 0 if _is_running_line(line, style) else _table_rows(page, index)
        if rows or _is_running_line(line, style):
            yield from _closed(current)
            current = []
        if rows:
            yield _Block("table", tuple(page[index : index + rows]))
            index += rows
            continue
        if _is_running_line(line, style):
            yield _Block("header" if line.box.y1 < 0.5 else "footer", (line,))
        elif current and _continues(current, line, style):
            current.append(line)
        else:
            yield from _closed(current)
            current = [line]
        index += 1
    yield from _closed(current)


def _closed(lines: list[Line]) -> Iterator[_Block]:
    if lines:
        yield _Block("list_item" if BULLET.match(lines[0].text) else "text", tuple(lines))


def _continues(block: Sequence[Line], line: Line, style: _DocumentStyle) -> bool:
    """Return whether a line continues the block above it: near, in the same type, and not the start of a new block."""
    last = block[-1]
    if BULLET.match(line.text) and line.box.x0 <= last.box.x0 + 0.02 and not _mid_sentence(last, line):
        return False
    if abs(line.size - last.size) > 0.08 * style.body or _is_outlined(line, style) or _is_outlined(last, style):
        return False
    if line.bold != last.bold and (line.box.y0 > last.box.y0 + 0.5 * last.height) and _short(last):
        return False
    height = max(last.height, 0.001)
    gap = line.box.y0 - last.box.y1
    if gap > 0.75 * height or line.box.y1 < last.box.y0 - 0.5 * height:
        return False
    return line.box.x0 < last.box.x1 and line.box.x1 > last.box.x0


def _mid_sentence(last: Line, line: Line) -> bool:
    """Return whether the line before continues into this one: then "2. The" is running text, not a list item."""
    return BULLET.match(last.text) is None and last.text[-1:].islower() and line.text[:1] in "(-–—*o"


def _is_outlined(line: Line, style: _DocumentStyle) -> bool:
    return one_line(line.text).casefold() in style.outline


def _short(line: Line) -> bool:
    return len(line.text.split()) <= 14


def _table_rows(page: Sequence[Line], start: int) -> int:
    """Return how many lines from `start` are rows of one table: three or more with cells under one another."""
    if len(page[start].cells) < 2:
        return 0
    end = start
    starts = [cell.x0 for cell in page[start].cells]
    rows = 0
    while end < len(page):
        line = page[end]
        if line.box.y0 < page[end - 1].box.y0 - 0.02 and end > start:
            break
        if len(line.cells) >= 2 and _aligned_cells(line, starts) >= 2:
            rows += 1
            starts.extend(cell.x0 for cell in line.cells)
        elif end == start or not (len(line.cells) == 1 and rows >= 2 and _next_is_row(page, end, starts)):
            break
        end += 1
    return end - start if rows >= 3 else 0


def _next_is_row(page: Sequence[Line], index: int, starts: Sequence[float]) -> bool:
    """Return whether a row follows: then a single cell (a wrapped cell, a group's name) belongs to the table."""
    if index + 1 >= len(page):
        return False
    following = page[index + 1]
    near = following.box.y0 - page[index].box.y1 < 2 * following.height and len(page[index].text) < 60
    return near and len(following.cells) >= 2 and _aligned_cells(following, starts) >= 2


def _aligned_cells(line: Line, starts: Sequence[float]) -> int:
    """Count the cells that start near the start of an earlier cell or span it."""
    return sum(1 for cell in line.cells if any(abs(cell.x0 - x) < 0.03 or cell.x0 <= x <= cell.x1 for x in starts))


def _element(block: _Block, style: _DocumentStyle) -> Iterator[Node]:
    boxes = (bounding_box(block.lines),)
    page = block.lines[0].box.page
    if block.kind == "table":
        text = table_text(_grid(block.lines))
        yield flat("table", text, page, boxes)
        return
    text = one_line(_unwrapped([line.text for line in block.lines], style.words))
    level = _level(block, text, style)
    if not text:
        return
    yield flat("title" if level else block.kind, text, page, boxes, level)


def _level(block: _Block, text: str, style: _DocumentStyle) -> int | None:
    """Return a heading's depth from the outline, its size, or its weight; None for what is not a heading."""
    if block.kind in {"header", "footer"}:
        return None
    outlined = style.outline.get(text.casefold())
    if outlined is not None:
        return outlined
    if not all(line.upright for line in block.lines):
        return None
    words = text.split()
    if (
        len(words) > 20
        or len(block.lines) > 4
        or not any(c.isalpha() for c in text)
        or len(text) < 3
        or text[0].islower()
    ):
        return None
    size = block.lines[0].size
    if size in style.levels:
        return style.levels[size]
    deepest = max(style.levels.values(), default=0) + 1
    plain = len(block.lines) <= 2 and len(words) <= 12 and text[-1] not in ".,;:" and size >= 0.95 * style.body
    if plain and all(line.bold for line in block.lines) and (block.kind != "list_item" or _NUMBERED.match(text)):
        return min(deepest, 6)
    return None


def _grid(lines: Sequence[Line]) -> list[list[str]]:
    """Sort cells into columns; the narrowest cells that do not overlap define the columns."""
    columns: list[tuple[float, float]] = []
    for cell in sorted((cell for line in lines for cell in line.cells), key=lambda cell: cell.x1 - cell.x0):
        if not any(cell.x0 < right and cell.x1 > left for left, right in columns):
            columns.append((cell.x0, cell.x1))
    columns.sort()
    rows = []
    for line in lines:
        row = [""] * len(columns)
        for cell in line.cells:
            at = max(range(len(columns)), key=lambda i: min(cell.x1, columns[i][1]) - max(cell.x0, columns[i][0]))
            row[at] = f"{row[at]} {cell.text}".strip()
        rows.append(row)
    return rows


def _unwrapped(lines: Sequence[str], words: frozenset[str]) -> str:
    """Join lines and words hyphenated at a line end; the hyphen stays where the document has the word with it."""
    text = lines[0]
    for line in lines[1:]:
        if text.endswith("\ufffe") or (text.endswith("-") and line[:1].islower()):
            first, rest = text.rstrip("-\ufffe"), line
            whole = (first.split() or [""])[-1] + (rest.split() or [""])[0]
            kept = f"{(first.split() or [''])[-1]}-{(rest.split() or [''])[0]}".lower() in words
            text = f"{first}-{rest}" if kept and whole.lower() not in words else first + rest
        else:
            text = f"{text} {line}"
    return clean(text.replace("\ufffe", "-"))
