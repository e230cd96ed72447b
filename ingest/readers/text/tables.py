"""Finds tables in lines of text: drawn with pipes, in a grid of `+---+`, between lines of `===`, or in aligned columns.

A cell of several lines becomes one line. Merged cells of grids are not known: their text stays in the first cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

from ingest.blocks.headers import find_headers, looks
from ingest.blocks.nodes import Node
from ingest.blocks.tables import plain_table

Tidy = Callable[[str], str]
_GRID = re.compile(r"\s*\+(?:[-=]+\+)+\s*$")
_RULE = re.compile(r"\s*\|?(?=[^|+]*-{2})\s*:?-+:?\s*(?:[|+]\s*:?-+:?\s*)*\|?\s*$")
_SIMPLE = re.compile(r"\s*={2,}(?:\s+={2,})+\s*$")
_SIMPLE_RULE = re.compile(r"\s*[-=]{2,}(?:\s+[-=]{2,})*\s*$")
_GAP = re.compile(r"\s{2,}|\t")
_MAX_ALIGNED_CELL = 60
_MOST_LINES = 20_000


def table_at(lines: Sequence[str], at: int, tidy: Tidy) -> tuple[Node, int] | None:
    """Return the table that begins at a line, and the line behind it; None if none does."""
    line = lines[at]
    if _GRID.match(line):
        return _made(*_grid(lines, at, tidy))
    if _SIMPLE.match(line):
        return _made(*_simple(lines, at, tidy))
    if line.count("|") >= (1 if line.lstrip().startswith("|") else 2) or (
        "|" in line and at + 1 < len(lines) and _RULE.match(lines[at + 1])
    ):
        return _made(*_pipes(lines, at, tidy))
    begins = at == 0 or not lines[at - 1].strip()
    return _made(*_aligned(lines, at, tidy)) if begins and _GAP.search(line.strip()) else None


def _made(rows: list[list[str]], header_rows: int | None, end: int) -> tuple[Node, int] | None:
    if len(rows) < 2 or max(len(row) for row in rows) < 2:
        return None
    if header_rows is None:
        header_rows = find_headers(list(looks(rows))).rows
    found = plain_table(rows, header_rows=header_rows)
    return (found, end) if found is not None else None


def _end(lines: Sequence[str], at: int) -> int:
    end = at
    while end < len(lines) and lines[end].strip() and end - at < _MOST_LINES:
        end += 1
    return end


def _pipes(lines: Sequence[str], at: int, tidy: Tidy) -> tuple[list[list[str]], int | None, int]:
    rows: list[list[str]] = []
    header_rows: int | None = None
    end = at
    while end < len(lines) and ("|" in lines[end] or _RULE.match(lines[end])) and lines[end].strip():
        line = lines[end].strip()
        if _RULE.match(line):
            header_rows = len(rows) if header_rows is None and rows else header_rows
        else:
            bare = line.removeprefix("|")
            bare = bare.removesuffix("|") if not bare.endswith("\\|") else bare
            rows.append([tidy(cell.replace("\\|", "|")) for cell in re.split(r"(?<!\\)\|", bare)])
        end += 1
    widths = {len(row) for row in rows}
    drawn = header_rows is not None or all(line.lstrip().startswith("|") for line in lines[at:end])
    if len(widths) > 1 and not drawn:
        return [], None, end
    return rows, header_rows, end


def _grid(lines: Sequence[str], at: int, tidy: Tidy) -> tuple[list[list[str]], int | None, int]:
    end = at
    while end < len(lines) and lines[end].lstrip().startswith(("+", "|")):
        end += 1
    borders = sorted({place for line in lines[at:end] if _GRID.match(line) for place in _places(line, "+")})
    rows: list[list[str]] = []
    header_rows: int | None = None
    parts: list[list[str]] = []
    for line in lines[at:end]:
        if line.lstrip().startswith("+"):
            if parts:
                rows.append([tidy(" ".join(part)) for part in parts])
                parts = []
            if "=" in line and header_rows is None:
                header_rows = len(rows)
            continue
        parts = parts or [[] for _ in borders[:-1]]
        cuts = [place for place in borders if place < len(line) and line[place] in "|+"]
        for left, right in pairwise(cuts):
            parts[borders.index(left)].append(line[left + 1 : right].strip())
    if parts:
        rows.append([tidy(" ".join(part)) for part in parts])
    return rows, header_rows or 0, end


def _places(line: str, mark: str) -> list[int]:
    return [place for place, char in enumerate(line) if char == mark]


def _simple(lines: Sequence[str], at: int, tidy: Tidy) -> tuple[list[list[str]], int | None, int]:
    """Read a table between lines of equals signs: a line whose first cell is empty goes on with the row before."""
    starts = [match.start() for match in re.finditer(r"=+", lines[at])]
    borders = [at]
    end = at + 1
    while end < len(lines) and len(borders) < 3 and end - at < _MOST_LINES:
        if _SIMPLE.match(lines[end]) and lines[end].strip().startswith("="):
            borders.append(end)
            following = lines[end + 1].strip() if end + 1 < len(lines) else ""
            if not following:
                break
        end += 1
    last = borders[-1]
    if last == at:
        return [], None, at + 1
    rows: list[list[str]] = []
    header_rows = 0
    for number in range(at + 1, last):
        line = lines[number]
        if number in borders:
            header_rows = len(rows)
        elif line.strip() and not _SIMPLE_RULE.match(line):
            cells = [
                line[start : starts[place + 1] if place + 1 < len(starts) else None].strip()
                for place, start in enumerate(starts)
            ]
            if rows and not cells[0]:
                rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)]
            else:
                rows.append(cells)
    return [[tidy(cell) for cell in row] for row in rows], header_rows, last + 1


def _aligned(lines: Sequence[str], at: int, tidy: Tidy) -> tuple[list[list[str]], int | None, int]:
    """Read columns that are apart by two blanks in every line: at least three lines, or two under a ruled header."""
    end = _end(lines, at)
    block = [line.expandtabs(8).rstrip() for line in lines[at:end]]
    ruled = len(block) > 2 and _SIMPLE_RULE.match(block[1]) is not None and " " in block[1].strip()
    body = [line for line in block if not _SIMPLE_RULE.match(line)]
    if len(body) < (2 if ruled else 3):
        return [], None, end
    starts = _columns(body)
    if len(starts) < 2:
        return [], None, end
    rows = [
        [
            line[start : starts[place + 1] if place + 1 < len(starts) else None].strip()
            for place, start in enumerate(starts)
        ]
        for line in body
    ]
    filled = sum(sum(bool(cell) for cell in row) >= 2 for row in rows)
    if filled < 0.8 * len(rows) or any(len(cell) > _MAX_ALIGNED_CELL for row in rows for cell in row[:-1]):
        return [], None, end
    return [[tidy(cell) for cell in row] for row in rows], 1 if ruled else None, end


def _columns(body: Sequence[str]) -> list[int]:
    """Return where columns begin: after two blanks in every line that is long enough."""
    width = max(len(line) for line in body)
    blank = [True] * (width + 2)
    for line in body[:200]:
        for place, char in enumerate(line):
            if char != " ":
                blank[place] = False
    starts = [next(place for place, is_blank in enumerate(blank) if not is_blank)]
    starts += [
        place for place in range(starts[0] + 3, width) if not blank[place] and blank[place - 1] and blank[place - 2]
    ]
    return starts
