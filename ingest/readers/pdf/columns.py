"""Puts a page's text into reading order: columns of prose one after another, everything else from top to bottom.

Columns of prose read on from line to line; the columns of a table do not, and are left to `tables.aligned`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf.markers import is_marker
from ingest.readers.pdf.page.lines import rows, runs_left, segments
from ingest.readers.pdf.page.parts import Area, Rule, Word

_APART = 0.9
_FEWEST_LINES = 3
_MANY_WORDS = 3.3
_CROSSING = 0.2
_DEEPEST = 3
_MANY_LINES = 8
_SAME_WIDTH = 0.2
_SAME_GUTTER = 8.0
_MOST_BLOCK = 0.6
_SHARED = 0.8
_SPLIT = 0.25


@dataclass(slots=True)
class Item:
    """A piece of a line, or an area that is read as one: a table, a box."""

    x0: float
    y0: float
    x1: float
    y1: float
    words: list[Word] = field(default_factory=list)
    area: object | None = None


@dataclass(slots=True)
class Group:
    """What is read from top to bottom: the words and areas of a column, or of the page between columns."""

    words: list[Word] = field(default_factory=list)
    areas: list[object] = field(default_factory=list)
    column: tuple[int, ...] = ()
    """Which column of the page, of its column, and so on."""


def groups(
    words: Sequence[Word], areas: Sequence[tuple[Area, object]], gutters: set[int], rules: Sequence[Rule] = ()
) -> list[Group]:
    """Return the groups of a page in reading order. `gutters` are those found so far; new ones are added."""
    items = [_item(part) for row in rows(words) for part in segments(row, _APART)]
    items += [Item(area.x0, area.y0, area.x1, area.y1, area=thing) for area, thing in areas]
    left = runs_left(words)
    return _grouped(items, left, 0, gutters, rules)


def _item(words: list[Word]) -> Item:
    return Item(words[0].x0, min(w.y0 for w in words), max(w.x1 for w in words), max(w.y1 for w in words), words)


def _grouped(items: list[Item], left: bool, depth: int, known: set[int], rules: Sequence[Rule]) -> list[Group]:
    found: list[Group] = []
    whole: list[Item] = []
    for band, gutter in _bands(items, known, rules) if depth < _DEEPEST else [(items, None)]:
        if gutter is None:
            whole += band
            continue
        if whole:
            found.append(_group(whole))
            whole = []
        sides = [[i for i in band if i.x1 <= gutter + 1], [i for i in band if i.x1 > gutter + 1]]
        for place, side in enumerate(sides[::-1] if left else sides):
            for each in _grouped(side, left, depth + 1, known, rules):
                each.column = (place, *each.column)
                found.append(each)
    if whole:
        found.append(_group(whole))
    return found


def _group(items: Sequence[Item]) -> Group:
    return Group([w for item in items for w in item.words], [item.area for item in items if item.area is not None])


def _bands(items: list[Item], known: set[int], rules: Sequence[Rule]) -> list[tuple[list[Item], float | None]]:
    """Part items by height: bands with two columns, with the gutter between them, and bands without."""
    gutter = _gutter(items)
    if gutter is None:
        return [(items, None)]
    crossing = sorted((i for i in items if i.x0 < gutter < i.x1), key=lambda i: i.y0)
    sides = sorted((i for i in items if not i.x0 < gutter < i.x1), key=lambda i: i.y0)
    bands: list[tuple[list[Item], float | None]] = []
    current: list[Item] = []
    at = 0
    for item in sides:
        while at < len(crossing) and crossing[at].y0 + crossing[at].y1 < item.y0 + item.y1:
            _close(bands, current, gutter, known, rules)
            current = []
            bands.append(([crossing[at]], None))
            at += 1
        current.append(item)
    _close(bands, current, gutter, known, rules)
    bands += [([item], None) for item in crossing[at:]]
    return bands


def _close(
    bands: list[tuple[list[Item], float | None]],
    current: list[Item],
    gutter: float,
    known: set[int],
    rules: Sequence[Rule],
) -> None:
    if not current:
        return
    first, second = [i for i in current if i.x1 <= gutter + 1], [i for i in current if i.x0 >= gutter - 1]
    place = round(gutter / _SAME_GUTTER)
    columns = (
        bool(first)
        and bool(second)
        and (
            bool(known & {place - 1, place, place + 1})
            or _is_prose(first, second)
            or _ruled_apart(current, gutter, rules)
        )
    )
    if columns and len(current) > 2 * _MANY_LINES:
        known.add(place)
    bands.append((current, gutter if columns else None))


def _ruled_apart(items: Sequence[Item], gutter: float, rules: Sequence[Rule]) -> bool:
    """Return whether rules on one side of a gutter have none beside them on the other: each side has its tables."""
    top, bottom = min(item.y0 for item in items), max(item.y1 for item in items)
    inside = [rule for rule in rules if top < rule.at < bottom]
    if any(rule.start < gutter - 4 and rule.end > gutter + 4 for rule in inside):
        return False
    alone = 0
    for rule in inside:
        left = rule.end <= gutter + 4
        beside = any(abs(other.at - rule.at) < 2 and (other.end <= gutter + 4) != left for other in inside)
        faced = any(i.y0 - 4 < rule.at < i.y1 + 4 and (i.x1 <= gutter + 1) != left for i in items)
        alone += faced and not beside
    return alone >= 3


def _gutter(items: Sequence[Item]) -> float | None:
    """Return the middle of the widest space that nearly no line crosses, with lines on both sides."""
    lines = [item for item in items if item.words or item.y1 - item.y0 > 20]
    if len(lines) < _FEWEST_LINES + 1:
        return None
    left, right = min(i.x0 for i in lines), max(i.x1 for i in lines)
    events: dict[float, float] = {}
    for item in lines:
        height = item.y1 - item.y0
        events[item.x0] = events.get(item.x0, 0.0) + height
        events[item.x1] = events.get(item.x1, 0.0) - height
    covered, most, free_from = 0.0, sum(i.y1 - i.y0 for i in lines), left
    best: tuple[float, float] | None = None
    limit = _CROSSING * most
    sizes = sorted(item.words[0].size for item in lines if item.words)
    narrowest = 0.7 * sizes[len(sizes) // 2] if sizes else 8.0
    for x in sorted(events):
        before, covered = covered, covered + events[x]
        if before > limit >= covered:
            free_from = x
        elif (
            before <= limit < covered and free_from > left + 0.12 * (right - left) and x < right - 0.12 * (right - left)
        ):
            for low, high in _clear(lines, free_from, x):
                if high - low >= narrowest and (best is None or _rank(lines, low, high) > _rank(lines, *best)):
                    best = low, high
    return None if best is None else (best[0] + best[1]) / 2


def _clear(lines: Sequence[Item], low: float, high: float) -> list[tuple[float, float]]:
    """Return the parts of an interval between the ends of lines left of it and the starts of those right of it."""
    middle = (low + high) / 2
    inner_low = max((i.x1 for i in lines if i.x1 <= high and i.x0 < low and i.x1 <= middle), default=low)
    inner_high = min((i.x0 for i in lines if i.x0 >= low and i.x1 > high and i.x0 >= middle), default=high)
    return [(inner_low, inner_high)]


def _rank(lines: Sequence[Item], low: float, high: float) -> float:
    """Return how evenly the words are shared by both sides, and how wide the space is."""
    first = sum(len(i.words) for i in lines if i.x1 <= low + 1)
    second = sum(len(i.words) for i in lines if i.x0 >= high - 1)
    return min(first, second) + min(high - low, 30.0)


def _is_prose(first: Sequence[Item], second: Sequence[Item]) -> bool:
    sides = [_lines_of(first), _lines_of(second)]
    blocks = [_is_block(first), _is_block(second)]
    if any(blocks):
        return all(
            block or (len(side) >= _FEWEST_LINES and _reads_on(side)) for block, side in zip(blocks, sides, strict=True)
        )
    if any(len(side) < _FEWEST_LINES for side in sides):
        return False
    if min(len(side) for side in sides) >= _MANY_LINES and _are_apart(*sides):
        return True
    if any(sum(len(line.words) for line in side) < _MANY_WORDS * len(side) for side in sides):
        return False
    if _same_breaks(*sides) or _are_rows(first, second, sides):
        return False
    return all(_reads_on(side) for side in sides)


def _are_rows(first: Sequence[Item], second: Sequence[Item], sides: Sequence[Sequence[Item]]) -> bool:
    """Return whether both sides share their baselines and one has gaps of its own: the columns of a table."""
    fewer, more = sorted(sides, key=len)
    bases = [item.words[0].base for item in more]
    shared = sum(any(abs(item.words[0].base - base) < 1.2 for base in bases) for item in fewer)
    gaps = max(
        sum(bool(item.words) and not is_marker(item.words[0].text) for item in items) - len(lines)
        for items, lines in zip((first, second), sides, strict=True)
    )
    return shared >= _SHARED * len(fewer) and gaps >= _SPLIT * len(more)


def _is_block(side: Sequence[Item]) -> bool:
    """Return whether most of a side is a table or a box."""
    whole = sum(item.y1 - item.y0 for item in side)
    return sum(item.y1 - item.y0 for item in side if not item.words) > _MOST_BLOCK * whole


def _are_apart(first: Sequence[Item], second: Sequence[Item]) -> bool:
    """Return whether two sides as wide as each other have their lines at heights of their own."""
    widths = [max(i.x1 for i in side) - min(i.x0 for i in side) for side in (first, second)]
    if abs(widths[0] - widths[1]) > _SAME_WIDTH * max(widths):
        return False
    fewer, more = sorted((first, second), key=len)
    bases = [item.words[0].base for item in more]
    shared = sum(any(abs(item.words[0].base - base) < 1.2 for base in bases) for item in fewer)
    return shared < 0.5 * len(fewer) and not _same_breaks(first, second)


def _lines_of(items: Sequence[Item]) -> list[Item]:
    words = [word for item in items for word in item.words]
    return [_item(row) for row in rows(words)]


def _reads_on(side: Sequence[Item]) -> bool:
    """Return whether sentences go on from line to line."""
    right, left = max(i.x1 for i in side), min(i.x0 for i in side)
    counted = on = 0
    for above, below in itertools.pairwise(side):
        start, end = below.words[0].text, above.words[-1].text
        if is_marker(start) or below.words[0].size != above.words[0].size:
            continue
        counted += 1
        full = above.x1 > right - 0.3 * (right - left)
        on += start[:1].islower() or end[-1:] in "-,\ufffe" or (full and end[-1:] not in ".:!?")
    return counted >= 2 and on >= 0.5 * counted


def _same_breaks(first: Sequence[Item], second: Sequence[Item]) -> bool:
    """Return whether both sides have their larger gaps at the same heights, as the rows of a table have."""
    one, other = _breaks(first), _breaks(second)
    if min(len(one), len(other)) < 2:
        return False
    fewer, more = sorted((one, other), key=len)
    shared = sum(any(abs(a - b) < 3 for b in more) for a in fewer)
    return shared >= 0.6 * len(fewer)


def _breaks(side: Sequence[Item]) -> list[float]:
    gaps = [b.words[0].base - a.words[0].base for a, b in itertools.pairwise(side)]
    usual = min((gap for gap in gaps if gap > 4), default=0.0)
    return [b.y0 for b, gap in zip(side[1:], gaps, strict=True) if gap > 1.06 * usual + 0.5]
