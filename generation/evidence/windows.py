"""What a reader reads: a passage's parts as plain text of a bounded length, each row with the names of its columns.

A small model cannot count columns: "Hydra 40 | 27.3" is read as "Model: Hydra 40 | Weight (kg): 27.3". A long passage
becomes several windows. The reader's figures are about parts, so nothing here changes what is quoted.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from core.blocks import Block
from core.ports import ReaderText
from core.types import Chunk, Passage
from generation.evidence.parts import Part, line_of, parts, path_at

WINDOW = 1_000
"""Characters of a window, without the headings: about 250 tokens."""
HEADINGS = 200
"""Characters of title and headings that each window begins with; of a longer path, the end."""


@dataclass(frozen=True, slots=True)
class Window:
    """A text for the reader; `parts` are the parts of the passage in it, in order, as are its `parts`."""

    text: ReaderText
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """What stands on one line: its words, with the place of each part in them."""

    text: str
    parts: tuple[Part, ...]
    places: tuple[tuple[int, int], ...]


def windows(title: str, passage: Chunk | Passage) -> list[Window]:
    """Return the windows of a passage, in order; each has at least one part.

    Where small sections share a passage, each is a window under its own heading.
    """
    found = parts(passage.text, passage.blocks, code=passage.kind == "code")
    made: list[Window] = []
    for path, section in groupby(found, key=lambda part: path_at(passage, part.start)):
        head = " > ".join(dict.fromkeys(each for each in (title, *path) if each))[-HEADINGS:]
        lines: list[_Line] = []
        for line in _lines(passage.text, list(section)):
            if lines and sum(len(each.text) + 1 for each in lines) + len(line.text) > WINDOW:
                made.append(_window(head, lines))
                lines = []
            lines.append(line)
        if lines:
            made.append(_window(head, lines))
    return made


def _window(head: str, lines: Sequence[_Line]) -> Window:
    text = f"{head}\n" if head else ""
    found: list[Part] = []
    places: list[tuple[int, int]] = []
    for number, line in enumerate(lines):
        text += "\n" if number else ""
        found += line.parts
        places += [(len(text) + start, len(text) + end) for start, end in line.places]
        text += line.text
    return Window(ReaderText(text, tuple(places)), tuple(found))


def _lines(text: str, found: Sequence[Part]) -> Iterator[_Line]:
    """Yield a line for each row, item and paragraph; cells get the names of their columns."""
    for row, group in groupby(found, key=lambda part: (part.kind == "cell", _owner(text, part))):
        inside = list(group)
        if row[0]:
            yield from _rows(text, inside)
        else:
            yield from (_one(text, part) for part in inside)


def _owner(text: str, part: Part) -> int:
    """Return where the row of a cell begins."""
    row = part.inside("row")
    return row.start if row is not None else line_of(text, part)[0]


def _one(text: str, part: Part) -> _Line:
    words = " ".join(text[part.start : part.end].split()) if part.kind != "code" else text[part.start : part.end]
    return _Line(words[:WINDOW], (part,), ((0, min(len(words), WINDOW)),))


def _rows(text: str, cells: Sequence[Part]) -> Iterator[_Line]:
    """Yield the row, in several lines if it is long; cells without a table stay as they are."""
    table, row = cells[0].inside("table"), cells[0].inside("row")
    names = column_names(text, table) if table is not None and row is not None and not row.header else {}
    line, held, places = "", list[Part](), list[tuple[int, int]]()
    for part in cells:
        cell = part.inside("cell")
        value = " ".join(text[part.start : part.end].split())[:WINDOW]
        name = names.get(cell.column or 0, "") if cell is not None else ""
        shown = f"{name}: {value}" if name and name != value else value
        if line and len(line) + len(shown) > WINDOW:
            yield _Line(line, tuple(held), tuple(places))
            line, held, places = "", [], []
        line += " | " if line else ""
        held.append(part)
        places.append((len(line), len(line) + len(shown)))
        line += shown
    if held:
        yield _Line(line, tuple(held), tuple(places))


def column_names(text: str, table: Block) -> dict[int, str]:
    """Return the names of a table's columns by number; several rows of names are joined, the upper one first."""
    names: dict[int, list[str]] = {}
    for row in table.children:
        if row.kind != "row" or not row.header:
            continue
        for cell in row.children:
            name = " ".join(text[cell.start : cell.end].split())
            for column in range(cell.column or 0, (cell.column or 0) + cell.columns):
                if name and name not in names.setdefault(column, []):
                    names[column].append(name)
    return {column: " ".join(found) for column, found in names.items() if found}
