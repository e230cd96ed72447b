"""What a source or a parsed document holds, in a form in which both can be compared. Knows neither HTML nor blocks."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

_SAME = str.maketrans({
    **dict.fromkeys("‘’‚‛′", "'"), **dict.fromkeys("“”„‟″«»", '"'), **dict.fromkeys("‐‑‒–—―−", "-"),
    **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff"),
})  # fmt: skip
_BULLETS = "•◦▪▫■□●○‣⁃∙·"
_BULLET = re.compile(rf"(?<!\S)[{_BULLETS}]\s+(?=\S)")
_BEFORE_COMMA = re.compile(r" ([,;])")
_AROUND_NUMBER = " .):(]["


def normal(text: str) -> str:
    """Return text in which compatible characters, blanks, quotes and dashes are alike; case is kept.

    A blank before a comma or a semicolon is none: a table in a cell is joined by them.

    Quotes and dashes are translated before and after NFKC, which would turn some of them into others.
    """
    shown = unicodedata.normalize("NFKC", text.translate(_SAME)).translate(_SAME)
    return _BEFORE_COMMA.sub(r"\1", " ".join(shown.split()))


def words_of(text: str) -> list[str]:
    """Return the words of a text without bullets alone and without colons at their ends.

    A colon between a term and what it means is shown by one form and not by another.
    """
    return [bare for word in normal(text).split() if (bare := word.rstrip(":")) and bare not in _BULLETS]


def cell_text(text: str) -> str:
    """Return the text of a cell without the bullets of lists in it."""
    return normal(_BULLET.sub("", text))


def number_text(number: str | None) -> str:
    """Return a number without the marks around it, which HTML does not hold: "4." and "4)" are "4"."""
    return normal(number or "").strip(_AROUND_NUMBER)


@dataclass(frozen=True, slots=True)
class Heading:
    text: str
    depth: int
    """1 for the outermost; headings in headings count, not the numbers that the formats give to levels."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list. `depth` counts lists in lists from 1; `group` is that of the outermost list."""

    text: str
    number: str
    depth: int
    group: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place of a table: the text of the cell there, whether it is a header, whether the cell begins there."""

    text: str = ""
    header: bool = False
    begins: bool = True


NOTHING = Place()


@dataclass(frozen=True, slots=True)
class Table:
    """A rectangle of places without empty rows and columns; the first `headers` rows are the columns' headers."""

    rows: tuple[tuple[Place, ...], ...]
    headers: int

    def texts(self) -> list[tuple[str, ...]]:
        """Return the texts of each row, without empty places at its end."""
        return [_without_empty_end([place.text for place in row]) for row in self.rows]

    def cells(self) -> list[tuple[str, str, str]]:
        """Return the row's header, the column's header and the text of each cell with text below the header rows."""
        columns = [self._column(column) for column in range(len(self.rows[0]) if self.rows else 0)]
        return [
            (_row_header(row), columns[column], place.text)
            for row in self.rows[self.headers :]
            for column, place in enumerate(row)
            if place.text
        ]

    def _column(self, column: int) -> str:
        """Return the header of a column, or its number where the table has no header rows."""
        if not self.headers:
            return f"column {column + 1}"
        lines = [row[column].text for row in self.rows[: self.headers]]
        return " ".join(text for place, text in enumerate(lines) if text and (not place or lines[place - 1] != text))


def make_table(rows: Sequence[Sequence[Place]], headers: int) -> Table:
    """Return the table without rows and columns in which no cell with text begins."""
    width = max((len(row) for row in rows), default=0)
    square = [[*row, *[NOTHING] * (width - len(row))] for row in rows]
    kept = [y for y, row in enumerate(square) if any(place.text and place.begins for place in row)]
    columns = [x for x in range(width) if any(square[y][x].text and square[y][x].begins for y in kept)]
    left = tuple(tuple(square[y][x] for x in columns) for y in kept)
    first = sum(y < headers for y in kept)
    return Table(left, first if first < len(left) else 0)


def leading_headers(rows: Sequence[Sequence[Place]]) -> int:
    """Return how many rows at the top hold only headers."""
    count = 0
    for row in rows:
        if not all(place.header for place in row if place.text):
            break
        count += 1
    return count


def _row_header(row: Sequence[Place]) -> str:
    """Return the headers that begin the row, or its first text if none is marked or all are."""
    marked = 0
    while marked < len(row) and row[marked].header:
        marked += 1
    if 0 < marked < len(row):
        return " ".join(place.text for place in row[:marked] if place.text)
    return next((place.text for place in row if place.text), "")


def _without_empty_end(texts: list[str]) -> tuple[str, ...]:
    while texts and not texts[-1]:
        texts.pop()
    return tuple(texts)


@dataclass(slots=True)
class Content:
    """The words of a document in order, without numbers of items, and its structure."""

    words: list[str] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    items: list[Item] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    pages: int | None = None

    def cells(self) -> list[tuple[str, str, str]]:
        return [cell for table in self.tables for cell in table.cells()]

    def rows(self) -> list[tuple[str, ...]]:
        return [row for table in self.tables for row in table.texts()]


def depths(levels: Iterable[tuple[str, int]]) -> list[Heading]:
    """Return the headings with their depth: how many headings of a smaller level are open, and one."""
    found, above = [], list[int]()
    for text, level in levels:
        while above and above[-1] >= level:
            above.pop()
        above.append(level)
        found.append(Heading(text, len(above)))
    return found
