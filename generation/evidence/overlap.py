"""Quotes without a model: the sentences of given passages that share most words with a text.

For lessons and corrections, where the passages are known to be right and only the place in them is looked for.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from core.types import Citation, Passage
from generation.english.words import content, count
from generation.evidence.parts import parts

WORDS = 160
MOST = 6


def nearest(text: str, passages: Sequence[Passage], *, words: int = WORDS, most: int = MOST) -> tuple[Citation, ...]:
    """Return up to `most` citations of together at most `words` words, best first, numbered from 1.

    Words count by their rarity among the parts; of equal parts the earlier one is better.
    """
    wanted = set(content(text))
    every = [(rank, each, part) for rank, each in enumerate(passages) for part in parts(each.text, each.blocks)]
    said = [set(content(passage.text[part.start : part.end])) & wanted for _, passage, part in every]
    seen = Counter(word for each in said for word in each)
    scores = [math.fsum(math.log(1 + len(every) / (1 + seen[word])) for word in each) for each in said]
    order = sorted((n for n in range(len(every)) if scores[n] > 0), key=lambda n: (-scores[n], every[n][0], n))
    made: list[Citation] = []
    room = words
    for number in order:
        _, passage, part = every[number]
        size = count(passage.text[part.start : part.end])
        if len(made) == most:
            break
        if size <= room:
            room -= size
            made.append(Citation(len(made) + 1, passage, part.start, part.end, scores[number]))
    return tuple(made)
