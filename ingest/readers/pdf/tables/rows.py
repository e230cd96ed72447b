"""Says which lines of a table without a full grid make a row, and which columns a cell spans.

Lines of one cell are nearer to one another than rows; where all are equally near, a row begins where its first column
does. Rules and changes of the fill between rows decide where they are drawn for every row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf.page.lines import rows as rows_of
from ingest.readers.pdf.page.parts import Area, Frame, Rule, Word, parted
from ingest.readers.pdf.tables.found import FoundCell, FoundTable
from ingest.readers.pdf.tables.gutters import Gutter

_LOOSE = 1.75
"""A line pitch in font sizes above which lines are not of one cell."""
_BLANK = 0.6
"""A gap in font sizes that no blank between words has."""
_STEP = 1.16
"""How much larger than the pitch of lines the pitch of rows is."""
_SAME_STEP = 1.04
"""How much the pitch of lines varies."""
_MOST_BEGIN = 0.8
_FEWEST = 3
_CENTRED = 24.0


@dataclass(slots=True)
class Piece:
    """Words of a line within the columns `first` to `last`."""

    words: list[Word]
    first: int
    last: int
    line: int
    base: float = 0.0
    y0: float = 0.0
    y1: float = 0.0

    def __post_init__(self) -> None:
        self.base = max(self.words, key=lambda word: word.size).base
        self.y0, self.y1 = min(w.y0 for w in self.words), max(w.y1 for w in self.words)


@dataclass(slots=True)
class _Block:
    """Pieces below one another that are one cell."""

    pieces: list[Piece] = field(default_factory=list)

    @property
    def y0(self) -> float:
        return min(piece.y0 for piece in self.pieces)

    @property
    def y1(self) -> float:
        return max(piece.y1 for piece in self.pieces)


def assembled(
    lines: Sequence[Sequence[Word]], found: Sequence[Gutter], across: Sequence[Rule], fills: Sequence[Area],
    area: Area, frame: Frame,
) -> FoundTable:  # fmt: skip
    """Return the table of some lines of words with the gutters between its columns."""
    pieces = [piece for at, line in enumerate(lines) for piece in _pieces(line, found, at)]
    cuts = _separators(across, fills, area)
    groups = _rows(pieces, cuts, len(found) + 1)
    cells = []
    bold = [all(word.bold for piece in group for word in piece.words) for group in groups]
    for row, group in enumerate(groups):
        made = _cells(group, row, len(found) + 1)
        if len(made) == 1 and len(groups) > 2 and _is_whole_row(made[0], area, bold[row] and not all(bold)):
            made[0].column, made[0].columns = 0, len(found) + 1
        cells += made
    tops = [min(piece.y0 for piece in group) for group in groups]
    bottoms = [max(piece.y1 for piece in group) for group in groups]
    ruled = frozenset(
        row for row in range(len(groups) - 1)
        for rule in across
        if bottoms[row] - 3 <= rule.at <= tops[row + 1] + 3 and _spans(rule.start, rule.end, area)
    )  # fmt: skip
    behind = tuple(_fill(fills, area, (top + bottom) / 2) for top, bottom in zip(tops, bottoms, strict=True))
    cells = _tall(cells, groups, [area.x0, *(gutter.middle for gutter in found), area.x1], across)
    edges = (area.x0, *(gutter.high for gutter in found))
    return FoundTable(frame, area, len(groups), len(found) + 1, cells, edges, ruled, behind, ruled=False)


def _is_whole_row(cell: FoundCell, area: Area, bold: bool) -> bool:
    """Return whether the only text of a row is a title or names the rows below: then its cell is as wide as the row."""
    if cell.column == 0:
        return bold or cell.columns > 1
    left, right = min(word.x0 for word in cell.words), max(word.x1 for word in cell.words)
    return bold and cell.columns > 1 and abs((left + right) - (area.x0 + area.x1)) < _CENTRED


def _tall(
    cells: list[FoundCell], groups: Sequence[Sequence[Piece]], edges: Sequence[float], across: Sequence[Rule]
) -> list[FoundCell]:
    """Make cells span rows where the rule between two rows leaves their column out."""
    places = {(cell.row, cell.column): cell for cell in cells}
    for row in range(len(groups) - 1):
        bottom, top = max(p.y1 for p in groups[row]), min(p.y0 for p in groups[row + 1])
        between = [rule for rule in across if min(bottom, top) - 3 <= rule.at <= max(bottom, top) + 3]
        if not between:
            _fill_down(places, row, len(edges) - 1)
            continue
        open_columns = [
            x for x in range(len(edges) - 1)
            if not any(_covers(rule, edges[x], edges[x + 1]) for rule in between)
        ]  # fmt: skip
        if len(open_columns) == len(edges) - 1:
            continue
        for x in open_columns:
            above, below = places.get((row, x)), places.get((row + 1, x))
            if above is None or above.columns > 1 or (below is not None and _is_beside(below, places, row + 1)):
                continue
            above.rows += 1
            if below is not None:
                above.words += below.words
                cells.remove(below)
            places[row + 1, x] = above
    return cells


def _is_beside(cell: FoundCell, places: dict[tuple[int, int], FoundCell], row: int) -> bool:
    """Return whether a cell begins on the same line as another of its row: it is a value of that row."""
    base = min(word.base for word in cell.words)
    others = [other for (y, _), other in places.items() if y == row and other is not cell and other.words]
    size = cell.words[0].size
    return any(abs(min(word.base for word in other.words) - base) < 0.3 * size for other in others)


def _covers(rule: Rule, left: float, right: float) -> bool:
    return min(rule.end, right) - max(rule.start, left) > 0.4 * (right - left)


def _fill_down(places: dict[tuple[int, int], FoundCell], row: int, columns: int) -> None:
    """Make the first cell of a row span the next row, where that has none and nothing parts the rows."""
    above = places.get((row, 0))
    below = [x for x in range(1, columns) if (row + 1, x) in places]
    if above is not None and above.columns == 1 and (row + 1, 0) not in places and len(below) >= max(1, columns - 1):
        above.rows += 1
        places[row + 1, 0] = above


def _pieces(line: Sequence[Word], found: Sequence[Gutter], at: int) -> list[Piece]:
    """Return the parts of a line between gutters; words that cross one stay together."""
    splits = [_split(line, gutter) for gutter in found]
    pieces: list[Piece] = []
    start = 0
    for end in sorted({*(split for split in splits if split is not None), len(line)}):
        words = list(line[start:end])
        if not words:
            continue
        left = [x for x, split in enumerate(splits) if split is not None and split <= start]
        right = [x for x, split in enumerate(splits) if split is not None and split >= end]
        first = left[-1] + 1 if left else 0
        last = right[0] if right else len(found)
        while first < last and found[first].low < words[0].x0 and found[first].middle < words[0].x0:
            first += 1
        while last > first and found[last - 1].middle > words[-1].x1:
            last -= 1
        pieces.append(Piece(words, first, last, at))
        start = end
    return pieces


def _split(line: Sequence[Word], gutter: Gutter) -> int | None:
    """Return before which word a gutter parts a line; None where the words cross it."""
    at = sum(word.middle <= gutter.middle for word in line)
    if at in {0, len(line)}:
        return at
    before, after = line[at - 1], line[at]
    gap = after.x0 - before.x1
    if before.x1 <= gutter.middle <= after.x0 and gap >= 1.4:
        wide = gap >= _BLANK * after.size or parted(before, after)
        return at if wide or abs(after.x0 - gutter.high) < 1.5 else None
    near = [place for place in (at - 1, at, at + 1) if 0 < place < len(line) and _is_apart(line, place)]
    if not near:
        return None
    best = min(near, key=lambda place: _distance(line, place, gutter))
    return best if _distance(line, best, gutter) < 3 * line[best].size else None


def _is_apart(line: Sequence[Word], at: int) -> bool:
    gap = line[at].x0 - line[at - 1].x1
    return gap >= _BLANK * line[at].size or (gap >= 2.0 and parted(line[at - 1], line[at]))


def _distance(line: Sequence[Word], at: int, gutter: Gutter) -> float:
    return max(line[at - 1].x1 - gutter.high, gutter.low - line[at].x0, 0.0)


def _spans(start: float, end: float, area: Area) -> bool:
    return min(end, area.x1) - max(start, area.x0) >= 0.6 * (area.x1 - area.x0)


def _separators(across: Sequence[Rule], fills: Sequence[Area], area: Area) -> list[float]:
    """Return where rules, or changes of the fill, part the table."""
    found = [rule.at for rule in across if _spans(rule.start, rule.end, area)]
    bands: dict[tuple[float, float], list[Area]] = {}
    for fill in fills:
        bands.setdefault((round(fill.y0), round(fill.y1)), []).append(fill)
    for (top, bottom), some in bands.items():
        if _spans(min(f.x0 for f in some), max(f.x1 for f in some), area) and bottom - top < 0.9 * (area.y1 - area.y0):
            found += [top, bottom]
    kept: list[float] = []
    for at in sorted(found):
        if not kept or at - kept[-1] > 3:
            kept.append(at)
    return kept


def _fill(fills: Sequence[Area], area: Area, y: float) -> tuple[int, int, int] | None:
    behind = [f for f in fills if f.y0 <= y <= f.y1]
    if not behind or not _spans(min(f.x0 for f in behind), max(f.x1 for f in behind), area):
        return None
    return behind[-1].colour


def _rows(pieces: Sequence[Piece], cuts: Sequence[float], columns: int) -> list[list[Piece]]:
    bands: dict[int, list[Piece]] = {}
    for piece in pieces:
        middle = (piece.y0 + piece.y1) / 2
        bands.setdefault(sum(middle > cut for cut in cuts), []).append(piece)
    groups = [bands[key] for key in sorted(bands)]
    reach = _reach(pieces)
    if len(groups) >= 3 and _one_row_each(groups, reach):
        return groups
    return [row for group in groups for row in _by_pitch(group, reach)]


def _one_row_each(groups: Sequence[Sequence[Piece]], reach: float) -> bool:
    """Return whether rules part every row: then at most one cell of each column is between two."""
    single = 0
    for group in groups:
        lines = {piece.line for piece in group}
        first = [piece for piece in group if piece.first == 0]
        single += len(lines) == 1 or (_blocks(first, reach) <= 1 and not _are_rows(group))
    return single >= 0.8 * len(groups)


def _are_rows(group: Sequence[Piece]) -> bool:
    """Return whether most lines have words in the first column and most others: each is a row."""
    columns = {piece.first for piece in group}
    lines: dict[int, set[int]] = {}
    for piece in group:
        lines.setdefault(piece.line, set()).add(piece.first)
    full = sum(0 in line and len(line) >= max(2, _MOST_BEGIN * len(columns)) for line in lines.values())
    return full >= _FEWEST and full >= 0.7 * len(lines)


def _blocks(pieces: Sequence[Piece], reach: float) -> int:
    ordered = sorted(pieces, key=lambda piece: piece.base)
    return sum(1 for at, piece in enumerate(ordered) if at == 0 or piece.base - ordered[at - 1].base > reach)


def _reach(pieces: Sequence[Piece]) -> float:
    """Return the largest distance of two lines of one cell; 0 where no line is as near to another as those of a cell.

    Rows may be hardly farther from one another than lines: then their distances are a group of their own, and most of
    them lead to a line with words in the first column and in others.
    """
    distances = _distances(pieces)
    pitch = min((each for each, _ in distances), default=0.0)
    if not distances or pitch > _LOOSE * max(piece.words[0].size for piece in pieces):
        return 0.0
    near, far = _SAME_STEP * pitch + 0.3, _STEP * pitch + 0.3
    starts = {piece.line for piece in pieces if piece.first == 0}
    lines = {piece.line for piece in pieces if piece.first > 0} & starts
    between = [piece.line in lines for each, piece in distances if near < each <= far]
    rows = len(between) >= 2 and sum(between) >= _MOST_BEGIN * len(between)
    return near if rows else far


def _distances(group: Sequence[Piece]) -> list[tuple[float, Piece]]:
    """Return how far below the line above in its column each piece is."""
    last: dict[int, float] = {}
    found = []
    for piece in sorted(group, key=lambda each: each.base):
        if piece.first in last and piece.base - last[piece.first] >= 0.8 * piece.words[0].size:
            found.append((piece.base - last[piece.first], piece))
        last[piece.first] = piece.base
    return found


def _by_pitch(group: Sequence[Piece], reach: float) -> list[list[Piece]]:
    distances = _distances(group)
    near = sum(each <= reach for each, _ in distances)
    if distances and near >= (_MOST_BEGIN if _are_rows(group) else 1) * len(distances):
        return _by_first_column(group)
    blocks: list[_Block] = []
    open_blocks: dict[int, _Block] = {}
    for piece in sorted(group, key=lambda each: (each.base, each.first)):
        block = open_blocks.get(piece.first)
        if block is not None and piece.base - block.pieces[-1].base <= reach:
            block.pieces.append(piece)
            continue
        block = open_blocks[piece.first] = _Block([piece])
        blocks.append(block)
    return _linked(blocks)


def _by_first_column(group: Sequence[Piece]) -> list[list[Piece]]:
    lines: dict[int, list[Piece]] = {}
    for piece in group:
        lines.setdefault(piece.line, []).append(piece)
    rows: list[list[Piece]] = []
    first, *others = (lines[at] for at in sorted(lines))
    if len(others) == 1 and len(others[0]) == 1 < len(first):
        return [first + others[0]]  # one row with one cell that wraps
    for at in sorted(lines):
        if rows and not any(piece.first == 0 for piece in lines[at]):
            rows[-1] += lines[at]
        else:
            rows.append(lines[at])
    return rows


def _linked(blocks: Sequence[_Block]) -> list[list[Piece]]:
    """Return cells that stand beside one another as rows."""
    rows: list[list[_Block]] = []
    reach = -1e6
    for block in sorted(blocks, key=lambda each: (each.y0, each.y1)):
        overlap = reach - block.y0
        if rows and overlap > 0.4 * min(block.y1 - block.y0, reach - min(b.y0 for b in rows[-1])):
            rows[-1].append(block)
        else:
            rows.append([block])
            reach = block.y1
        reach = max(reach, block.y1)
    return [[piece for block in row for piece in block.pieces] for row in rows]


def _cells(group: Sequence[Piece], row: int, columns: int) -> list[FoundCell]:
    """Return the cells of a row; words that cross a gutter in every line of the cell make it span columns."""
    cells: list[FoundCell] = []
    for piece in sorted(group, key=lambda each: (each.first, each.base)):
        same = next((c for c in cells if c.column <= piece.first < c.column + c.columns), None)
        if same is not None:
            same.words += piece.words
            same.columns = max(same.columns, piece.last - same.column + 1)
            continue
        cells.append(FoundCell(row, piece.first, 1, piece.last - piece.first + 1, list(piece.words)))
    for cell in cells:
        ws = cell.words
        cell.place = Area(min(w.x0 for w in ws), min(w.y0 for w in ws), max(w.x1 for w in ws), max(w.y1 for w in ws))
    return cells


def split_rows(table: FoundTable) -> FoundTable:
    """Part the rows of a ruled table whose rules only part header and body, or only columns."""
    if table.rows > 2 or table.columns < 2 or any(cell.rows > 1 or cell.columns > 1 for cell in table.cells):
        return table
    cells: list[FoundCell] = []
    rows = 0
    for row in range(table.rows):
        band = [cell for cell in table.cells if cell.row == row]
        groups = _band_rows(band, table.columns)
        for group in groups:
            cells += _cells(group, rows, table.columns)
            rows += 1
        if not groups:
            for cell in band:
                cell.row = rows
            cells += band
            rows += 1
    if rows != table.rows:
        table.rows, table.cells, table.fills = rows, cells, ()
        table.cuts = frozenset()
    return table


def _band_rows(band: Sequence[FoundCell], columns: int) -> list[list[Piece]]:
    """Return the rows between two rules; none where lines do not begin in the first column."""
    lines = [(cell.column, line) for cell in band for line in rows_of(cell.words)]
    bases = sorted({round(line[0].base) for _, line in lines})
    pieces = [
        Piece(line, column, column, next(at for at, base in enumerate(bases) if abs(base - line[0].base) <= 1.5))
        for column, line in lines
    ]
    if not pieces:
        return []
    groups = _by_pitch(pieces, _reach(pieces))
    full = sum({0, 1} <= {piece.first for piece in group} for group in groups)
    begun = all(any(piece.first == 0 for piece in group) for group in groups)
    return groups if len(groups) >= _FEWEST and begun and full >= _MOST_BEGIN * len(groups) else []
