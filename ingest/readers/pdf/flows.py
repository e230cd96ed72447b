"""Takes one page apart: tables that rules draw, boxes, columns, tables without rules, and the lines that remain.

The result is in reading order. Knows nothing of other pages; `tree.py` joins pages and makes blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf.columns import groups
from ingest.readers.pdf.hanging import mark_hanging
from ingest.readers.pdf.page.lines import line, rows, segments
from ingest.readers.pdf.page.parts import Area, Frame, Line, PageParts, Rule, Word, measured
from ingest.readers.pdf.tables.aligned import aligned_tables
from ingest.readers.pdf.tables.extents import set_extents
from ingest.readers.pdf.tables.found import FoundCell, FoundTable
from ingest.readers.pdf.tables.grid import Grid, grids, merged, parted_at_joints
from ingest.readers.pdf.tables.regions import joined_bands
from ingest.readers.pdf.tables.rows import split_rows

_MOST_DOTS = 400
_MOST_RULES = 200
_DEEPEST = 4
_NEAR_BELOW = 30.0


@dataclass(slots=True)
class Flow:
    """Lines, tables and boxes that are read from top to bottom."""

    frame: Frame
    pieces: list[Line | FoundTable | Boxed] = field(default_factory=list)
    column: tuple[int, ...] = ()
    shift: float = 0.0
    """How far right of the first column it begins."""

    @property
    def left(self) -> float:
        return min((p.area.x0 if not isinstance(p, Line) else p.x0 for p in self.pieces), default=0.0)


@dataclass(slots=True)
class Boxed:
    """What is in a frame or on a fill of its own: a note, code."""

    area: Area
    flows: list[Flow]


def taken_apart(parts: PageParts, gutters: set[int] | None = None) -> list[Flow]:
    """Return the flows of a page in reading order; `gutters` are those between columns of the pages before."""
    words = [word for word in parts.words if not word.turned]
    words += _bullets(parts, words)
    _set_lanes(parts, words)
    mark_hanging(words, parts.across)
    flows = _flows(parts, words, 0, gutters if gutters is not None else set())
    turned = [word for word in parts.words if word.turned]
    if turned:
        flows.append(Flow(parts.frame, [measured([word]) for word in turned]))
    return flows


def _set_lanes(parts: PageParts, words: Sequence[Word]) -> None:
    """Tell each word how many vertical rules of its height stand left of it."""
    rules = merged(parts.down)
    if not rules or len(rules) > _MOST_RULES:
        return
    for word in words:
        y = (word.y0 + word.y1) / 2
        word.lane = sum(rule.at <= word.x0 + 0.5 and rule.start <= y <= rule.end for rule in rules)


def _bullets(parts: PageParts, words: Sequence[Word]) -> list[Word]:
    """Return the small drawn shapes that stand before a line as words."""
    found: list[Word] = []
    if not parts.dots or len(parts.dots) > _MOST_DOTS:
        return found
    for dot in parts.dots:
        middle = (dot.y0 + dot.y1) / 2
        beside = [word for word in words if word.y0 <= middle <= word.y1]
        after = min((w for w in beside if w.x0 > dot.x1), key=lambda w: w.x0, default=None)
        before = max((w.x1 for w in beside if w.x1 <= dot.x0 + 1), default=-1e6)
        if after is None or after.x0 - dot.x1 > 2.2 * after.size or dot.x0 - before < 1.5 * after.size:
            continue
        if dot.y1 - dot.y0 > 0.75 * after.size:
            continue
        found.append(
            Word(
                "•",
                dot.x0,
                dot.y0,
                dot.x1,
                dot.y1,
                after.base,
                after.size,
                False,
                False,
                False,
                after.order,
                after.mark,
            )
        )
    return found


def _flows(parts: PageParts, words: list[Word], depth: int, gutters: set[int]) -> list[Flow]:
    things: list[tuple[Area, FoundTable | Boxed]] = []
    for found, taken_words in parts.tables if depth == 0 else []:
        assert isinstance(found, FoundTable)
        taken = {id(word) for word in taken_words}
        left = {id(word) for word in words}
        if taken and taken <= left:
            words = [word for word in words if id(word) not in taken]
            set_extents(found, parts)
            things.append((found.area, found))
    for grid in sorted(_drawn(parts), key=lambda each: each.area.size):
        inside = [word for word in words if grid.area.holds(word.middle, (word.y0 + word.y1) / 2)]
        if not inside:
            continue
        table = _ruled(grid, inside, parts)
        if table is None:
            continue
        nested = [thing for thing in things if grid.area.holds(thing[0].x0 + 1, thing[0].y0 + 1)]
        if nested:
            continue
        taken = {id(word) for word in inside}
        words = [word for word in words if id(word) not in taken]
        set_extents(table, parts)
        things.append((grid.area, table))
    if depth < _DEEPEST:
        for area in _boxes(parts, things, words):
            inside = [word for word in words if area.holds(word.middle, (word.y0 + word.y1) / 2)]
            held = [thing for thing in things if area.holds(thing[0].x0 + 1, (thing[0].y0 + thing[0].y1) / 2)]
            if not inside or (len(inside) == len(words) and area.size > 0.5 * parts.frame.width * parts.frame.height):
                continue
            taken = {id(word) for word in inside}
            words = [word for word in words if id(word) not in taken]
            things = [thing for thing in things if thing not in held]
            things.append((area, Boxed(area, _grouped(parts, inside, held, set(), _within(parts.fills, area)))))
    boxes = [area for area, thing in things if isinstance(thing, Boxed)]
    fills = [fill for fill in parts.fills if fill not in boxes]
    return _grouped(parts, words, things, gutters, fills)


def _grouped(
    parts: PageParts,
    words: Sequence[Word],
    things: Sequence[tuple[Area, FoundTable | Boxed]],
    gutters: set[int],
    fills: Sequence[Area],
) -> list[Flow]:
    flows = []
    across = merged(parts.across)
    bands = [Rule((band.y0 + band.y1) / 2, band.x0, band.x1) for band in joined_bands(fills)]
    for group in groups(words, things, gutters, across + bands):
        flow = Flow(parts.frame, column=group.column)
        placed: list[tuple[float, Line | FoundTable | Boxed]] = []
        inside = {id(thing) for thing in group.areas}
        placed += [(area.y0, thing) for area, thing in things if id(thing) in inside]
        rest = group.words
        walls = [area for area, thing in things if id(thing) in inside]
        for table, taken in aligned_tables(rest, across, fills, parts.frame, walls):
            gone = {id(word) for word in taken}
            rest = [word for word in rest if id(word) not in gone]
            set_extents(table, parts)
            placed.append((table.area.y0, table))
        placed += [(each.y0, each) for each in (line(row) for row in rows(rest))]
        flow.pieces = [piece for _, piece in sorted(placed, key=lambda each: each[0])]
        flows.append(flow)
    return flows


def _within(fills: Sequence[Area], area: Area) -> list[Area]:
    """Return the fills inside a box that are not the box's own."""
    return [
        f
        for f in fills
        if area.holds(f.x0 + 1, f.y0 + 1) and area.holds(f.x1 - 1, f.y1 - 1) and f.size < 0.9 * area.size
    ]


