"""Joins words to lines and lines to the text of a paragraph or of code. Words of one line have about one baseline."""

from __future__ import annotations

import itertools
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median

from ingest.blocks.nodes import Inline
from ingest.cleaning import clean, one_line, visible
from ingest.readers.pdf.page.glyphs import HYPHEN
from ingest.readers.pdf.page.parts import Line, Word, joined, measured

_APART = 1.2
"""A gap in font sizes after which another line begins: the next column, the next cell."""
_BASE = 0.5
"""How far, in font sizes, raised and lowered type may be from its line."""
_CLOSING = "?!,;)]"
_MOST_COLUMNS_OF_CODE = 400


@dataclass(frozen=True, slots=True)
class Known:
    """The words of a document, in lower case, and whether it hyphenates words at line ends."""

    words: Counter[str] = field(default_factory=Counter)
    hyphenates: bool = True


def rows(words: Iterable[Word]) -> list[list[Word]]:
    """Return words by their baselines from top to bottom, each row from left to right."""
    found: list[list[Word]] = []
    base = size = 0.0
    for word in sorted(words, key=lambda each: each.base):
        if found and word.base - base <= _BASE * max(size, word.size):
            found[-1].append(word)
            if word.size > size:
                base, size = word.base, word.size
        else:
            found.append([word])
            base, size = word.base, word.size
    for row in found:
        row.sort(key=lambda each: (each.x0, each.order))
    return found if not any(_is_tangled(row) for row in found) else _apart(found)


def _apart(found: Sequence[list[Word]]) -> list[list[Word]]:
    """Part the rows that are tangled; a single mark below such a row may belong to one of its lines."""
    apart: list[list[Word]] = []
    pending = list(found)[::-1]
    while pending:
        row = pending.pop()
        if _is_tangled(row):
            while pending and len(pending[-1]) == 1:
                row = row + pending.pop()
            apart += _untangled(row)
        else:
            apart.append(row)
    return apart


def _is_tangled(row: Sequence[Word]) -> bool:
    """Return whether words of a row stand over one another: a large mark has joined two lines."""
    return any(_stand_over(a, b) for a, b in itertools.pairwise(row))


def _stand_over(one: Word, other: Word) -> bool:
    size = min(one.size, other.size)
    over = min(one.x1, other.x1) - max(one.x0, other.x0) > 0.3 * size
    return over and abs(one.base - other.base) > 0.6 * size


def _untangled(row: Sequence[Word]) -> list[list[Word]]:
    """Return the lines of a row: words of one baseline, each with those that are raised, lowered or larger."""
    levels: dict[float, list[Word]] = {}
    for word in row:
        base = next((each for each in levels if abs(each - word.base) <= 0.15 * word.size), word.base)
        levels.setdefault(base, []).append(word)
    found: dict[float, list[Word]] = {}
    for base in sorted(levels, key=lambda each: -sum(len(word.text) for word in levels[each])):
        words = levels[base]
        fits = [
            each for each, line in found.items()
            if abs(each - base) <= _BASE * max(word.size for word in (*line, *words))
            and not any(_stand_over(a, b) for a in words for b in line)
        ]  # fmt: skip
        if fits:
            tops = {each: min(abs(each - base), abs(found[each][0].y0 - words[0].y0)) for each in fits}
            found[min(fits, key=tops.__getitem__)] += words
        else:
            found[base] = list(words)
    return [sorted(found[base], key=lambda each: (each.x0, each.order)) for base in sorted(found)]


def segments(row: Sequence[Word], apart: float = _APART) -> list[list[Word]]:
    """Return the words of a row in groups between gaps of more than `apart` font sizes."""
    found: list[list[Word]] = []
    right = 0.0
    for word in row:
        if found and word.x0 - right <= apart * max(word.size, found[-1][-1].size):
            found[-1].append(word)
        else:
            found.append([word])
            right = word.x1
        right = max(right, word.x1)
    return found


def line(words: Sequence[Word]) -> Line:
    """Return the line of words of one row, in the order in which they are read."""
    return measured(in_order(words))


def in_order(words: Sequence[Word]) -> list[Word]:
    """Return words in reading order: from the right where most letters are of a script written so."""
    if not runs_left(words):
        return list(words)
    found: list[Word] = []
    run: list[Word] = []
    for word in sorted(words, key=lambda each: -each.x0):
        if runs_left([word]) or not any(c.isalnum() for c in word.text):
            found += run[::-1]
            run = []
            found.append(word)
        else:
            run.append(word)  # Latin words and numbers inside keep their own direction
    return found + run[::-1]


def runs_left(words: Iterable[Word]) -> bool:
    """Return whether most letters are written from right to left."""
    letters = "".join(word.text for word in words)
    if letters.isascii():
        return False
    left = sum(unicodedata.bidirectional(c) in {"R", "AL"} for c in letters)
    return left > sum(unicodedata.bidirectional(c) == "L" for c in letters)


def lines(words: Iterable[Word]) -> list[Line]:
    """Return the lines of words that belong together, such as those of a cell, from top to bottom."""
    return [line(row) for row in rows(words)]


def cell_text(words: Iterable[Word], known: Known, right: float | None = None, exact: bool = False) -> str:
    """Return the words of a cell as a single line. `right` is where its column's text may reach to, and `exact`
    that its longest line reaches there, as the longest word of a column does.
    """
    found = lines(words)
    texts: list[str] = []
    for at, each in enumerate(found):
        text = each.text
        if at and _is_cut(texts[-1].rsplit(" ", 1)[-1], found[at - 1], each, right, known, exact):
            texts[-1] += text
        else:
            texts.append(text)
    return one_line(unwrapped(texts, known))


