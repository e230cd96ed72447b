"""Joins lines to paragraphs, items of lists and code by their distance, indent and type.

Knows one column of one page at a time; `tree.py` makes headings and lists of the result.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf.markers import BULLET, NUMBER, follows, is_first
from ingest.readers.pdf.page.lines import in_order
from ingest.readers.pdf.page.parts import Frame, Line, Word, measured

_LOOSE = 1.24
"""How much farther than usual the next line of a paragraph may be."""
_FIRST_PITCH = 1.5
_INDENT = 0.7
"""Font sizes by which a line must be indented to begin something."""


@dataclass(slots=True)
class Para:
    """Lines that belong together. `marker` is what stands before an item; `x` where its text begins."""

    frame: Frame
    lines: list[Line]
    marker: str | None = None
    marker_x: float = 0.0
    x: float = 0.0
    gap: float = 1000.0
    """The space above it on its page, in points."""
    right: float = 0.0
    """Where the column ends."""
    left: float = 0.0
    more: list[tuple[Frame, list[Line]]] = field(default_factory=list)
    """Lines on further pages."""

    @property
    def size(self) -> float:
        return self.lines[0].size

    @property
    def bold(self) -> bool:
        return all(line.bold for line in self.lines)

    @property
    def mono(self) -> bool:
        return all(line.mono for line in self.lines)

    @property
    def y0(self) -> float:
        return min(line.y0 for line in self.lines)

    @property
    def y1(self) -> float:
        return max(line.y1 for line in self.lines)


@dataclass(slots=True)
class Usual:
    """What is usual in the document: size of body text, distance of lines in sizes, titles of bookmarks."""

    body: float = 10.0
    pitch: float = 1.2
    outline: Mapping[str, int] = field(default_factory=dict)
    numbers: dict[int, str] = field(default_factory=dict)
    """The last number of a list at each place from the left, so that the next can be told from a sentence's start."""


def paragraphs(lines: Sequence[Line], frame: Frame, usual: Usual, shift: float = 0.0) -> list[Para]:
    """Return the paragraphs of a column's lines, from top to bottom; the column begins `shift` right of the first."""
    if not lines:
        return []
    left, right = min(line.x0 for line in lines), max(line.x1 for line in lines)
    found: list[Para] = []
    counted = _counted(lines)
    for line in lines:
        words = line.words
        last = found[-1] if found else None
        marked = _marked(line, last, usual, id(line) in counted, shift)
        if last is not None and not marked and _continues(last, line, usual, right):
            last.lines.append(line)
            continue
        gap = line.y0 - last.lines[-1].y1 if last is not None else 1000.0
        if marked:
            rest = measured(words[1:])
            found.append(Para(frame, [rest], words[0].text, line.x0, rest.x0, gap, right, left))
            if NUMBER.fullmatch(words[0].text):
                usual.numbers[round((line.x0 - shift) / 8)] = words[0].text
        else:
            found.append(Para(frame, [line], None, line.x0, line.x0, gap, right, left))
    return found


def _counted(lines: Sequence[Line]) -> set[int]:
    """Return the lines (by id) that begin with numbers of which the next one begins another line at the same place."""
    numbered = [line for line in lines if len(line.words) > 1 and NUMBER.fullmatch(line.words[0].text)]
    found: set[int] = set()
    for at, line in enumerate(numbered):
        for other in numbered[at + 1 : at + 12]:
            one, two = line.words, other.words
            near = abs(one[0].x0 - two[0].x0) < 3 or abs(one[1].x0 - two[1].x0) < 3
            if near and follows(one[0].text, two[0].text):
                found |= {id(line), id(other)}
                break
    return found


def _marked(line: Line, last: Para | None, usual: Usual, counted: bool, shift: float) -> bool:
    """Return whether a line begins an item."""
    words = line.words
    if len(words) < 2 or words[1].glued:
        return False
    text, gap = words[0].text, abs(words[1].x0 - words[0].x1)
    if line.mono and text not in "•▪●○■□◦":
        return False
    if BULLET.fullmatch(text):
        if text in "-–—*o\u2212·":
            return last is None or not _reads_on(last, line) or gap > 0.6 * line.size
        return True
    if not NUMBER.fullmatch(text):
        return False
    if gap > 0.75 * line.size or counted:
        return True
    if words[0].tag is not None and words[0].tag.kind == "Lbl":
        return True
    known = [usual.numbers.get(round((line.x0 - shift) / 8) + step) for step in (-1, 0, 1)]
    if any(number is not None and follows(number, text) for number in known):
        return True
    return is_first(text) and text.lower() != "i." and (last is None or not _reads_on(last, line))