def _drawn(parts: PageParts) -> Iterator[Grid]:
    for grid in grids(parts.across, parts.down):
        if len(grid.cells) > 1 and len(grid.xs) > 2 and len(grid.ys) > 1 and not _goes_on(grid, parts):
            yield parted_at_joints(grid, parts.down)


def _goes_on(grid: Grid, parts: PageParts) -> bool:
    """Return whether a single row is only the header of a table whose further rows have no rules between them."""
    bottom = grid.ys[-1]
    below = [rule.at for rule in parts.down if bottom - 1 < rule.start < bottom + _NEAR_BELOW]
    return len(grid.ys) == 2 and any(abs(at - x) < 2 for at in below for x in grid.xs[1:-1])


def _boxes(parts: PageParts, things: Sequence[tuple[Area, object]], words: Sequence[Word]) -> list[Area]:
    """Return frames with a single cell, fills and bars: areas of notes and code, the largest last."""
    width, height = parts.frame.width, parts.frame.height
    tables = [area for area, _ in things]
    found = [grid.area for grid in grids(parts.across, parts.down) if len(grid.cells) == 1]
    found += _joined_fills(parts.fills)
    for fill in parts.fills:
        held = [word for word in words if fill.holds(word.middle, (word.y0 + word.y1) / 2)]
        if held and fill not in found and all(word.mono for word in held) and not _beside(fill, parts.fills):
            found.append(fill)
    kept: list[Area] = []
    for area in sorted(found, key=lambda each: each.size):
        if area.size > 0.8 * width * height or area.x1 - area.x0 < 30 or area.y1 - area.y0 < 9:
            continue
        if any(
            t.holds((area.x0 + area.x1) / 2, (area.y0 + area.y1) / 2) and t.size >= 0.98 * area.size for t in tables
        ):
            continue
        if any(
            abs(area.x0 - k.x0) + abs(area.y0 - k.y0) + abs(area.x1 - k.x1) + abs(area.y1 - k.y1) < 12 for k in kept
        ):
            continue
        kept.append(area)
    return kept


