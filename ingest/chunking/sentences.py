"""Splits text into sentences by punctuation only: enough to cut long paragraphs without cutting a sentence.

Knows common abbreviations and the punctuation of Chinese and Japanese; knows no grammar.
"""

from __future__ import annotations

import re

_END = re.compile(r"(?:[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[”’」』）]*)")
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|ca|approx|resp|Fig|Figs|Eq|Sec|Ch|Vol|No|Nr|Art|Abs|St|Dr|Mr|Mrs|Ms|Prof|Sr|Jr|Inc|Ltd"
    r"|Co|Corp|Dept|Tel|Ext|max|min|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sep|Sept|Oct|Nov|Dec|z\.B|d\.h|bzw|usw|vgl|p|pp|[A-Z]|\d{1,2}))\.$"
)
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")


def sentences(text: str) -> list[str]:
    """Return the sentences of a text; together they have every word of it."""
    found: list[str] = []
    start = 0
    for mark in _END.finditer(text):
        following = text[mark.end() :].lstrip()[:1]
        if mark.group()[0] == "." and (following.islower() or _ABBREVIATION.search(text[start : mark.end()])):
            continue
        found.append(text[start : mark.end()].strip())
        start = mark.end()
    found.append(text[start:].strip())
    return [sentence for sentence in found if sentence]


def size(text: str) -> int:
    """Return a text's length in words; scripts without blanks count as two characters a word."""
    return len(text.split()) + len(_CJK.findall(text)) // 2