def _reads_on(last: Para, line: Line) -> bool:
    """Return whether a line is the middle of a sentence that the paragraph above began."""
    end = last.lines[-1]
    near = line.base - end.base < 1.6 * end.size
    return near and end.words[-1].text[-1:] not in ".:;!?" and end.x1 > last.right - 0.25 * (last.right - last.left)


def _continues(para: Para, line: Line, usual: Usual, right: float) -> bool:
    last = para.lines[-1]
    if last.tag is not None and line.tag is not None and last.tag.id != line.tag.id and last.tag.id and line.tag.id:
        return False
    fields, above = {word.field for word in line.words}, {word.field for word in last.words}
    if fields != {-1} or above != {-1}:  # a label with its field is a line of its own, a field may have many lines
        return len(fields) == 1 and last.words[-1].field in fields
    pitch = line.base - last.base
    if pitch <= 0.3 * last.size or raised_number(line) is not None:
        return False
    if abs(line.size - last.size) > 0.08 * usual.body or _outlined(para, line, usual):
        return False
    if line.mono != last.mono and (para.mono or _is_code(line, last)):
        return False
    if line.mono and para.mono:
        return pitch <= 2.7 * last.size and line.x0 >= min(each.x0 for each in para.lines) - 1
    other = line.bold != last.bold or line.italic != last.italic
    if other and len(last.words) <= 14 and right - last.x1 > line.words[0].x1 - line.words[0].x0 + 4:
        return False
    if not _is_near(para, line, pitch, usual):
        return False
    if line.x0 >= last.x1 or line.x1 <= last.x0:
        return False
    return _is_indented_alike(para, line, last, right)


def raised_number(line: Line) -> str | None:
    """Return the raised number that a footnote begins with."""
    if len(line.words) < 2:
        return None
    first, second = line.words[0], line.words[1]
    raised = first.size < 0.85 * second.size or first.base < second.base - 0.15 * second.size
    begins = second.text[:1].isupper() and first.text.isdigit() and len(first.text) < 4
    return first.text if raised and begins else None


def _is_code(line: Line, last: Line) -> bool:
    return line.mono and len(line.words) > 1 and last.words[-1].text[-1:] in ".:;!?"


def _is_near(para: Para, line: Line, pitch: float, usual: Usual) -> bool:
    if len(para.lines) > 1:
        own = (para.lines[-1].base - para.lines[0].base) / (len(para.lines) - 1)
        return pitch <= _LOOSE * own + 0.5
    expected = max(usual.pitch, 1.0) * line.size
    return pitch <= (_LOOSE * expected if abs(line.size - usual.body) < 0.5 else _FIRST_PITCH * line.size)


def _is_indented_alike(para: Para, line: Line, last: Line, right: float) -> bool:
    step = _INDENT * line.size
    if abs((line.x0 + line.x1) - (last.x0 + last.x1)) < 3 and abs(line.x0 - last.x0) > step:
        return True  # centred
    if abs(line.x1 - last.x1) < 1.5 and abs(line.x0 - last.x0) > step and line.x1 > right - 2:
        return True  # set to the right
    start = para.x if para.marker else para.lines[0].x0
    if para.marker:
        inside = line.x0 >= para.marker_x - 2
        fits = line.x0 <= para.x + step
        return inside and fits and not (line.x0 < para.x - step and _broken(last, line, right))
    if len(para.lines) == 1:
        if line.x0 > start + step:
            return False
        if line.x0 < start - step:  # a first line that is indented
            return last.x1 > right - 4 * line.size
        return not _broken(last, line, right)
    if abs(line.x0 - para.lines[1].x0) > step:
        return False
    return not _broken(last, line, right)


def _broken(last: Line, line: Line, right: float) -> bool:
    """Return whether a line ended although the next word had room, and a sentence with it."""
    first = line.words[0]
    room = right - last.x1
    ends = last.words[-1].text[-1:] in ".!?:"
    return room > (first.x1 - first.x0) + (2.5 if ends else 12.0) * line.size and (ends or first.text[:1].isupper())


def _outlined(para: Para, line: Line, usual: Usual) -> bool:
    if not usual.outline:
        return False
    return key(line) in usual.outline or (len(para.lines) == 1 and key(para.lines[0]) in usual.outline)


def key(line: Line) -> str:
    return " ".join(line.text.split()).casefold()


def line_of(words: Sequence[Word]) -> Line:
    return measured(in_order(words))