def _beside(fill: Area, fills: Sequence[Area]) -> bool:
    """Return whether another fill of the same height stands beside it: both are cells of a table."""
    return any(
        other is not fill and abs(other.y0 - fill.y0) < 1 and abs(other.y1 - fill.y1) < 1
        and (other.x0 > fill.x1 - 2 or other.x1 < fill.x0 + 2)
        for other in fills
    )  # fmt: skip


def _joined_fills(fills: Sequence[Area]) -> list[Area]:
    """Return fills that no other touches at a side: the bands of a table do, a box does not."""
    alone = []
    for fill in fills:
        alike = [
            other for other in fills
            if other is not fill and abs(other.x0 - fill.x0) < 1 and abs(other.x1 - fill.x1) < 1
            and (0 < other.y0 - fill.y1 < 90 or 0 < fill.y0 - other.y1 < 90 or abs(other.y0 - fill.y1) < 1
                 or abs(fill.y0 - other.y1) < 1)
        ]  # fmt: skip
        if not _beside(fill, fills) and not alike:
            alone.append(fill)
    return alone


def _ruled(grid: Grid, words: Sequence[Word], parts: PageParts) -> FoundTable | None:
    """Return the table in a grid; None for a frame around something else."""
    frame = parts.frame
    cells = []
    held: dict[tuple[int, int, int, int], list[Word]] = {}
    for word in words:
        cell = _cell_of(grid, word)
        if cell is not None:
            held.setdefault(cell, []).append(word)
    _part_merged(grid, held)
    filled = [cell for cell in grid.cells if held.get(cell)]
    if len(filled) < 2 or (len({cell[1] for cell in filled}) < 2 and len({cell[0] for cell in filled}) < 2):
        return None
    if len({cell[1] for cell in filled}) < 2:
        return None
    for cell in grid.cells:
        row, column, down, right = cell
        cells.append(FoundCell(row, column, down, right, held.get(cell, []),
                               grid.place(cell)))  # fmt: skip
    rows_, columns = len(grid.ys) - 1, len(grid.xs) - 1
    fills = tuple(_fill(parts.fills, grid, row) for row in range(rows_))
    table = FoundTable(frame, grid.area, rows_, columns, cells, tuple(grid.xs[:-1]), frozenset(range(rows_ - 1)), fills)
    return split_rows(table)


def _part_merged(grid: Grid, held: dict[tuple[int, int, int, int], list[Word]]) -> None:
    """Part cells over columns whose words stand apart in the columns: rules are not drawn in every row."""
    for cell in [cell for cell in grid.cells if cell[3] > 1 and held.get(cell)]:
        row, column, down, right = cell
        parts = [part for line in rows(held[cell]) for part in segments(line)]
        walls = grid.xs[column + 1 : column + right]
        places = [sum(part[0].x0 > wall for wall in walls) for part in parts]
        crosses = any(part[0].x0 < wall < part[-1].x1 for part in parts for wall in walls)
        if crosses or len(set(places)) < 2:
            continue
        at = grid.cells.index(cell)
        grid.cells[at : at + 1] = [(row, column + x, down, 1) for x in range(right)]
        del held[cell]
        for place, part in zip(places, parts, strict=True):
            held.setdefault((row, column + place, down, 1), []).extend(part)


def _cell_of(grid: Grid, word: Word) -> tuple[int, int, int, int] | None:
    x, y = word.middle, (word.y0 + word.y1) / 2
    for cell in grid.cells:
        if grid.place(cell).holds(x, y):
            return cell
    return None


def _fill(fills: Sequence[Area], grid: Grid, row: int) -> tuple[int, int, int] | None:
    y = (grid.ys[row] + grid.ys[row + 1]) / 2
    behind = [
        f
        for f in fills
        if f.y0 <= y <= f.y1 and f.x1 > grid.xs[0] and f.x0 < grid.xs[-1] and f.size < 1.5 * grid.area.size
    ]
    if not behind:
        return None
    covered = sum(min(f.x1, grid.xs[-1]) - max(f.x0, grid.xs[0]) for f in behind)
    return behind[-1].colour if covered >= 0.6 * (grid.xs[-1] - grid.xs[0]) else None
