"""Text that gives orders to a language model: withheld from a generator, and quoted only if nothing else comes near.

`core.marks` marks sentences that give orders. The paragraph around one and everything between two of them are withheld
too, because an order is seldom one sentence. Readers may still see it, with its mark: a quote is what a document says.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.marks import part_for_models
from generation.evidence.quotes import Scored

NEAR = 8.0
"""How far below the best span, on the cross-encoder's scale, another span may score and still replace it."""


def for_generator(spans: Sequence[Scored]) -> list[Scored]:
    """Return the spans that a generator may read, in the given order."""
    passages = {item.passage.chunk_id: item.passage for item in spans}
    withheld = {
        chunk_id: part_for_models(passage.text, "\n".join((passage.title, *passage.heading)))
        for chunk_id, passage in passages.items()
    }
    return [item for item in spans if not _overlaps(item, withheld[item.passage.chunk_id])]


def preferred(spans: Sequence[Scored]) -> list[Scored]:
    """Return the spans to answer from, best first: without orders to a model, if the other spans score near them.

    Otherwise an order that repeats the question's words would be quoted instead of the answer.
    """
    rest = for_generator(spans)
    return rest if rest and rest[0].score >= spans[0].score - NEAR else list(spans)


def _overlaps(item: Scored, withheld: tuple[int, int] | None) -> bool:
    return withheld is not None and item.span.start < withheld[1] and item.span.end > withheld[0]
