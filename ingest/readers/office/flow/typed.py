"""Finds lists whose numbers or bullets were typed: paragraphs that begin "1.", "2." or "•".

One number proves nothing, since sentences and headings begin with numbers too: it counts if the next or previous one
stands close by. Real bullets count alone; dashes count if another follows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from ingest.blocks.items import BULLET, unnumbered
from ingest.blocks.nodes import Inline
from ingest.readers.office.flow.pieces import Piece

_REAL_BULLETS = frozenset("•▪▫◦‣●○■□▶►➢➔✓✔✗❑❖◆☐☑☒\uf0b7\uf0a7\uf0d8·")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_PARTS = re.compile(r"(\(?)(\w+)([.)])")
_BETWEEN = 2
"""Pieces that may stand between two numbers of one list."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """A typed number or bullet: its form, its value, how it is shown, and where the text begins."""

    at: int
    form: str
    value: int
    shown: str | None
    cut: int


def with_typed_items(pieces: list[Piece]) -> list[Piece]:
    """Return the pieces with those as items that begin with a typed number or bullet."""
    marks: dict[int, _Mark] = {}
    for found in _believed(pieces):
        marks.setdefault(found.at, found)
    open_: list[tuple[str, int]] = []
    group, last = 0, -2
    for at in sorted(marks):
        mark, piece = marks[at], pieces[at]
        if any(_ends_lists(other) for other in pieces[last + 1 : at]) or at - last > _BETWEEN + 1:
            open_ = []
        depth = next((place for place, (form, _) in enumerate(open_) if form == mark.form), None)
        if depth is not None and (mark.shown is None or mark.value == open_[depth][1] + 1):
            del open_[depth + 1 :]
            open_[depth] = (mark.form, mark.value)
        elif open_ and depth is None and mark.value <= 1 and at == last + 1:
            open_.append((mark.form, mark.value))
        else:
            group, open_ = group + 1, [(mark.form, mark.value)]
        pieces[at] = _item(piece, mark, f"typed {group}", len(open_) - 1)
        last = at
    return pieces


def _item(piece: Piece, mark: _Mark, group: str, depth: int) -> Piece:
    marks = [
        Inline(m.kind, max(0, m.start - mark.cut), m.end - mark.cut, m.label) for m in piece.inlines if m.end > mark.cut
    ]
    text = piece.text[mark.cut :]
    return replace(piece, kind="item", text=text, number=mark.shown, group=group, depth=depth, inlines=tuple(marks))


def _believed(pieces: Sequence[Piece]) -> Iterator[_Mark]:
    """Yield the marks that are part of a list."""
    found: list[list[_Mark]] = [_marks(piece, at) for at, piece in enumerate(pieces)]
    for at, marks in enumerate(found):
        for mark in marks:
            if mark.shown is None and mark.form in _REAL_BULLETS:
                yield mark
            elif any(_is_next(pieces, mark, other) for other in _near(pieces, found, at)):
                yield mark
                break


def _is_next(pieces: Sequence[Piece], mark: _Mark, other: _Mark) -> bool:
    if mark.form != other.form:
        return False
    if mark.shown is None:
        return abs(mark.at - other.at) == 1
    if abs(mark.at - other.at) > 1 and pieces[mark.at].bold and pieces[other.at].bold:
        return False  # headings
    step = other.value - mark.value
    return step == (1 if other.at > mark.at else -1)


def _near(pieces: Sequence[Piece], found: Sequence[Sequence[_Mark]], at: int) -> Iterator[_Mark]:
    for step in (1, -1):
        between, place = 0, at + step
        while 0 <= place < len(found) and between <= _BETWEEN:
            if _ends_lists(pieces[place]):
                break
            yield from found[place]
            between += not found[place] and not pieces[place].follows
            place += step
            if abs(place - at) > 40:
                break


def _ends_lists(piece: Piece) -> bool:
    return piece.kind == "heading" or (piece.node is not None and piece.node.kind == "table")


def _marks(piece: Piece, at: int) -> list[_Mark]:
    """Return what the beginning of a paragraph can be; letters can be Roman numbers too."""
    if piece.kind != "paragraph" or piece.node is not None or (piece.in_list and not piece.text):
        return []
    number, rest = unnumbered(piece.text)
    cut = len(piece.text) - len(rest)
    if not cut:
        return []
    if number is None:
        match = BULLET.match(piece.text)
        char = match.group().strip() if match else ""
        return [_Mark(at, char, 0, None, cut)] if char else []
    match = _PARTS.fullmatch(number)
    if match is None:
        return []
    left, body, right = match.groups()
    return [_Mark(at, f"{left}{form}{right}", value, number, cut) for form, value in _values(body)]


def _values(body: str) -> list[tuple[str, int]]:
    if body.isdigit():
        return [("1", int(body))]
    case = "A" if body.isupper() else "a"
    found = []
    if len(body) == 1 and body.isascii():
        found.append((case, ord(body.lower()) - ord("a") + 1))
    if all(char in _ROMAN for char in body.lower()):
        found.append((f"{case}i", _roman(body.lower())))
    return found


def _roman(body: str) -> int:
    total = 0
    for char, following in zip(body, [*body[1:], ""], strict=True):
        worth = _ROMAN[char]
        total += -worth if following and _ROMAN[following] > worth else worth
    return total
