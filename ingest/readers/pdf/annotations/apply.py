"""Puts what `added` found among the words of a page: ticked boxes, targets behind links. Takes out struck words.

Knows words and places, not pdfium.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.account import left_out
from ingest.blocks.nodes import Node, paragraph
from ingest.readers.pdf.annotations.added import Added
from ingest.readers.pdf.page.glyphs import Affine
from ingest.readers.pdf.page.parts import Area, PageParts, Word

_BAND = 24
"""Points: the height of the stripes of a page in which the words of a link are looked for."""
_NEAR = 1.5
"""Points around a field within which its frame is drawn."""
_ABSOLUTE = re.compile(r"(?:https?://|mailto:|tel:)\S+", re.IGNORECASE)
_SCHEME = re.compile(r"^(?:https?://|mailto:|tel:)?(?:www\.)?", re.IGNORECASE)


def apply(added: Added, parts: PageParts, affine: Affine) -> None:
    """Change the words of a page."""
    _strike(parts, [Area(*affine.box(*bounds)) for bounds in added.struck])
    _link(parts, added, affine)
    parts.added += [Area(*affine.box(*bounds)) for bounds in added.drawn]
    for number, area in enumerate(parts.added):
        _fill(number, [word for word in parts.words if word.field < 0 and _is_on(word, [area])], parts.words)
    for number, (text, bounds) in enumerate(added.texts, start=len(parts.added)):
        if text:
            parts.words.append(_word(text, Area(*affine.box(*bounds)), parts.words, number))


def take_out_frames(parts: PageParts) -> None:
    """Take the frames and grounds of form fields out of what the page draws: they are no boxes around text."""
    for area in parts.added:
        x0, y0, x1, y1 = area.x0 - _NEAR, area.y0 - _NEAR, area.x1 + _NEAR, area.y1 + _NEAR
        parts.fills = [f for f in parts.fills if not (f.x0 >= x0 and f.x1 <= x1 and f.y0 >= y0 and f.y1 <= y1)]
        parts.across = [r for r in parts.across if not (y0 <= r.at <= y1 and r.start >= x0 and r.end <= x1)]
        parts.down = [r for r in parts.down if not (x0 <= r.at <= x1 and r.start >= y0 and r.end <= y1)]
        parts.dots = [d for d in parts.dots if not area.holds((d.x0 + d.x1) / 2, (d.y0 + d.y1) / 2)]


def comments(added: Added, parts: PageParts, affine: Affine) -> list[Node]:
    """Return the comments on a page as notes, from top to bottom."""
    found = []
    for text, bounds in added.comments:
        box = parts.frame.box(*affine.box(*bounds))
        inside = [paragraph(text, parts.frame.page, (box,))]
        found.append(Node("note", label="comment", children=inside, page=parts.frame.page, boxes=(box,)))
    return sorted(found, key=lambda node: (node.boxes[0].y0, node.boxes[0].x0))


def _fill(number: int, inside: Sequence[Word], words: Sequence[Word]) -> None:
    """Say which field words are in, and put a line of them onto the line of its label at the left."""
    for word in inside:
        word.field, word.mark = number, -1
    if not inside or max(word.base for word in inside) - min(word.base for word in inside) > 1:
        return
    first = min(inside, key=lambda word: word.x0)
    labels = [
        word for word in words
        if word.field < 0 and not word.turned
        and word.x1 <= first.x0 + 1 and abs(word.base - first.base) < 0.6 * first.size
    ]  # fmt: skip
    label = max(labels, key=lambda word: word.x1, default=None)
    if label is not None:
        for word in inside:
            word.base, word.y0, word.y1 = label.base, label.y0, label.y1


def _word(text: str, area: Area, words: Sequence[Word], number: int) -> Word:
    """Return a word in the place of a field, in the type and on the line of the word next to it."""
    middle = (area.y0 + area.y1) / 2
    beside = [word for word in words if word.y0 <= middle <= word.y1 and not word.turned]
    near = min(beside, key=lambda word: min(abs(word.x0 - area.x1), abs(area.x0 - word.x1)), default=None)
    size = near.size if near else min(max(area.y1 - area.y0, 6.0), 12.0)
    base = near.base if near else area.y1 - 0.2 * size
    top, bottom = (near.y0, near.y1) if near else (area.y0, area.y1)
    right = max(area.x1, area.x0 + 1)
    return Word(text, area.x0, top, right, bottom, base, size, False, False, False, len(words), field=number)


def _strike(parts: PageParts, areas: Sequence[Area]) -> None:
    struck = [word for word in parts.words if _is_on(word, areas)]
    if struck:
        left_out("struck", " ".join(word.text for word in struck))
        gone = {id(word) for word in struck}
        parts.words = [word for word in parts.words if id(word) not in gone]


def _link(parts: PageParts, added: Added, affine: Affine) -> None:
    """Write the target behind the last word of a link; links to one target that follow one another are one."""
    runs: list[tuple[str, list[Word]]] = []
    bands: dict[int, list[Word]] = {}
    for word in parts.words:
        bands.setdefault(int((word.y0 + word.y1) / 2 / _BAND), []).append(word)
    for link in added.links:
        if not _ABSOLUTE.fullmatch(link.target):
            continue
        areas = [Area(*affine.box(*bounds)) for bounds in link.areas]
        near = {band for area in areas for band in range(int(area.y0 / _BAND), int(area.y1 / _BAND) + 1)}
        beside = [word for band in near for word in bands.get(band, ())]
        words = sorted((word for word in beside if _is_on(word, areas)), key=lambda word: word.order)
        if not words:
            continue
        if runs and runs[-1][0] == link.target and words[0].order - runs[-1][1][-1].order in {0, 1}:
            runs[-1][1].extend(words)
        else:
            runs.append((link.target, words))
    for target, words in runs:
        if not _says(target, words):
            words[-1].link = target, words[0].text
            words[-1].text += f" ({target})"


def _says(target: str, words: Sequence[Word]) -> bool:
    """Return whether the text of a link is its target, or the beginning of it."""
    shown = _SCHEME.sub("", "".join(word.text for word in words)).strip("/<>()[]., …").casefold()
    is_address = any(char in shown for char in ".@") or shown.lstrip("+").isdigit()
    return len(shown) > 3 and is_address and shown in _SCHEME.sub("", target).casefold()


def _is_on(word: Word, areas: Sequence[Area]) -> bool:
    return any(area.holds(word.middle, (word.y0 + word.y1) / 2) for area in areas)
