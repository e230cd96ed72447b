"""Says what is usual in a document (size of body text, distance of lines) and which paragraphs are headings."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.readers.pdf.flows import Boxed, Flow
from ingest.readers.pdf.page.lines import Known
from ingest.readers.pdf.page.parts import Line
from ingest.readers.pdf.paragraphs import Para, Usual, key
from ingest.readers.pdf.tables.aligned import CAPTION
from ingest.readers.pdf.tables.found import FoundTable

_LARGER = 1.06
_SURELY_LARGER = 1.12
_NUMBERED = re.compile(r"(?:\d{1,2}|[A-Z])(?:\.\d{1,2})*\.?")
_MOST_WORDS = 22
_COLUMN_GAP = 1.5
_ENDS = ".,;:"


@dataclass(slots=True)
class Style:
    """What is usual, and the depths of headings by their sizes."""

    usual: Usual
    levels: Mapping[float, int] = field(default_factory=dict)
    tagged: bool = False
    """Whether the structure tree names headings."""
    words: Known = field(default_factory=lambda: Known())

    def level(self, para: Para, text: str) -> int | None:
        """Return a heading's depth from the bookmarks, its size or its weight; None for what is no heading."""
        outlined = self.usual.outline.get(" ".join(text.split()).casefold())
        if outlined is not None:
            return outlined
        words = text.split()
        if CAPTION.match(text):
            return None
        tag = para.lines[0].tag
        if tag is not None and tag.kind == "heading":
            return tag.level
        if tag is not None and self.tagged:
            return None
        if len(words) > _MOST_WORDS or len(para.lines) > 4 or len(text) < 2 or not any(c.isalpha() for c in text):
            return None
        if para.marker is not None and not _NUMBERED.fullmatch(para.marker.rstrip(".")):
            return None
        if sum(b.x0 - a.x1 > _COLUMN_GAP * b.size for a, b in itertools.pairwise(para.lines[0].words)) > 1:
            return None  # heads of columns
        size = para.size
        if size in self.levels and not text[0].islower():
            ends = text[-1] in _ENDS and not (text[-1] == ":" and len(para.lines) == 1 and para.gap > size)
            apart = size >= _SURELY_LARGER * self.usual.body or (not ends and len(words) <= 14)
            return self.levels[size] if apart else None
        deepest = max(self.levels.values(), default=0) + 1
        plain = len(para.lines) <= 2 and len(words) <= 14 and text[-1] not in _ENDS and size >= 0.7 * self.usual.body
        apart = para.gap > 0.3 * size or para.gap < 0
        if plain and para.bold and not para.mono and apart and not text[0].islower():
            return min(deepest + (1 if size < 0.95 * self.usual.body else 0), 6)
        return None


def style_of(flows: Sequence[Flow], outline: Mapping[str, int]) -> Style:
    """Return the style of a document from the lines of its pages."""
    sizes: Counter[float] = Counter()
    ratios: Counter[float] = Counter()
    words: Counter[str] = Counter()
    ends = 0
    tagged = False
    cut: list[tuple[str, str]] = []
    for lines in _line_runs(flows):
        for line in lines:
            sizes[line.size] += len(line.text)
            tagged = tagged or (line.tag is not None and line.tag.kind == "heading")
            words.update(word.text.lower().strip(".,;:()") for word in line.words[:-1] or line.words)
        for a, b in itertools.pairwise(lines):
            if len(a.words) > 3 and b.words[0].text[:1].islower() and not a.mono:
                ends += 1
                if a.words[-1].text[-1] in "-\ufffe\u2010":
                    cut.append((a.words[-1].text[:-1].lower(), b.words[0].text.lower().strip(".,;:()")))
            if a.size == b.size and abs(a.x0 - b.x0) < 2 and a.size:
                ratio = round((b.base - a.base) / a.size * 20) / 20
                if 0.9 <= ratio <= 2.6:
                    ratios[ratio] += min(len(a.words), 12)
    for table in tables_of(flows):
        for cell in table.cells:
            if len({round(word.base) for word in cell.words}) == 1:  # no word of a single line is cut
                words.update(word.text.lower().strip(".,;:()") for word in cell.words)
    body = max(sizes, key=lambda size: (sizes[size], size)) if sizes else 10.0
    pitch = ratios.most_common(1)[0][0] if ratios else 1.2
    larger = [size for size, count in sizes.items() if size >= _LARGER * body]
    levels: dict[float, int] = {}
    rank, first = 0, 0.0
    for size in sorted(larger, reverse=True):
        if not levels or size < 0.95 * first:
            rank, first = min(rank + 1, 6), size
        levels[size] = rank
    return Style(Usual(body, pitch, outline), levels, tagged, Known(words, _hyphenates(cut, ends, words)))


def _hyphenates(cut: Sequence[tuple[str, str]], ends: int, words: Counter[str]) -> bool:
    """Return whether words are hyphenated at line ends: what the document has elsewhere decides, else how many are."""
    whole = sum(words[head + tail] > 0 for head, tail in cut)
    hyphened = sum(words[f"{head}-{tail}"] > 0 for head, tail in cut)
    return whole > hyphened if whole or hyphened else len(cut) >= 6 and len(cut) > 0.06 * ends


def _line_runs(flows: Iterable[Flow]) -> Iterator[Sequence[Line]]:
    for flow in flows:
        run: list[Line] = []
        for piece in flow.pieces:
            if isinstance(piece, Line):
                run.append(piece)
            elif isinstance(piece, Boxed):
                yield from _line_runs(piece.flows)
        yield run


def tables_of(flows: Iterable[Flow]) -> Iterator[FoundTable]:
    for flow in flows:
        for piece in flow.pieces:
            if isinstance(piece, FoundTable):
                yield piece
            elif isinstance(piece, Boxed):
                yield from tables_of(piece.flows)


__all__ = ["Style", "key", "style_of", "tables_of"]
