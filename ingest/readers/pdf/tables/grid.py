"""Finds the grids that rules and frames draw: tables with a cell between each four of them, and single boxes.

A merged cell is where the rule between two places is missing. Knows nothing of text, except that cells hold words.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf.page.parts import Area, Rule

TOUCH = 3.2
"""Rules nearer to one another than this, in points, are one: the borders of neighbouring cells."""
_SHORT = 6.0
_COVERED = 0.6
_MOST = 3000


@dataclass(slots=True)
class Grid:
    """The lines of a grid and its cells as (row, column, rows, columns)."""

    xs: list[float]
    ys: list[float]
    cells: list[tuple[int, int, int, int]] = field(default_factory=list)

    @property
    def area(self) -> Area:
        return Area(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def place(self, cell: tuple[int, int, int, int]) -> Area:
        row, column, down, right = cell
        return Area(self.xs[column], self.ys[row], self.xs[column + right], self.ys[row + down])


def grids(across: Sequence[Rule], down: Sequence[Rule]) -> list[Grid]:
    """Return the grids of a page; one with a single cell is a box."""
    flat, upright = merged(across)[:_MOST], merged(down)[:_MOST]
    found = []
    for some, others in _touching(flat, upright):
        grid = _grid(some, others)
        if grid is not None:
            found += _parted(grid)
    return found


def parted_at_joints(grid: Grid, down: Sequence[Rule]) -> Grid:
    """Part rows where the vertical rules of all columns are drawn in pieces that meet: one for each row of a table."""
    if len(grid.ys) > 3 or any(cell[2:] != (1, 1) for cell in grid.cells):
        return grid
    joints: list[set[int]] = []
    for x in grid.xs[1:-1]:
        pieces = [r for r in down if abs(r.at - x) < 1 and r.start > grid.ys[0] - TOUCH and r.end < grid.ys[-1] + TOUCH]
        if any(piece.end - piece.start < _SHORT for piece in pieces):
            return grid  # dashes
        joints.append({round(piece.start) for piece in pieces})
    at = [
        float(y) for y in sorted(joints[0])
        if all({y - 1, y, y + 1} & others for others in joints) and min(abs(y - wall) for wall in grid.ys) > _SHORT
    ]  # fmt: skip
    ys = sorted([*grid.ys, *at])
    columns = len(grid.xs) - 1
    return Grid(grid.xs, ys, [(row, column, 1, 1) for row in range(len(ys) - 1) for column in range(columns)])


def _parted(grid: Grid) -> list[Grid]:
    """Part a grid where tables with other columns stand directly below one another."""
    walls: list[set[int]] = [set() for _ in range(len(grid.ys) - 1)]
    for row, column, down, right in grid.cells:
        for y in range(row, row + down):
            walls[y] |= {column, column + right} - {0, len(grid.xs) - 1}
    starts, above = [0], walls[0]
    for row in range(1, len(walls)):
        if walls[row] and above and not walls[row] & above:
            first = row
            while first > 0 and not walls[first - 1]:
                first -= 1
            if not any(cell[0] < first < cell[0] + cell[2] for cell in grid.cells):
                starts.append(first)
        above = walls[row] or above
    if len(starts) == 1:
        return [grid]
    return [_rows_of(grid, start, end) for start, end in zip(starts, [*starts[1:], len(walls)], strict=True)]


def _rows_of(grid: Grid, start: int, end: int) -> Grid:
    """Return some rows of a grid, with the lines that part them."""
    cells = [cell for cell in grid.cells if start <= cell[0] < end]
    used = sorted({x for _, column, _, right in cells for x in (column, column + right)})
    place = {x: at for at, x in enumerate(used)}
    moved = [
        (row - start, place[column], down, place[column + right] - place[column]) for row, column, down, right in cells
    ]
    return Grid([grid.xs[x] for x in used], grid.ys[start : end + 1], moved)


def merged(rules: Iterable[Rule]) -> list[Rule]:
    """Join rules that lie on one line and touch; of parallel rules that nearly touch keep one."""
    bands: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda each: each.at):
        if bands and rule.at - bands[-1][0].at <= TOUCH:
            bands[-1].append(rule)
        else:
            bands.append([rule])
    found = []
    for band in bands:
        start = end = None
        members: list[float] = []
        for rule in sorted(band, key=lambda each: each.start):
            if end is None or start is None or rule.start > end + TOUCH:
                if start is not None and end is not None:
                    found.append(Rule(sum(members) / len(members), start, end))
                start, end, members = rule.start, rule.end, []
            members.append(rule.at)
            end = max(end, rule.end)
        if start is not None and end is not None:
            found.append(Rule(sum(members) / len(members), start, end))
    return [rule for rule in found if rule.end - rule.start >= _SHORT]


def _touching(flat: Sequence[Rule], upright: Sequence[Rule]) -> Iterable[tuple[list[Rule], list[Rule]]]:
    """Yield groups of horizontal and vertical rules that touch one another, directly or through others."""
    flat = sorted(flat, key=lambda each: each.at)
    ats = [rule.at for rule in flat]
    parent = list(range(len(flat) + len(upright)))

    def root(at: int) -> int:
        while parent[at] != at:
            parent[at] = parent[parent[at]]
            at = parent[at]
        return at

    for number, rule in enumerate(upright):
        first, end = bisect_right(ats, rule.start - TOUCH), bisect_right(ats, rule.end + TOUCH)
        for other in range(first, end):
            if flat[other].start - TOUCH <= rule.at <= flat[other].end + TOUCH:
                parent[root(other)] = root(len(flat) + number)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for at in range(len(parent)):
        pair = groups.setdefault(root(at), ([], []))
        pair[0 if at < len(flat) else 1].append(flat[at] if at < len(flat) else upright[at - len(flat)])
    for pair in groups.values():
        if pair[0] and pair[1]:
            yield pair


def _grid(flat: Sequence[Rule], upright: Sequence[Rule]) -> Grid | None:
    xs = _places([r.at for r in upright] + [min(r.start for r in flat), max(r.end for r in flat)])
    ys = _places([r.at for r in flat] + [min(r.start for r in upright), max(r.end for r in upright)])
    if len(xs) < 2 or len(ys) < 2:
        return None
    walls = _walls(upright, xs, ys)
    floors = _walls(flat, ys, xs)
    grid = Grid(xs, ys)
    grid.cells = _cells(len(ys) - 1, len(xs) - 1, walls, floors)
    return grid


def _places(values: Iterable[float]) -> list[float]:
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= TOUCH:
            groups[-1].append(value)
        else:
            groups.append([value])
    return [sum(group) / len(group) for group in groups]


def _walls(rules: Sequence[Rule], ats: Sequence[float], along: Sequence[float]) -> set[tuple[int, int]]:
    """Return (line, part) of each part of a grid's line that a rule covers."""
    covered: dict[tuple[int, int], float] = {}
    for rule in rules:
        line = min(range(len(ats)), key=lambda at: abs(ats[at] - rule.at))
        for part in range(len(along) - 1):
            length = min(rule.end, along[part + 1]) - max(rule.start, along[part])
            if length > 0:
                key = line, part
                covered[key] = covered.get(key, 0.0) + length / max(along[part + 1] - along[part], 0.1)
    return {key for key, share in covered.items() if share >= _COVERED}


def _cells(
    rows: int, columns: int, walls: set[tuple[int, int]], floors: set[tuple[int, int]]
) -> list[tuple[int, int, int, int]]:
    """Return the cells: places without a wall between them are one, grown as rectangles from their first place."""
    taken = [[False] * columns for _ in range(rows)]
    found = []
    for row in range(rows):
        for column in range(columns):
            if taken[row][column]:
                continue
            right, down = 1, 1
            while column + right < columns and not taken[row][column + right] and (column + right, row) not in walls:
                right += 1
            while (
                row + down < rows
                and all((row + down, x) not in floors for x in range(column, column + right))
                and all((x, row + down) not in walls for x in range(column + 1, column + right))
                and not any(taken[row + down][column : column + right])
            ):
                down += 1
            for y in range(row, row + down):
                taken[y][column : column + right] = [True] * right
            found.append((row, column, down, right))
    return found
