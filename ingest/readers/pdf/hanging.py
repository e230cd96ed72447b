"""Finds numbers without a dot that hang before the items of a list: "1", "2", "3" in a column of their own.

A page does not tell such a list from a table of two columns without rules. It is a list if the numbers count from the
first one, nothing else stands in their column, no rule parts them from their texts, the texts have no columns of their
own, and no heads stand above both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ingest.readers.pdf.markers import follows, is_first
from ingest.readers.pdf.page.parts import Rule, Word

_BARE = re.compile(r"\d{1,2}|[a-z]|[ivx]{1,5}")
_NEAR = 2.5
_WIDEST = 5.0
"""The widest gap between a number and its text, in sizes of the type."""
_COLUMN_GAP = 1.5
_MOST_PARTED = 0.4
"""The share of items with a wide gap in their text from which the texts are columns of a table."""
_SAID = 0.6
"""The share of items that must be words and not single values."""

_Row = tuple[Word, Word, list[Word]]
"""A number, the first word behind it, and all words on its line."""


def mark_hanging(words: Sequence[Word], across: Iterable[Rule]) -> None:
    """Give hanging numbers the dot by which other code knows an item."""
    lines = _lines(words)
    rows = [row for line in lines for row in _rows_of(line)]
    rules = list(across)
    for column in _columns(rows):
        for run in _runs(column):
            if len(run) > 1 and not _is_table(run, lines, rules):
                for number, _, _ in run:
                    number.text += "."


def _lines(words: Sequence[Word]) -> list[list[Word]]:
    """Return words that share a baseline, from left to right, the highest line first."""
    found: list[list[Word]] = []
    for word in sorted(words, key=lambda each: each.base):
        if found and word.base - found[-1][0].base <= 0.25 * word.size:
            found[-1].append(word)
        else:
            found.append([word])
    return [sorted(line, key=lambda each: each.x0) for line in found]


def _rows_of(line: Sequence[Word]) -> Iterable[_Row]:
    for at, (word, after) in enumerate(pairwise(line)):
        before = line[at - 1] if at else None
        alone = before is None or word.x0 - before.x1 > _COLUMN_GAP * word.size
        gap = after.x0 - word.x1
        if (
            alone and _BARE.fullmatch(word.text) and word.tag is None and word.lane == after.lane
            and 0.45 * word.size < gap < _WIDEST * word.size and abs(word.size - after.size) < 0.3 * after.size
        ):  # fmt: skip
            yield word, after, list(line[at + 1 :])


def _columns(rows: Sequence[_Row]) -> list[list[_Row]]:
    """Group numbers whose texts begin at the same place and that are flush left or right with one another."""
    columns: list[list[_Row]] = []
    for row in rows:
        number, after, _ = row
        for column in columns:
            first, text, _ = column[-1]
            flush = abs(first.x0 - number.x0) < _NEAR or abs(first.x1 - number.x1) < _NEAR
            if flush and abs(text.x0 - after.x0) < _NEAR:
                column.append(row)
                break
        else:
            columns.append([row])
    return columns


def _runs(column: Sequence[_Row]) -> list[list[_Row]]:
    """Return the runs that count from the first number on."""
    runs: list[list[_Row]] = []
    for row in column:
        text = row[0].text
        if runs and follows(runs[-1][-1][0].text, text):
            runs[-1].append(row)
        elif is_first(text):
            runs.append([row])
    return runs


def _is_table(run: Sequence[_Row], lines: Sequence[Sequence[Word]], rules: Sequence[Rule]) -> bool:
    number, text, _ = run[0]
    last = run[-1][0]
    parted = sum(
        any(b.x0 - a.x1 > _COLUMN_GAP * b.size for a, b in pairwise(rest) if b.x0 < text.x0 + 40 * b.size)
        for _, _, rest in run
    )
    said = sum(len(rest) > 1 and rest[0].text[:1].isalpha() for _, _, rest in run)
    if parted > _MOST_PARTED * len(run) or said < _SAID * len(run):
        return True
    if any(rule.start < text.x0 and rule.end > text.x0 and number.y0 < rule.at < last.y1 for rule in rules):
        return True
    inside = {id(each[0]) for each in run}
    for line in lines:
        base = line[0].base
        for word in line:
            in_column = word.x0 < text.x0 - 1 and word.x1 > min(number.x0, last.x0) - 1
            if number.base < base < last.base and in_column and id(word) not in inside:
                return True
        above = number.base - 3 * number.size < base < number.base - 1
        starts = [word for word in line if abs(word.x0 - text.x0) < _NEAR]
        heads = [word for word in line if abs(word.x0 - number.x0) < _NEAR and word.x1 < text.x0 - 1]
        if above and any(word.x0 - head.x1 > 0.7 * word.size for head in heads for word in starts):
            return True
    return False
