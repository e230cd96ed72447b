"""Reads one page of a scan: turns its picture upright, reads it, and makes nodes with boxes on the page as shown.

A page that is no text gives no nodes: what was read says so (`nonsense`), and `told` makes warnings of that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from statistics import median

from PIL import Image

from core.types import Box
from ingest.account import left_out
from ingest.blocks.nodes import Node
from ingest.readers.scans.judge import DOUBTFUL, is_nonsense
from ingest.readers.scans.lines import Segment
from ingest.readers.scans.missed import missed_words
from ingest.readers.scans.order import Part, parts
from ingest.readers.scans.paragraphs import text_nodes
from ingest.readers.scans.rules import Grid, without_rules
from ingest.readers.scans.tables import gap_table, in_cells, is_filled, ruled_table
from ingest.readers.scans.turning import turned_back, upright
from ingest.readers.scans.words import Word, levelled, quality, read_words

_NOISE = 30.0
"""A word with less confidence, in per cent, is a speck or a line of a drawing."""
_MOST_PAGES = 8
"""Pages that a warning names."""


@dataclass(frozen=True, slots=True)
class Scanned:
    """What was read on a page: nodes, the confidence in per cent (0 without words), and whether it was no text."""

    page: int
    nodes: tuple[Node, ...] = ()
    confidence: float = 0.0
    nonsense: bool = False
    script: str | None = None


def read_page(image: Image.Image, page: int, languages: str, advice: str) -> Scanned:
    """Return what is on a page. Raises DocumentRejected when tesseract lacks a language."""

    def read(picture: Image.Image, layout: int) -> list[Word]:
        return read_words(picture, languages, advice, layout)

    found = upright(image, read)
    sure = quality(found.words)
    if is_nonsense(found.words):
        left_out("gibberish", " ".join(word.text for word in found.words))
        return Scanned(page, (), sure, True, found.script)
    cleared, grids = without_rules(found.image)
    words = [word for word in found.words if not _is_noise(word)]
    words += missed_words(cleared, grids, words, read)
    straight = levelled(words)
    shown = {id(now): then for now, then in zip(straight, words, strict=True)}
    boxed = partial(_box, shown=shown, size=found.image.size, page=page, turn=found.turn)
    return Scanned(page, tuple(_nodes(straight, grids, page, boxed)), sure, False, found.script)


def told(pages: Sequence[Scanned], languages: str) -> list[str]:
    """Return the warnings about the pages of one document."""
    warnings = []
    nonsense = [each for each in pages if each.nonsense]
    if nonsense:
        scripts = {each.script for each in nonsense if each.script not in {None, "Latin"}}
        why = (
            f"it seems to be in the script {', '.join(sorted(str(each) for each in scripts))}, and VOUCH_OCR_LANGUAGES "
            f"is {languages!r}"
            if scripts
            else "it may hold a drawing, handwriting, or a language that VOUCH_OCR_LANGUAGES does not name"
        )
        warnings.append(f"{_named(nonsense)} could not be read and {_was(nonsense)} left out: {why}.")
    doubtful = [each for each in pages if not each.nonsense and each.nodes and each.confidence < DOUBTFUL]
    if doubtful:
        least, most = (round(pick(each.confidence for each in doubtful)) for pick in (min, max))
        sure = f"{least} %" if least == most else f"{least} to {most} %"
        what = "it" if len(doubtful) == 1 else "them"
        warnings.append(f"{_named(doubtful)} {_was(doubtful)} read with a confidence of {sure}; check {what}.")
    return warnings


def _named(pages: Sequence[Scanned]) -> str:
    numbers = [str(each.page) for each in pages]
    if len(numbers) == 1:
        return f"Page {numbers[0]}"
    if len(numbers) > _MOST_PAGES:
        return f"{len(numbers)} pages ({', '.join(numbers[:_MOST_PAGES])}, …)"
    return f"Pages {', '.join(numbers[:-1])} and {numbers[-1]}"


def _was(pages: Sequence[Scanned]) -> str:
    return "was" if len(pages) == 1 else "were"


def _is_noise(word: Word) -> bool:
    if all(char in "|_—–-=~.,:;'\"`[](){}/\\" for char in word.text) and word.confidence < 80:
        return word.text not in {"-", "–", "—"} or word.confidence < _NOISE
    if word.confidence < _NOISE:
        left_out("gibberish", word.text)
        return True
    return False


def _nodes(words: Sequence[Word], grids: Sequence[Grid], page: int, boxed: partial[Box]) -> list[Node]:
    body = _body(words)
    segments, inside = [], dict[int, list[Word]]()
    taken: set[int] = set()
    for at, grid in enumerate(grids):
        cells = in_cells(grid, [word for word in words if id(word) not in taken])
        if is_filled(cells):
            inside[at] = [word for some in cells.values() for word in some]
            taken |= {id(word) for word in words if _is_in(word, grid)}
            segments.append(Segment((), grid.x0, grid.y0, grid.x1, grid.y1, grid))
    segments += [Segment((w,), w.x0, w.y0, w.x1, w.y1) for w in words if id(w) not in taken]
    ruled = {id(grids[at]): some for at, some in inside.items()}
    nodes: list[Node] = []
    for part in parts(segments):
        nodes += _part(part, ruled, body, page, boxed)
    return nodes


def _is_in(word: Word, grid: Grid) -> bool:
    return grid.x0 <= (word.x0 + word.x1) / 2 <= grid.x1 and grid.y0 <= word.middle <= grid.y1


def _part(part: Part, ruled: dict[int, list[Word]], body: float, page: int, boxed: partial[Box]) -> list[Node]:
    if part.ruled is not None and part.ruled.grid is not None:
        found = ruled_table(part.ruled.grid, ruled[id(part.ruled.grid)], page, boxed)
        return [found] if found is not None else []
    if part.is_table:
        found = gap_table(part.rows, page, boxed)
        return [found] if found is not None else []
    return text_nodes(part.rows, body, page, boxed, _is_text)


def _is_text(words: Sequence[Word]) -> bool:
    """Return whether a paragraph is text; noise on a page of text is left out and counted."""
    if not is_nonsense(words):
        return True
    left_out("gibberish", " ".join(word.text for word in words))
    return False


def _body(words: Sequence[Word]) -> float:
    """Return the height of most of the type."""
    sizes = [word.size or word.y1 - word.y0 for word in words for _ in range(min(len(word.text), 20))]
    return median(sizes) if sizes else 20.0


def _box(words: Sequence[Word], *, shown: dict[int, Word], size: tuple[int, int], page: int, turn: int) -> Box:
    width, height = size
    places = [shown.get(id(word), word) for word in words]
    box = Box(
        page,
        _fraction(min(word.x0 for word in places), width),
        _fraction(min(word.y0 for word in places), height),
        _fraction(max(word.x1 for word in places), width),
        _fraction(max(word.y1 for word in places), height),
    )
    return turned_back(box, turn)


def _fraction(at: float, whole: int) -> float:
    return round(min(max(at / whole, 0.0), 1.0), 4)
