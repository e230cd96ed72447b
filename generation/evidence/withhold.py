"""What passages say to a language model: kept from a generator, and quoted only where nothing else comes near.

A sentence that gives orders is marked (`core.marks`); the paragraph around it and all that stands between two of them
go with it, since an order is seldom one sentence. Readers may still be shown it, with its mark: a quote is what a
document says.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.marks import part_for_models
from generation.evidence.quotes import Scored

NEAR = 8.0
"""How far below the best span, on the cross-encoder's scale, another may score and still answer in its place."""


def given(spans: Sequence[Scored]) -> list[Scored]:
    """Return the spans that a generator may read, in their order."""
    passages = {item.passage.chunk_id: item.passage for item in spans}
    closed = {
        chunk_id: part_for_models(passage.text, "\n".join((passage.title, *passage.heading)))
        for chunk_id, passage in passages.items()
    }
    return [item for item in spans if not _within(item, closed[item.passage.chunk_id])]


def preferred(spans: Sequence[Scored]) -> list[Scored]:
    """Return the spans to answer from, best first: without what speaks to a model, if the rest comes near it.

    An order that repeats the question's words would else be quoted in place of the answer.
    """
    rest = given(spans)
    return rest if rest and rest[0].score >= spans[0].score - NEAR else list(spans)


def _within(item: Scored, closed: tuple[int, int] | None) -> bool:
    return closed is not None and item.span.start < closed[1] and item.span.end > closed[0]
