"""What a generator is not given: passages' parts that speak to a language model.

Marks single spans; the paragraph around one and all that stands between two go with it, since an order is seldom one
sentence. What is withheld can still be quoted: that a reader sees what a document says is the point of a quote.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from core.marks import addresses_model
from core.types import Passage
from generation.quotes import Scored

_PARAGRAPH = re.compile(r"\n\s*\n")


def given(spans: Sequence[Scored]) -> list[Scored]:
    """Return the spans that a generator may read, in their order."""
    passages = {item.passage.chunk_id: item.passage for item in spans}
    closed = {chunk_id: _closed(passage) for chunk_id, passage in passages.items()}
    return [item for item in spans if not _within(item, closed[item.passage.chunk_id])]


def _within(item: Scored, closed: tuple[int, int] | None) -> bool:
    return closed is not None and item.span.start < closed[1] and item.span.end > closed[0]


def _closed(passage: Passage) -> tuple[int, int] | None:
    """Return the part from the first to the last paragraph that speaks to a model; None where none does."""
    text = passage.text
    if not addresses_model("\n".join((passage.title, *passage.heading, text))):
        return None
    edges = [0, *(match.end() for match in _PARAGRAPH.finditer(text)), len(text)]
    marked = [(start, end) for start, end in pairwise(edges) if addresses_model(text[start:end])]
    # an order that needs two paragraphs to be one, or stands in a heading: nothing of the passage is given
    return (marked[0][0], marked[-1][1]) if marked else (0, len(text))
