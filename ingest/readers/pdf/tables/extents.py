"""Says how far to the right the text of a table's cell could reach, from the rules and fills around it.

A line that ends there ended because it was full: then a word may be cut anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from ingest.readers.pdf.page.parts import PageParts
from ingest.readers.pdf.tables.found import FoundTable

_NEAR = 14.0
_MOST_PADDING = 14.0
_MOST = 400
_EXACT = 0.4


def set_extents(table: FoundTable, parts: PageParts) -> None:
    """Set where the text of each cell could reach to."""
    area = table.area
    down = [r for r in parts.down if r.end > area.y0 and r.start < area.y1 and area.x0 - 20 < r.at < area.x1 + 20]
    across = [r for r in parts.across if area.y0 - 20 < r.at < area.y1 + 20 and r.end > area.x0 and r.start < area.x1]
    fills = [f for f in parts.fills if f.y0 < area.y1 and f.y1 > area.y0 and f.x0 < area.x1 and f.x1 > area.x0]
    if len(down) > _MOST * 10 or len(across) > _MOST * 10:
        return
    columns: dict[tuple[int, int], list[tuple[float, ...]]] = {}
    for cell in table.cells:
        if not cell.words:
            continue
        x0, x1 = min(w.x0 for w in cell.words), max(w.x1 for w in cell.words)
        y0, y1 = min(w.y0 for w in cell.words), max(w.y1 for w in cell.words)
        spans = [(f.x0, f.x1) for f in fills if f.holds((x0 + x1) / 2, (y0 + y1) / 2)]
        spans += [(r.start, r.end) for r in across if y0 - _NEAR < r.at < y1 + _NEAR]
        beside = [r.at for r in down if r.start <= (y0 + y1) / 2 <= r.end]
        left, right = [at for at in beside if at <= x0 + 1], [at for at in beside if at >= x1 - 1]
        if left and right:
            spans.append((max(left), min(right)))
        around = [(a, b) for a, b in spans if a <= x0 + 1 and b >= x1 - 1]
        if around:
            columns.setdefault((cell.column, cell.columns), []).append((*_tightest(around)[1:], x0, x1))
    reach = {key: _reach(found) for key, found in columns.items()}
    for cell in table.cells:
        if (told := reach.get((cell.column, cell.columns))) is not None:
            cell.right, cell.exact = told


def _tightest(spans: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    left, right = min(spans, key=lambda span: span[1] - span[0])
    return right - left, left, right


def _reach(found: Sequence[tuple[float, ...]]) -> tuple[float, bool] | None:
    """Return the right end less the padding, which is the same on both sides, and whether a line ends there."""
    padding = min(x0 - left for left, _, x0, _ in found)
    reach = min(right for _, right, _, _ in found) - max(padding, 0.5)
    longest = max(x1 for _, _, _, x1 in found)
    return (reach, abs(reach - longest) < _EXACT) if padding <= _MOST_PADDING else None
