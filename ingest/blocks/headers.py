"""Finds what names a table: titles above it, header rows and header columns, from what the cells are and look like.

For formats that do not say it themselves: sheets, CSV, tables on slides. A header differs from what is below it: a text
above numbers, bold above plain, a merged cell above its parts. The first line is a header only if nothing speaks
against it. Knows no file format.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from core.types import CellType

MAX_HEADER_ROWS = 5
SAMPLE = 200
"""Rows that are looked at: the first ones of a table tell what its columns are."""
_LONG = 60
"""Characters above which a text is content rather than the name of a column."""
_MOSTLY = 0.6
_NOTE = 25
"""Characters from which a single text below a table is a note rather than a row."""

_NUMBER = re.compile(
    r"[(+\-−–~≈<>≤≥±]*\s?(?:[$€£¥]|[A-Z]{3})?\s?[+\-−]?"
    r"(?:(?:\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+|\d+)(?:[.,]\d+)?|[.,]\d+)"
    r"(?:[eE][+-]?\d+)?\)?\s?(?:%|‰|°|°?[CFK]|[$€£¥]|[A-Za-zµμΩ][\w/²³·^]{0,7})?\)?"
)
_DATE = re.compile(
    r"\d{4}-\d{1,2}(?:-\d{1,2})?(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?: ?Z|[+-]\d{2}:?\d{2})?)?|"
    r"(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{1,2}[-. ][A-Za-zä]{3,9}\.?[-. ]\d{2,4})"
    r"(?:,? \d{1,2}:\d{2}(?::\d{2})?(?: ?[AP]M)?)?|"
    r"\d{1,3}:\d{2}(?::\d{2})?(?: ?[AP]M)?"
)
_YEAR = re.compile(r"(?:FY ?)?(?:19|20|21)\d\d(?:[/–-]\d{2,4})?")
_NOTHING = re.compile(r"[-–—./?]*|n/?a|n\. ?a\.|nan|null|none|nil|tbd|tba|k\. ?a\.", re.IGNORECASE)
"""Texts that stand where there is no value: they say nothing about a column."""


@dataclass(frozen=True, slots=True)
class Look:
    """What a cell is and looks like. `type` None: judged by the text. A place inside a merged cell is `covered`."""

    text: str
    type: CellType | None = None
    bold: bool = False
    filled: bool = False
    rows: int = 1
    columns: int = 1
    covered: bool = False


@dataclass(frozen=True, slots=True)
class Headers:
    """How many leading rows are titles, how many below them are headers, and how many leading columns are headers."""

    titles: int = 0
    rows: int = 0
    columns: int = 0


def find_headers(rows: Sequence[Sequence[Look]], *, styled: bool = False) -> Headers:
    """Return what names the table of these rows. All rows have the same length.

    `styled` says that what is around the table is formatted: then a first row of texts above texts that does not stand
    out is no header.
    """
    if not rows or not rows[0]:
        return Headers()
    head = rows[:SAMPLE]
    titles = _titles(head)
    body = head[titles:]
    if len(body) < 2:
        return Headers(titles, 0, _key_columns(body))
    count = _header_rows(body, styled)
    return Headers(titles, count, _header_columns(body, count))


def trailing_notes(rows: Sequence[Sequence[Look]], found: Headers) -> int:
    """Return how many last rows are notes below the table: one long text, or one across all columns."""
    count = 0
    while count < len(rows) - found.titles - 2 and is_title_row(rows[-1 - count]):
        cell = next(cell for cell in rows[-1 - count] if cell.text)
        across = cell.columns >= len(rows[0]) > 1
        if not across and (len(rows[0]) < 3 or (len(cell.text) < _NOTE and cell.text[0] not in "*¹²³†")):
            break
        count += 1
    return count


def kind_of(text: str) -> CellType:
    """Return what a text is: a number with or without a unit, a date or a time, or a text."""
    text = text.strip()
    if _DATE.fullmatch(text):
        return "date"
    return "number" if any(char.isdigit() for char in text) and _NUMBER.fullmatch(text) else "text"


def is_title_row(row: Sequence[Look]) -> bool:
    """Return whether a row has one text, at its beginning or across all of it."""
    shown = [place for place, cell in enumerate(row) if cell.text and not cell.covered]
    if len(shown) != 1 or len(row) < 2:
        return False
    cell = row[shown[0]]
    across = cell.columns >= len(row) - shown[0] and cell.columns > 1
    return (shown[0] == 0 and (cell.columns == 1 or across)) or across


def _kind(cell: Look) -> CellType:
    return kind_of(cell.text) if cell.type in {None, "text", "formula"} else cell.type or "text"


def _titles(rows: Sequence[Sequence[Look]]) -> int:
    """Return how many leading rows are above the table: they have one text, or a name and a value."""
    counts = [_filled(row) for row in rows]
    usual = sorted(counts)[len(counts) * 3 // 4]
    if usual < 2:
        return 0
    titles = 0
    while titles < len(rows) - 1 and titles < 20:
        row = rows[titles]
        sparse = len(row) >= 5 and counts[titles] == 2 < usual and all(cell.text for cell in row[:2])
        if counts[titles] and not is_title_row(row) and not (sparse and not _has_groups(row)):
            break
        titles += 1
    return titles if any(count >= 2 for count in counts[titles:]) else 0


def _filled(row: Sequence[Look]) -> int:
    return sum(1 for cell in row if cell.text and not cell.covered)


def _has_groups(row: Sequence[Look]) -> bool:
    """Return whether a cell of the row spans some columns but not all."""
    return any(1 < cell.columns < len(row) and not cell.covered for cell in row)


def _header_rows(rows: Sequence[Sequence[Look]], styled: bool) -> int:
    kinds = _body_kinds(rows)
    count = 0
    for at in range(min(len(rows) - 1, MAX_HEADER_ROWS)):
        if at < count:  # below a header cell of several rows
            continue
        if not (_is_header(rows, at, kinds, styled) if at == 0 else _continues(rows, at, kinds)):
            break
        deep = max((cell.rows for cell in rows[at] if not cell.covered and cell.text), default=1)
        count = at + 1 if at else max(1, min(deep, MAX_HEADER_ROWS, len(rows) - 1))
    return count


def _body_kinds(rows: Sequence[Sequence[Look]]) -> list[CellType | None]:
    """Return what most cells of each column are; None for columns without values. The first rows count less."""
    body = rows[min(MAX_HEADER_ROWS, max(1, len(rows) // 3)) :]
    found: list[CellType | None] = []
    for column in range(len(rows[0])):
        kinds = Counter(_kind(row[column]) for row in body if _has_value(row[column]))
        top = kinds.most_common(1)
        found.append(top[0][0] if top and top[0][1] >= _MOSTLY * kinds.total() else ("text" if top else None))
    return found


def _has_value(cell: Look) -> bool:
    return bool(cell.text) and not cell.covered and not _NOTHING.fullmatch(cell.text)


def _is_header(rows: Sequence[Sequence[Look]], at: int, kinds: Sequence[CellType | None], styled: bool) -> bool:
    """Return whether a row names what is below it."""
    row, body = rows[at], rows[at + 1 :]
    cells = [(column, cell) for column, cell in enumerate(row) if cell.text and not cell.covered]
    if len(cells) < min(2, len(row)) and not any(cell.columns > 1 for _, cell in cells):
        return False
    if _stands_out(row, body):
        return True
    votes = 0
    for column, cell in cells:
        below = [other[column] for other in body]
        votes += _vote(cell, below, kinds[column])
    if _are_years([cell for _, cell in cells], rows, at):
        return True
    if votes:
        return votes > 0
    if _has_groups(row):
        return True
    if styled:
        return False
    texts = [cell.text.casefold() for _, cell in cells]
    distinct = len(set(texts)) == len(texts)
    second: Sequence[Look] = rows[at + 1] if not rows[at + 1][0].text else row  # a second line may fill the gaps
    full = all(cell.text or second[column].text for column, cell in enumerate(row) if column)
    return distinct and full and not any(_is_content(text) for text in texts) and not _has_names(rows)


def _is_content(text: str) -> bool:
    """Return whether a text is too long for a name, or a sentence."""
    words = len(text.split())
    return len(text) > _LONG or words > 6 or (words > 3 and text[-1] in ".;!?")


def _has_names(rows: Sequence[Sequence[Look]]) -> bool:
    """Return whether the first column names the rows, from the first row on."""
    marked = _marked_columns(rows, len(rows[0]))
    return _is_key_value(rows) or (marked > 0 and not any(cell.bold or cell.filled for cell in rows[0][marked:]))


def _vote(cell: Look, below: Sequence[Look], kind: CellType | None) -> int:
    """Return 1 if the cell differs from its column as a name differs from values, -1 if it is one of the values."""
    own = _kind(cell)
    if kind is None or not _has_value(cell):
        return 0
    if own != kind:
        return 1 if own == "text" or (kind == "text" and own == "date") else 0
    if own != "text":
        return -1
    values = [other.text for other in below if _has_value(other)]
    if cell.text in values:
        return -1
    shapes = {_shape(value) for value in values[:20]}
    if len(values) >= 3 and len(shapes) == 1 and any(char.isdigit() for char in values[0]):
        return -1 if _shape(cell.text) in shapes else 1
    return 0


def _shape(text: str) -> str:
    """Return what a text is built of: "A-01" and "B-17" are both "a-0"."""
    return re.sub(r"[^\W\d_]+", "a", re.sub(r"\d+", "0", text))


def _are_years(cells: Sequence[Look], rows: Sequence[Sequence[Look]], at: int) -> bool:
    """Return whether numbers of the row are years, each another, above values that are none."""
    years = [cell.text for cell in cells if _YEAR.fullmatch(cell.text)]
    if len(years) < 2 or len(set(years)) != len(years) or len(years) < len(cells) - 2:
        return False
    below = [cell.text for row in rows[at + 1 :] for cell in row[1:] if _has_value(cell)]
    return sum(bool(_YEAR.fullmatch(text)) for text in below) < len(below) / 2


def _stands_out(row: Sequence[Look], body: Sequence[Sequence[Look]]) -> bool:
    """Return whether all cells of a row are bold, or all filled, and few rows below it are."""
    for name in ("bold", "filled"):
        if _all_marked(row, name):
            marked = sum(_all_marked(other, name) for other in body)
            if marked <= max(len(body) * 0.4, MAX_HEADER_ROWS - 1 if len(body) > MAX_HEADER_ROWS else 0):
                return True
    return False


def _all_marked(row: Sequence[Look], name: str) -> bool:
    cells = [cell for cell in row if cell.text and not cell.covered]
    return bool(cells) and all(getattr(cell, name) for cell in cells)


def _continues(rows: Sequence[Sequence[Look]], at: int, kinds: Sequence[CellType | None]) -> bool:
    """Return whether a row below a header row is one more line of the header."""
    row, above = rows[at], rows[at - 1]
    cells = [(column, cell) for column, cell in enumerate(row) if cell.text and not cell.covered]
    if not cells or is_title_row(row):
        return False
    if at == 1 and _is_picture_of_sheet(rows):
        return _differs(cells[1:], kinds)
    for name in ("bold", "filled"):
        if any(_all_marked(line, name) for line in rows[:at]) and not _all_marked(row, name):
            return _has_groups(above) and _differs(cells, kinds) and (not row[0].text or row[0].covered)
    parts = _has_groups(above) or any(not cell.text for cell in above)
    if _all_marked(row, "bold") and _stands_out(row, rows[at + 1 :]) and _all_marked(above, "bold"):
        return parts or _differs(cells, kinds) or not _has_values(cells)
    if _has_groups(above) and not _has_values(cells):
        return True
    if row[0].text and not row[0].covered:
        return False
    fills = any(not above[column].text for column, _ in cells) and len(cells) < _filled(above)
    return _differs(cells, kinds) or (fills and all(line[0].text for line in rows[at + 1 : at + 4]))


def _is_picture_of_sheet(rows: Sequence[Sequence[Look]]) -> bool:
    """Return whether a table shows a part of a sheet: its first line is "A", "B", "C", its first column 1, 2, 3."""
    if len(rows) < 4 or rows[0][0].text or len(rows[0]) < 2:
        return False
    letters = [cell.text for cell in rows[0][1:]]
    numbers = [row[0].text for row in rows[1:]]
    start = ord(letters[0]) if len(letters[0]) == 1 and letters[0].isascii() and letters[0].isupper() else 0
    first = int(numbers[0]) if numbers[0].isdecimal() and len(numbers[0]) < 7 else 0
    return (
        start > 0
        and first > 0
        and letters == [chr(start + place) for place in range(len(letters))]
        and numbers == [str(first + place) for place in range(len(numbers))]
    )


def _has_values(cells: Sequence[tuple[int, Look]]) -> bool:
    return any(_kind(cell) != "text" and not _YEAR.fullmatch(cell.text) for _, cell in cells)


def _differs(cells: Sequence[tuple[int, Look]], kinds: Sequence[CellType | None]) -> bool:
    """Return whether the cells above numbers and dates are texts, and there is one."""
    above = [cell for column, cell in cells if kinds[column] in {"number", "date"}]
    return any(_has_value(cell) for cell in above) and not any(_kind(cell) != "text" for cell in above)


def _header_columns(rows: Sequence[Sequence[Look]], count: int) -> int:
    body = rows[count:]
    width = len(rows[0])
    if count == 0:
        return _key_columns(rows)
    bold = _marked_columns(body, width)
    if bold:
        return bold
    corner = 0
    while corner < width - 1 and not any(row[corner].text for row in rows[:count]):
        corner += 1
    labels = all(any(_has_value(row[column]) for row in body) for column in range(corner))
    return corner if corner <= 2 and labels else 0


def _marked_columns(body: Sequence[Sequence[Look]], width: int) -> int:
    """Return how many leading columns are bold, or filled, while the others are not."""
    for name in ("bold", "filled"):
        shares = [_share(body, column, name) for column in range(width)]
        count = 0
        while count < width - 1 and shares[count] >= 0.8:
            count += 1
        if 0 < count <= 2 and max(shares[count:]) < 0.5:
            return count
    return 0


def _share(body: Sequence[Sequence[Look]], column: int, name: str) -> float:
    cells = [row[column] for row in body if row[column].text and not row[column].covered]
    return sum(bool(getattr(cell, name)) for cell in cells) / len(cells) if cells else 0.0


def _key_columns(rows: Sequence[Sequence[Look]]) -> int:
    if not rows:
        return 0
    return _marked_columns(rows, len(rows[0])) or (1 if _is_key_value(rows) else 0)


def _is_key_value(rows: Sequence[Sequence[Look]]) -> bool:
    """Return whether two columns are names and values: distinct texts, values of several types or names with colons."""
    if not rows or len(rows[0]) != 2:
        return False
    filled = [row for row in rows if row[0].text]
    names = [row[0].text for row in filled]
    if len(set(names)) != len(names) or any(_kind(row[0]) != "text" for row in filled) or not filled:
        return False
    if sum(name.rstrip().endswith(":") for name in names) >= len(names) * 0.8:
        return True
    kinds = {_kind(row[1]) for row in rows if _has_value(row[1])}
    first = _kind(rows[0][1])
    return len(rows) >= 3 and len(kinds) > 1 and _mixed(rows) and not (first == "text" and _rest_alike(rows))


def _mixed(rows: Sequence[Sequence[Look]]) -> bool:
    """Return whether the values' types, or units, vary from row to row."""
    values = [row[1].text for row in rows if _has_value(row[1])]
    return len({_shape(value) for value in values}) > len(values) / 2


def _rest_alike(rows: Sequence[Sequence[Look]]) -> bool:
    kinds = Counter(_kind(row[1]) for row in rows[1:] if _has_value(row[1]))
    return bool(kinds) and kinds.most_common(1)[0][1] == kinds.total() and kinds.most_common(1)[0][0] != "text"


def looks(rows: Sequence[Sequence[str]]) -> Iterator[list[Look]]:
    """Yield the looks of texts without any format, each row filled up to the longest."""
    width = max((len(row) for row in rows), default=0)
    empty = Look("")
    for row in rows:
        yield [Look(text) for text in row] + [replace(empty)] * (width - len(row))
