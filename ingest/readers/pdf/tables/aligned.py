"""Finds tables without vertical rules: rows of words that leave the same gutters free. Rules and fills only help.

Works on single words, since a gutter may be as narrow as a blank in its narrowest row. `rows.py` then says which
lines make a row.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence

from ingest.readers.pdf.markers import is_marker
from ingest.readers.pdf.page.lines import segments
from ingest.readers.pdf.page.parts import Area, Frame, Rule, Word, parted
from ingest.readers.pdf.tables.found import FoundTable
from ingest.readers.pdf.tables.gutters import Gutter, gutters
from ingest.readers.pdf.tables.measured import Row, measured_rows
from ingest.readers.pdf.tables.regions import regions
from ingest.readers.pdf.tables.rows import assembled

CAPTION = re.compile(
    r"^(?:table|tab\.|tabelle|tableau|tabla|tabella|figure|fig\.|abbildung|abb\.|figura|example|beispiel|exemple|ejemplo|"
    r"procedure|listing|equation)\s+(?:[A-Z]\.)?\d+(?:[.-]\d+)*[.:]?(?:\s|$)",
    re.IGNORECASE,
)
"""What a title of a table, a figure or an example begins with."""
_TIGHT = 0.42
"""A vertical gap in line heights within which a line belongs to the same cell."""
_INF = 1e6
_TITLE = 1.15
"""How much larger than the type of a table the type of a heading is."""
_TICKS = frozenset("☐☑☒")


def aligned_tables(
    words: Sequence[Word], across: Sequence[Rule], fills: Sequence[Area], frame: Frame, walls: Sequence[Area] = ()
) -> list[tuple[FoundTable, list[Word]]]:
    """Return the tables among the words of one column of a page, each with its words; none reaches over a wall."""
    tops = sorted({area.y0 for area in walls})
    parts: dict[int, list[Word]] = {}
    for word in words:
        parts.setdefault(sum(top < word.base for top in tops), []).append(word)
    return [each for _, part in sorted(parts.items()) for each in _tables(part, across, fills, frame)]


def _tables(
    words: Sequence[Word], across: Sequence[Rule], fills: Sequence[Area], frame: Frame
) -> list[tuple[FoundTable, list[Word]]]:
    lines = measured_rows(words)
    bands = regions(across, fills, lines)
    lines = measured_rows(words, bands) if bands else lines
    gaps = sorted(gap for a, b in itertools.pairwise(lines) if (gap := b.y0 - a.y1) > -2)
    tight = gaps[len(gaps) // 5] if gaps else 0.0
    found: list[tuple[FoundTable, list[Word]]] = []
    at = 0
    floor = 0
    while at < len(lines):
        if not lines[at].wide or CAPTION.match(" ".join(word.text for word in lines[at].words)):
            at += 1
            continue
        first, end = _stretch(lines, at, floor, across, bands, tight)
        first, end = _trimmed(lines, first, end, at, across, bands)
        if end - first > 2 and _is_title(lines[first], lines[first + 1]):
            first += 1
        table = _table(lines[first:end], across, fills, frame)
        if table is None:
            at += 1
            continue
        found.append((table, [word for row in lines[first:end] for word in row.words]))
        at = floor = end
    return found


def _stretch(
    lines: Sequence[Row], start: int, floor: int, across: Sequence[Rule], fills: Sequence[Area], tight: float
) -> tuple[int, int]:
    """Return the first line and the end of the lines around `start` that leave its gutters free."""
    free = list(lines[start].wide)
    end, pending = start + 1, start + 1
    gaps: list[float] = []
    while pending < len(lines):
        row, above = lines[pending], lines[pending - 1]
        gap = row.y0 - above.y1
        if row.size > _TITLE * max(line.size for line in lines[start:pending]):
            break
        if _same_region(above, row, fills):
            if len(_columns_of(row, free)) >= 2:
                free = _narrowed(free, row.free)
                gaps.append(gap)
            end = pending = pending + 1
            continue
        regular = _is_regular(lines, pending, gap)
        regular = regular or _same_starts([*lines[start:end], *lines[pending + 1 : pending + 3]], row, gap)
        if gap > _limit(gaps, row) and not regular and not _bound(above, row, across, fills):
            break
        kept = _intersected(free, row.free)
        columns = _columns_of(row, free)
        if _is_prose(row, free):
            break
        if len(columns) >= 2 and len(kept) * 2 >= len(free) and kept:
            free = _narrowed(free, row.free)
            gaps.append(gap)
            end = pending = pending + 1
            continue
        if _ends_table(row, above, gap, gaps, columns, across, fills):
            break
        if (
            gap < max(_TIGHT * row.height, min(1.1 * tight + 0.5, 0.8 * row.height))
            and len(kept) == len(free)
            and pending == end
            and len(columns) == 1
        ):
            end += 1
        pending += 1
    first = start
    while first > floor:
        row, below = lines[first - 1], lines[first]
        if CAPTION.match(" ".join(word.text for word in row.words)) or row.size > _TITLE * below.size:
            break
        gap = below.y0 - row.y1
        if _same_region(row, below, fills):
            free = _narrowed(free, row.free)
            first -= 1
            continue
        regular = _is_regular(lines, first, gap)
        regular = regular or _same_starts(lines[first:end], row, gap)
        if gap > _limit(gaps, row) and not regular and not _bound(row, below, across, fills):
            break
        kept = _intersected(free, row.free)
        columns = _columns_of(row, free)
        several = len(columns) >= 2 and len(kept) * 2 >= len(free) and bool(kept) and not _is_prose(row, free)
        if not several and not _is_head(row, gap, columns, free, kept):
            break
        if several:
            free = _narrowed(free, row.free)
        first -= 1
    while first < start and not _several(lines[first], free) and not lines[first].bold:
        first += 1
    return first, end


def _trimmed(
    lines: Sequence[Row], first: int, end: int, seed: int, across: Sequence[Rule], fills: Sequence[Area]
) -> tuple[int, int]:
    """Leave out lines at both ends that are farther away than rows of this table are from one another."""
    while end - first > 3:
        gaps = [lines[at + 1].y0 - lines[at].y1 for at in range(first, end - 1)]
        limit = max(1.4 * max(gaps[2:-1] or gaps[1:-1]) + 1.5, 0.45 * lines[first].height)
        if lines[first].bold and not lines[first + 2].bold and gaps[0] < 2 * lines[first].height:
            limit = 1e6  # a header
        if gaps[0] > limit and not _bound(lines[first], lines[first + 1], across, fills):
            first += 1
        elif gaps[1] > limit and end - first > 4 and not _bound(lines[first + 1], lines[first + 2], across, fills):
            first += 2
        elif gaps[-1] > max(1.4 * max(gaps[1:-1]) + 1.5, 0.45 * lines[first].height) and not _bound(
            lines[end - 2], lines[end - 1], across, fills
        ):
            end -= 1
        else:
            break
    return first, end


def _is_title(row: Row, below: Row) -> bool:
    """Return whether the first line of a table is its title: one text in other type than the header below it."""
    return not row.wide and bool(below.wide) and below.bold and not row.bold


def _several(row: Row, free: Sequence[tuple[float, float]]) -> bool:
    return len(_columns_of(row, free)) >= 2


def _is_prose(row: Row, free: Sequence[tuple[float, float]]) -> bool:
    """Return whether a long line only has blanks where the gutters are."""
    if any(word.text in _TICKS for word in row.words):
        return True  # choices of a form
    if len(row.words) < (9 if row.bold else 5) or not any(
        row.words[0].x0 < low and row.words[-1].x1 > high for low, high in free
    ):
        return False
    for low, high in free:
        for a, b in zip(row.words, row.words[1:], strict=False):
            if a.x1 <= high and b.x0 >= low and (b.x0 - a.x1 > 0.55 * b.size or parted(a, b)):
                return False
    return True


def _is_head(
    row: Row, gap: float, columns: set[int], free: Sequence[tuple[float, float]], kept: Sequence[tuple[float, float]]
) -> bool:
    """Return whether a line above belongs to the header: part of a wrapped cell, or a cell over several columns."""
    if 0 in columns or not columns:
        return False
    return gap < 0.9 * row.height and (len(kept) == len(free) or len(row.words) <= 6)


def _is_regular(lines: Sequence[Row], at: int, gap: float) -> bool:
    """Return whether the next two lines with gaps of their own follow at the same distance: rows that are far apart."""
    if at + 2 >= len(lines) or gap > 3 * lines[at].size or not all(lines[at + step].wide for step in (0, 1, 2)):
        return False
    return all(abs(lines[at + step + 1].y0 - lines[at + step].y1 - gap) < 1 for step in (0, 1))


def _same_starts(lines: Sequence[Row], row: Row, gap: float) -> bool:
    """Return whether two or more parts of a row begin just where those of other rows do."""
    if not row.wide or gap > 2.6 * row.size:
        return False
    own = [row.words[0].x0, *(right for _, right in row.wide)]
    alike = 0
    for line in lines:
        starts = [line.words[0].x0, *(right for _, right in line.wide)]
        alike += sum(any(abs(x - other) < 1.2 for other in starts) for x in own) >= 2
    return alike >= 2


def _limit(gaps: Sequence[float], row: Row) -> float:
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 0.9 * row.height
    return max(1.2 * row.height, 1.7 * usual + 2)


def _bound(above: Row, below: Row, across: Sequence[Rule], regions: Sequence[Area]) -> bool:
    """Return whether a rule between two lines, or bands around them, make them parts of one table."""
    if _same_region(above, below, regions):
        return True
    gap = below.y0 - above.y1
    if gap > 4 * max(above.height, below.height):
        return False
    left, right = min(above.words[0].x0, below.words[0].x0), max(above.words[-1].x1, below.words[-1].x1)
    return any(
        above.y1 - 2 <= rule.at <= below.y0 + 2 and rule.start <= left + 4 and rule.end >= right - 4 for rule in across
    )


def _same_region(above: Row, below: Row, regions: Sequence[Area]) -> bool:
    return any(
        region.holds(row.words[0].x0 + 1, (row.y0 + row.y1) / 2) and other.words[-1].x1 < region.x1 + 4
        and region.holds(other.words[0].x0 + 1, (other.y0 + other.y1) / 2)
        for region in regions for row, other in ((above, below),)
    )  # fmt: skip


def _ends_table(
    row: Row, above: Row, gap: float, gaps: Sequence[float], columns: set[int], across: Sequence[Rule],
    fills: Sequence[Area],
) -> bool:  # fmt: skip
    """Return whether a line that fills less than two columns is no part of the table above it."""
    usual = sorted(gaps)[len(gaps) // 2] if gaps else 0.6 * row.height
    if is_marker(row.words[0].text) and len(row.words) > 1:
        return True
    if _bound(above, row, across, fills):
        return False
    if gap > 1.35 * usual + 1.5 and gap > _TIGHT * row.height:
        return True
    return bool(not columns) and len(row.words) > 14


def _columns_of(row: Row, free: Sequence[tuple[float, float]]) -> set[int]:
    """Return the columns between gutters that hold words of a row; none for a word across a gutter."""
    found = set()
    middles = [(low + high) / 2 for low, high in free]
    crossing = 0
    for words in segments(row.words, 0.5):
        left, right = words[0].x0, words[-1].x1
        inside = [m for m in middles if left < m < right]
        crossing += len(inside)
        found.add(sum(m < left for m in middles))
        if inside and any(a.x1 <= high and b.x0 >= low for low, high in free
                          for a, b in itertools.pairwise(words)):  # fmt: skip
            found.add(sum(m < right for m in middles))
    return found if crossing < max(len(middles), 1) or len(found) > 1 else set()


def _intersected(
    free: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]]
) -> list[tuple[float, float]]:
    return [span for one in free if (span := _best(one, others)) is not None]


def _narrowed(free: Sequence[tuple[float, float]], others: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    return [_best(one, others) or one for one in free]


def _best(one: tuple[float, float], others: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    spans = [(max(one[0], low), min(one[1], high)) for low, high in others]
    best = max(spans, key=lambda span: span[1] - span[0], default=(0.0, 0.0))
    return best if best[1] - best[0] >= 1.5 else None


def _table(lines: Sequence[Row], across: Sequence[Rule], fills: Sequence[Area], frame: Frame) -> FoundTable | None:
    """Return the table of some lines; None where they are no table."""
    found: list[Gutter] = gutters([row.words for row in lines])
    if not found:
        return None
    several = sum(len({_column(word, found) for word in row.words}) >= 2 for row in lines)
    left, right = min(r.words[0].x0 for r in lines), max(r.words[-1].x1 for r in lines)
    top, bottom = lines[0].y0, lines[-1].y1
    bounds = Area(left, top, right, bottom)
    inside = [r for r in across if top - 12 < r.at < bottom + 12 and r.start < right and r.end > left]
    behind = [f for f in fills if f.y0 < bottom and f.y1 > top and f.x0 < right and f.x1 > left]
    head = lines[0].bold and not all(row.bold for row in lines)
    if several < (2 if inside or behind or head or len(found) >= 2 else 3):
        return None
    if not _is_lined_up(lines, found):
        return None
    table = assembled([row.words for row in lines], found, inside, behind, bounds, frame)
    return table if table.rows >= 2 and table.columns >= 2 else None


def _is_lined_up(lines: Sequence[Row], found: Sequence[Gutter]) -> bool:
    """Return whether the parts of most columns begin, end or are centred at the same places."""
    places: dict[int, list[tuple[float, float]]] = {}
    for row in lines:
        spans: dict[int, tuple[float, float]] = {}
        for word in row.words:
            column = _column(word, found)
            low, high = spans.get(column, (word.x0, word.x1))
            spans[column] = min(low, word.x0), max(high, word.x1)
        for column, span in spans.items():
            places.setdefault(column, []).append(span)
    good = bad = 0
    for column, spans_ in places.items():
        if column == 0 or len(spans_) < 2:
            continue
        shares = [
            _same(left for left, _ in spans_),
            _same(right for _, right in spans_),
            _same((a + b) / 2 for a, b in spans_),
        ]
        good, bad = good + (max(shares) >= 0.6), bad + (max(shares) < 0.6)
    return good >= bad


def _same(values: Iterable[float]) -> float:
    ordered = sorted(values)
    most = max(sum(abs(value - other) <= 2 for other in ordered) for value in ordered[:60])
    return most / len(ordered)


def _column(word: Word, found: Sequence[Gutter]) -> int:
    return sum(word.middle > (gutter.low + gutter.high) / 2 for gutter in found)
