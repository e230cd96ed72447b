"""Cleans every reader's text in the same way, so that people and programs can find a quote again.

Removes invisible characters (controls, soft hyphens, zero-width marks), expands ligatures, collapses blanks.
Words stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from core.marks import addresses_model
from core.types import Element
from ingest.hidden_text import report

_INVISIBLE = re.compile(
    "[\u200b-\u200d\u2060-\u2064\ufeff]{2,}|"  # joiners too, which alone shape letters
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\uffff"
    "\U000e0000-\U000e007f]|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{2,}"
)
_SPELLED = re.compile(
    "(?<![\U0001f3f4\U000e0000-\U000e007f])[\U000e0020-\U000e007e]+|"  # not the tags of a flag
    "[\u200b-\u200d\u2060-\u2064\ufeff]{8,}|[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}"
)
"""Runs of invisible characters that are long enough to spell something."""
_DISGUISE = re.compile("[\u202a-\u202e\u2066-\u2069]|(?<=\\w)[\u00ad\u200b\u2060-\u2064\ufeff](?=\\w)")
"""Changes of the writing direction and cuts inside words: the text then looks different from its characters."""
_SURROGATE = re.compile("[\ud800-\udfff]")
_BLANKS = re.compile(r"[^\S\n]+")
_LIGATURES = str.maketrans({"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st"})


def clean(text: str) -> str:
    """Return prose with its lines, without repeated blanks and invisible characters."""
    if text.isascii() and text.isprintable():  # most lines: nothing to remove but blanks
        return " ".join(text.split())
    text = visible(text)
    lines = (_BLANKS.sub(" ", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def one_line(text: str) -> str:
    """Return prose as a single line."""
    if text.isascii() and text.isprintable():  # nothing in it is invisible
        return " ".join(text.split())
    return " ".join(clean(text).split())


def visible(text: str) -> str:
    """Return text with its layout but without invisible characters: for code and tables."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    text = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0c", "\n"))
    shown = unicodedata.normalize("NFC", _INVISIBLE.sub("", text.translate(_LIGATURES)))
    if not text.isascii():
        _record_invisible(text, shown)
    return shown


def _record_invisible(text: str, shown: str) -> None:
    """Record invisible characters that spell something or disguise an order to a model."""
    for match in _SPELLED.finditer(text):
        spelled = "".join(chr(ord(char) - 0xE0000) for char in match.group() if 0xE0020 <= ord(char) <= 0xE007E)
        report.record("characters", spelled or "a cipher")
    if _DISGUISE.search(text) and addresses_model(shown):
        report.record("characters", shown)


def count_words(elements: Iterable[Element]) -> int:
    """Return the number of blank-separated words in the elements."""
    return sum(len(element.text.split()) for element in elements)
