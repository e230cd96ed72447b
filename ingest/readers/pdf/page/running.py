"""Finds running heads and feet: what stands at the edge of pages again and again, page numbers, print marks.

They are left out of the document and counted in its account.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from ingest.account import left_out
from ingest.readers.pdf.page.lines import plain, rows
from ingest.readers.pdf.page.parts import PageParts, Word

_EDGE = 0.095
"""The share of a page's height, at top and bottom, where running heads and feet are."""
_PAGE_NUMBER = re.compile(
    r"^(?:(?:page|seite|p\.)\s*)?[-–|]?\s*(?:\d{1,4}|[ivxlc]{1,6})\s*[-–|]?(?:\s*(?:/|of|von|de|sur)\s*\d{1,4})?$",
    re.IGNORECASE,
)
_BROWSER = re.compile(
    r"^(?:file|https?)://\S+(?:\s+\d+/\d+)?$|^\d{1,2}[/.]\d{1,2}[/.]\d{2,4},? \d{1,2}:\d{2}(?: ?[AP]M)?\b"
)
_LABELLED = re.compile(
    r"(?:page|seite|strona|página|pagina|p\.)\s*\d{1,4}(?:\s*(?:/|of|von|de|sur|di|z)\s*\d{1,4})?", re.IGNORECASE
)
_COLUMN_GAP = 1.5
_SAME_HEIGHT = 4.0
_ROWS = 3
_MANY = 20
_SMALL = 0.86


def without_running(pages: Sequence[PageParts]) -> None:
    """Take running heads, feet and page numbers out of the words of each page."""
    edges = [_edges(parts) for parts in pages]
    seen: Counter[tuple[str, int]] = Counter()
    for each in edges:
        seen.update({key for _, text, at in each for key in _keys(text, at)[:1]})
    filled = sum(1 for parts in pages if parts.words)
    body = Counter[float]()
    for parts in pages:
        for word in parts.words:
            body[word.size] += len(word.text)
    usual = body.most_common(1)[0][0] if body else 10.0
    for parts, each in zip(pages, edges, strict=True):
        gone: set[int] = set()
        for row, text, at in each:
            again = max(seen[key] for key in _keys(text, at))
            if _PAGE_NUMBER.match(text):
                left_out("page_number", text)
            elif (
                _BROWSER.match(text)
                or _has_page_label(row)
                or _is_small_head(parts, row, usual)
                or (again >= min(3, max(filled, 2)) and again >= 0.1 * filled)
            ):
                left_out("running_head", text)
            else:
                continue
            gone.update(id(word) for word in row)
        if gone:
            parts.words = [word for word in parts.words if id(word) not in gone]


def _has_page_label(row: Sequence[Word]) -> bool:
    """Return whether a part of a row, apart from the rest, is a page number with its word: "Page 1"."""
    parts: list[list[Word]] = []
    for word in sorted(row, key=lambda each: each.x0):
        if parts and word.x0 - parts[-1][-1].x1 < _COLUMN_GAP * word.size:
            parts[-1].append(word)
        else:
            parts.append([word])
    return len(parts) > 1 and any(_LABELLED.fullmatch(" ".join(w.text for w in part)) for part in parts)


def _is_small_head(parts: PageParts, row: Sequence[Word], usual: float) -> bool:
    """Return whether a row is small type at the top of the page, far from the text: a head that was seen only once."""
    if max(word.size for word in row) > _SMALL * usual or row[0].y1 > _EDGE * parts.frame.height:
        return False
    bottom = max(word.y1 for word in row)
    below = min((word.y0 for word in parts.words if word.y0 > bottom - 1), default=bottom)
    return below - bottom > 1.2 * usual and not any(w.y0 < row[0].y0 - 3 for w in parts.words)


def _keys(text: str, at: float) -> list[tuple[str, int]]:
    masked = re.sub(r"\d+", "#", text).casefold()
    place = round(at / _SAME_HEIGHT)
    return [(masked, place), (masked, place - 1), (masked, place + 1)]


def _edges(parts: PageParts) -> list[tuple[list[Word], str, float]]:
    """Return the first and last rows at the page's edges that a gap separates from the text."""
    height = parts.frame.height
    top = [w for w in parts.words if w.y1 < _EDGE * height and not w.turned]
    bottom = [w for w in parts.words if w.y0 > (1 - _EDGE) * height and not w.turned]
    if not top and not bottom:
        return []
    found = []
    usual = _usual_gap(parts)
    heads, rest = rows(top)[:_ROWS], rows(top)[_ROWS:]
    inside = [w.y0 for row in rest[:1] for w in row] or [w.y0 for w in parts.words if w.y1 >= _EDGE * height]
    below = min(inside, default=height)
    afters = [*(min(w.y0 for w in r) for r in heads[1:]), below]
    apart = False
    sizes = sorted(word.size for word in parts.words)
    body = sizes[len(sizes) // 2] if sizes else 0.0
    for row, after in list(zip(heads, afters, strict=False))[::-1]:
        gap = after - max(w.y1 for w in row)
        small = gap > 0 and max(word.size for word in row) < _SMALL * body
        apart = small or gap > max(row[0].size, 1.1 * usual) or (apart and gap > 0)
        if apart and not _is_inside(parts, row):
            found.append((row, plain(row), row[0].base))
    feet, rest = rows(bottom)[-_ROWS:], rows(bottom)[:-_ROWS]
    inside = [w.y1 for row in rest[-1:] for w in row] or [w.y1 for w in parts.words if w.y0 <= (1 - _EDGE) * height]
    above = max(inside, default=0.0)
    for row, before in zip(feet, [above, *(max(w.y1 for w in r) for r in feet)], strict=False):
        if not _is_inside(parts, row) and min(w.y0 for w in row) - before > max(0.35 * row[0].size, 1.1 * usual):
            found.append((row, plain(row), row[0].base))
    return found


def _usual_gap(parts: PageParts) -> float:
    """Return the space between rows of the page where most have about the same: a table fills the page."""
    body = rows([word for word in parts.words if not word.turned])
    gaps = [min(w.y0 for w in b) - max(w.y1 for w in a) for a, b in pairwise(body)]
    if len(gaps) < _MANY:
        return 0.0
    middle = sorted(gaps)[len(gaps) // 2]
    return middle if sum(abs(gap - middle) < 0.5 for gap in gaps) > 0.8 * len(gaps) else 0.0


def _is_inside(parts: PageParts, row: Sequence[Word]) -> bool:
    """Return whether vertical rules run beside the row: then it belongs to a table."""
    y = row[0].base - 2
    return sum(rule.start <= y <= rule.end for rule in parts.down) >= 2