def _is_cut(begun: str, above: Line, below: Line, right: float | None, known: Known, exact: bool) -> bool:
    """Return whether a word was cut because it is longer than its cell is wide: the line is full to the end."""
    last, first = above.words[-1], below.words[0]
    if first.text[0] in _CLOSING and not any(c.isalnum() for c in first.text) and last.text[-1:].isalnum():
        return True
    if last.text[-1:] in "-,.;:)" or (not first.text[:1].isalnum() and first.text[:1] not in "_+-"):
        return False
    whole = (begun + first.text).lower()
    if known.words[whole] > 0 and not known.words[first.text.lower()] > 1:
        return True
    if first.text[0] == "_" and len(first.text) > 1 and last.text[-1:].isalnum():
        return True
    if "_" in whole and any(word.startswith(whole) for word in known.words):
        return True
    if first.text.islower() and len(first.text) <= 4 and len(above.words) == 1 and right is not None:
        unknown = not known.words[first.text] and not known.words[begun.lower()]
        letter = (first.x1 - first.x0) / len(first.text)
        if unknown and right - above.x1 < letter:
            return True
    if right is not None and not exact and (len(above.words) == 1 or above.words[-1].glued):
        room = right - above.x1
        letter = (first.x1 - first.x0) / max(len(first.text), 1)
        if room < (1.0 if first.mono and last.mono else 0.9) * letter and (
            first.text[0].islower() or not first.text[0].isalpha()
        ):
            separate = known.words[last.text.lower()] > 1 and known.words[first.text.lower()] > 1
            return not separate or known.words[whole] > 0 or whole.isdigit()
    return False


def unwrapped(texts: Sequence[str], known: Known) -> str:
    """Join lines and words hyphenated at a line end; the hyphen stays where the document has the word with it."""
    if not texts:
        return ""
    text = texts[0]
    for each in texts[1:]:
        if text.endswith((HYPHEN, "\u2010")) or (text.endswith("-") and each[:1].islower() and text[-2:-1].isalpha()):
            text = _dehyphenated(text, each, known)
        elif _is_one_word(text, each):
            text += each
        else:
            text = f"{text} {each}"
    return clean(text.replace(HYPHEN, "-"))


def _is_one_word(text: str, rest: str) -> bool:
    """Return whether a line ended inside a word: after a hyphen, or after a slash of an address or a path."""
    if text.endswith("-") and (rest.startswith("-") or (text.endswith((" --", "/--")) and rest[:1].isalnum())):
        return True
    if text.endswith(("-", "+", "_")):
        return text[-2:-1].isalnum() and rest[:1].isalnum()
    if not text.endswith("/") or not text[-2:-1].isalnum() or not rest[:1].isalnum():
        return False
    last, first = text.rsplit(" ", 1)[-1], rest.split(" ", 1)[0]
    return last.count("/") == 1 or any(c in "/_.?=" for c in first[1:-1])


def _dehyphenated(text: str, rest: str, known: Known) -> str:
    first = text.rstrip("-\u2010" + HYPHEN)
    head, tail = (first.split() or [""])[-1], (rest.split() or [""])[0].rstrip(".,;:()")
    with_hyphen, without = (
        known.words[f"{head}-{tail}".lower().strip("(")],
        known.words[(head + tail).lower().strip("(")],
    )
    both = known.words[head.lower()] > 0 and known.words[tail.lower()] > 0
    if with_hyphen > without or (with_hyphen == without and (both or not known.hyphenates)):
        return f"{first}-{rest}"
    return first + rest


def links(words: Iterable[Word], text: str) -> tuple[Inline, ...]:
    """Return the links in a text that was made of words."""
    return linked([word.link for word in words if word.link is not None], text)


def linked(targets: Iterable[tuple[str, str]], text: str) -> tuple[Inline, ...]:
    """Return the links in a text, given each target with the first word of its link, in order."""
    found: list[Inline] = []
    at = 0
    for target, first in targets:
        suffix = f" ({target})"
        end = text.find(suffix, at)
        if end < 0:
            continue
        start = text.rfind(first, at, end)
        found.append(Inline("link", start if start >= 0 else end + 1, end + len(suffix), target))
        at = end + len(suffix)
    return tuple(found)


def code_text(found: Sequence[Line]) -> str:
    """Return lines of code with their indents, and with one empty line where the gap is large."""
    widths = [(w.x1 - w.x0) / len(w.text) for each in found for w in each.words if w.mono and w.text]
    step = median(widths) if widths else 1.0
    step = step if step > 0.5 else 1.0
    left = min(each.x0 for each in found)
    pitches = [b.base - a.base for a, b in itertools.pairwise(found) if b.base > a.base]
    pitch = min(pitches, default=0.0)
    texts: list[str] = []
    for at, each in enumerate(found):
        if at and pitch and each.base - found[at - 1].base > 1.6 * pitch:
            texts.append("")
        texts.append(_columns(each.words, left, step))
    return visible("\n".join(texts)).replace(HYPHEN, "-")


def _columns(words: Sequence[Word], left: float, step: float) -> str:
    text = ""
    for word in words:
        column = min(round((word.x0 - left) / step), _MOST_COLUMNS_OF_CODE)
        if not word.glued:
            text += " " * max(column - len(text), 1 if text else 0)
        text += word.text
    return text


def plain(words: Sequence[Word]) -> str:
    return one_line(joined(words).replace(HYPHEN, "-"))
