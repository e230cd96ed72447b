"""Finds the gutters of a table from its rows of words: where no word is, and where words begin after a wide gap."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.readers.pdf.page.parts import Word, parted

_NARROWEST = 1.4
_WIDE = 0.65
_BLANK = 0.5
"""Gaps in font sizes that only a gutter has, and that a blank may have."""
_HEAD = 2
_FEW = 5


@dataclass(frozen=True, slots=True)
class Gutter:
    """Free space between two columns, from `low` to `high`."""

    low: float
    high: float

    @property
    def middle(self) -> float:
        return (self.low + self.high) / 2


def gutters(lines: Sequence[Sequence[Word]]) -> list[Gutter]:
    """Return the gutters of a table from left to right."""
    body = list(lines[_HEAD:]) if len(lines) >= _FEW + _HEAD else list(lines)
    spans = [_spans(line) for line in body]
    best = _lanes(lines)
    parted = [_spans(line) for line in lines if any(b.x0 - a.x1 > _WIDE * b.size for a, b in pairwise(line))]
    for rows, allowed in ((parted, 0), (spans, 0), (spans, len(spans) // 10)):
        if len(rows) < _HEAD:
            continue
        found = [gutter for gutter in _uncovered(rows, allowed) if gutter.high - gutter.low >= _NARROWEST]
        if rows is parted:
            found = [_narrowed(gutter, lines) for gutter in found]
        kept = _supported(found, lines)
        if len(kept) > len(best):
            best = kept
    return best


def _narrowed(gutter: Gutter, lines: Sequence[Sequence[Word]]) -> Gutter:
    """Narrow a gutter by the lines that begin a cell right of it after a gap no wider than a blank."""
    low = gutter.low
    for line in lines:
        for before, after in pairwise(line):
            if abs(after.x0 - gutter.high) < 1.5 and before.x1 < gutter.high - _NARROWEST:
                low = max(low, before.x1)
    return Gutter(low, gutter.high)


def _lanes(lines: Sequence[Sequence[Word]]) -> list[Gutter]:
    """Return the gutters in which vertical rules stand."""
    ends: dict[int, tuple[float, float]] = {}
    most = max(len({word.lane for word in line}) for line in lines)
    for word in (word for line in lines if len({word.lane for word in line}) == most for word in line):
        low, high = ends.get(word.lane, (word.x0, word.x1))
        ends[word.lane] = min(low, word.x0), max(high, word.x1)
    ordered = [ends[lane] for lane in sorted(ends)]
    found = [Gutter(before[1], after[0]) for before, after in pairwise(ordered)]
    return found if all(gutter.low < gutter.high for gutter in found) else []


def _spans(line: Sequence[Word]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for word in line:
        if found and word.x0 - found[-1][1] < _NARROWEST:
            found[-1] = found[-1][0], max(found[-1][1], word.x1)
        else:
            found.append((word.x0, word.x1))
    return found


def _uncovered(lines: Sequence[Sequence[tuple[float, float]]], allowed: int) -> list[Gutter]:
    """Return the intervals that the words of at most `allowed` lines cover."""
    events: dict[float, int] = {}
    for line in lines:
        for left, right in line:
            events[left] = events.get(left, 0) + 1
            events[right] = events.get(right, 0) - 1
    found: list[Gutter] = []
    depth, free_from = 0, None
    for x in sorted(events):
        before, depth = depth, depth + events[x]
        if before > allowed >= depth:
            free_from = x
        elif before <= allowed < depth and free_from is not None:
            found.append(Gutter(free_from, x))
    return found


def _supported(found: Sequence[Gutter], lines: Sequence[Sequence[Word]]) -> list[Gutter]:
    """Return the gutters after which words begin in several rows behind a gap that is no blank."""
    kept = list(found)
    while kept:
        weights = [_weight(at, kept, lines) for at in range(len(kept))]
        worst = min(range(len(kept)), key=weights.__getitem__)
        if weights[worst] > 0:
            break
        del kept[worst]
    return kept


def _weight(at: int, kept: Sequence[Gutter], lines: Sequence[Sequence[Word]]) -> float:
    """Return how well a gutter is supported; 0 or less where it is a blank between words that happens to line up."""
    low = kept[at].middle
    high = kept[at + 1].middle if at + 1 < len(kept) else 1e6
    begins = supports = opposes = 0
    for line in lines:
        inside = [word for word in line if low < word.middle < high]
        if not inside or inside[0].x0 < kept[at].low - 1:
            continue
        begins += 1
        before = [word for word in line if word.middle <= low]
        if not before:
            supports += 1
            continue
        gap = inside[0].x0 - max(word.x1 for word in before)
        if gap >= _WIDE * inside[0].size or (parted(before[-1], inside[0]) and gap >= 2.0):
            supports += 1
        elif gap < _BLANK * inside[0].size:
            opposes += 1
    if begins < 2 and len(lines) > 2:
        return 0.0
    return supports - 0.5 * opposes
