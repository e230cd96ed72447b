"""Splits text into sentences by punctuation only: enough to cut long paragraphs without cutting a sentence.

Knows common abbreviations and the punctuation of Chinese and Japanese; knows no grammar.
"""

from __future__ import annotations

import re

_END = re.compile(r"(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[”’」』）]*)")
LONG_WORD = 50
"""Characters that count as one word where blanks are rarer than that."""
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|ca|approx|resp|Fig|Figs|Eq|Sec|Ch|Vol|No|Nr|Art|Abs|St|Dr|Mr|Mrs|Ms|Prof|Sr|Jr|Inc|Ltd"
    r"|Co|Corp|Dept|Tel|Ext|max|min|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|z\.B|d\.h|bzw|usw|vgl|p|pp|[A-Z]|\d{1,2}))\.$"
)
_LONGEST = 8
"""Characters of the longest abbreviation with its full stop."""
_LONG_TEXT = 1 << 20
_WORD = re.compile(r"\S+")
_BLANK = re.compile(r"\s*")
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; together they have every word of it."""
    found: list[str] = []
    start = 0
    for mark in _END.finditer(text):
        if mark.group()[0] == "." and (_goes_on(text, mark.end()) or _is_abbreviation(text, start, mark.end())):
            continue
        found.append(text[start : mark.end()].strip())
        start = mark.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def size(text: str) -> int:
    """Return a text's length in words; scripts without blanks count as two characters a word.

    What has next to no blanks at all, such as encoded data, counts by its characters.
    """
    if len(text) > _LONG_TEXT:  # a list of its words would take many times its memory
        words, wide = (sum(1 for _ in each.finditer(text)) for each in (_WORD, _CJK))
    else:
        words, wide = len(text.split()), len(_CJK.findall(text))
    return max(words + wide // 2, len(text) // LONG_WORD)


def _goes_on(text: str, at: int) -> bool:
    """Return whether the text behind a full stop begins with a small letter."""
    blank = _BLANK.match(text, at)
    return text[blank.end() : blank.end() + 1].islower() if blank else False


def _is_abbreviation(text: str, start: int, end: int) -> bool:
    return _ABBREVIATION.search(text, max(start, end - _LONGEST), end) is not None
