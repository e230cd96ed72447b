"""The same small tidying for every reader's text, so that a quote can be found again by eye and by machine.

Removes what no one sees (controls, soft hyphens, zero-width marks), unfolds ligatures, evens out blanks. Words stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from core.types import Element

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufff9-\uffff]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]+")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


def clean(text: str) -> str:
    """Return prose on the lines it came on, blanks evened out, nothing invisible left."""
    text = visible(text)
    lines = (_BLANKS.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def one_line(text: str) -> str:
    """Return prose as a single line."""
    return " ".join(clean(text).split())


def visible(text: str) -> str:
    """Return text with its layout, without what no one sees: what code and tables need."""
    text = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text.translate(_LIGATURES)))


def row(cells: Iterable[str]) -> str:
    """Return a table's row as one line, cells joined by " | "."""
    return " | ".join(one_line(cell) for cell in cells).strip()


def table_text(rows: Iterable[Iterable[str]]) -> str:
    """Return rows as lines; rows and columns that are empty throughout are left out."""
    grid = [[one_line(cell) for cell in line] for line in rows]
    width = max((len(line) for line in grid), default=0)
    padded = [line + [""] * (width - len(line)) for line in grid if any(line)]
    used = [column for column in range(width) if any(line[column] for line in padded)]
    return "\n".join(" | ".join(line[column] for column in used).rstrip(" |") for line in padded)


def words(elements: Iterable[Element]) -> int:
    """Return how many blank-separated words the elements hold."""
    return sum(len(element.text.split()) for element in elements)
