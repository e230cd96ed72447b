"""What is found on a PDF page before it has a meaning: words, lines, rules, fills, with places in points.

Places are in the frame of the page as it is read: the origin is top left, y grows downwards. `Frame` maps them to
fractions of the page as it is shown.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from core.types import Box
from ingest.blocks.inline import superscript
from ingest.blocks.nodes import Node


@dataclass(frozen=True, slots=True)
class Tag:
    """What the structure tree says a text is: `kind` "heading", "P" and so on; texts of one element have one `id`."""

    kind: str
    id: int
    level: int = 0


@dataclass(slots=True)
class Word:
    """Characters without a blank between them, in one type. `glued`: no blank separates it from the word before."""

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    base: float
    size: float
    bold: bool
    mono: bool
    glued: bool
    order: int
    mark: int = -1
    """The id of its marked content, by which the structure tree names it."""
    turned: int = 0
    """Quarter turns against the page's main direction."""
    tag: Tag | None = None
    lane: int = 0
    """How many vertical rules stand left of it."""
    link: tuple[str, str] | None = None
    """The target that is written behind it, and the first word of the link."""
    field: int = -1
    """The form field or typed-in text that it is in, by its number on the page; -1 for none."""
    italic: bool = False

    @property
    def middle(self) -> float:
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True)
class Rule:
    """A thin line: `at` is its y if it is horizontal and its x if it is vertical, from `start` to `end`."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Area:
    """A filled or framed rectangle."""

    x0: float
    y0: float
    x1: float
    y1: float
    colour: tuple[int, int, int] | None = None

    def holds(self, x: float, y: float) -> bool:
        return self.x0 <= x <= self.x1 and self.y0 <= y <= self.y1

    @property
    def size(self) -> float:
        return (self.x1 - self.x0) * (self.y1 - self.y0)


@dataclass(frozen=True, slots=True)
class Frame:
    """The place of a page: its number and size as it is read, and how it is turned against the page as it is shown."""

    page: int
    width: float
    height: float
    turn: int = 0

    def box(self, x0: float, y0: float, x1: float, y1: float) -> Box:
        """Return a rectangle in fractions of the page as it is shown."""
        left, right = x0 / self.width, x1 / self.width
        top, bottom = y0 / self.height, y1 / self.height
        for _ in range(self.turn):
            left, top, right, bottom = 1 - bottom, left, 1 - top, right
        return Box(self.page, _share(left), _share(top), _share(right), _share(bottom))


def _share(value: float) -> float:
    return round(min(max(value, 0.0), 1.0), 4)


@dataclass(slots=True)
class PageParts:
    """All that was found on a page. `dots` are small drawn shapes, which may be bullets."""

    frame: Frame
    words: list[Word] = field(default_factory=list)
    across: list[Rule] = field(default_factory=list)
    down: list[Rule] = field(default_factory=list)
    fills: list[Area] = field(default_factory=list)
    dots: list[Area] = field(default_factory=list)
    pictures: list[Area] = field(default_factory=list)
    tables: list[tuple[object, list[Word]]] = field(default_factory=list)
    """Tables that the structure tree names, with their words."""
    added: list[Area] = field(default_factory=list)
    """Where form fields and annotations draw."""
    comments: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Line:
    """Words on one line, from left to right as they are read."""

    words: list[Word]
    x0: float = 0.0
    y0: float = 0.0
    x1: float = 0.0
    y1: float = 0.0
    base: float = 0.0
    size: float = 0.0
    bold: bool = False
    mono: bool = False
    italic: bool = False
    tag: Tag | None = None
    """The tag of all its words, if they have one in common."""

    @property
    def text(self) -> str:
        return joined(self.words)

    @property
    def height(self) -> float:
        return self.y1 - self.y0


def parted(before: Word, after: Word) -> bool:
    """Return whether a rule stands between two words, or the file marks them as parts of different things."""
    return before.lane != after.lane or before.mark != after.mark


def measured(words: list[Word]) -> Line:
    """Return the line of some words: its box, and the type of most of its characters."""
    weight: dict[float, int] = {}
    for word in words:
        weight[word.size] = weight.get(word.size, 0) + len(word.text)
    size = max(weight, key=lambda each: (weight[each], each))
    main = [word for word in words if word.size == size]
    return Line(
        words,
        min(word.x0 for word in words),
        min(word.y0 for word in main),
        max(word.x1 for word in words),
        max(word.y1 for word in main),
        main[0].base,
        size,
        all(word.bold for word in words if any(c.isalnum() for c in word.text) or len(words) == 1),
        all(word.mono for word in words),
        all(word.italic for word in words),
        words[0].tag if all(word.tag is words[0].tag or word.tag == words[0].tag for word in words) else None,
    )


def joined(words: Iterable[Word]) -> str:
    """Return the text of words of one line; raised digits stay raised."""
    found = list(words)
    sizes = Counter[float]()
    for word in found:
        sizes[word.size] += len(word.text)
    usual = max(sizes, key=lambda size: (sizes[size], size), default=0.0)
    parts: list[str] = []
    last: Word | None = None
    for word in found:
        text = word.text
        if last is not None:
            small = word.size < 0.85 * last.size and (word.size < 0.85 * usual or word.glued)
            if small and word.base < last.base - 0.15 * last.size:
                text = superscript(text, last.text if word.glued else "")
            if not word.glued:
                parts.append(" ")
        parts.append(text)
        last = word if last is None or word.size >= 0.85 * last.size else last
    return "".join(parts)


def around(parts: Sequence[Line | Word | Area]) -> tuple[float, float, float, float]:
    """Return the smallest rectangle around all parts."""
    return min(p.x0 for p in parts), min(p.y0 for p in parts), max(p.x1 for p in parts), max(p.y1 for p in parts)
