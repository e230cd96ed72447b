"""The sentences of the sources that phrased text may repeat: whole ones, of running text, ended by a mark.

No part of a sentence is offered, because what is left out may be its condition, its exception or its "not", and no item
of a list without its lead-in. Knows layout and marks, no language. `generation.phrasing.check` compares.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.types import Citation, Passage
from generation.evidence.parts import Part, parts
from generation.question.guard import clean

MARKS = ".!…。！ "
"""What ends a sentence that states something, and may be another mark where it is repeated."""
CLOSING = "\"'”’»)] "
_SPELLINGS = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "„": '"', "\u2010": "-", "\u2011": "-"})
_HELD = ("list", "item", "row", "table", "code", "definition", "key_value")
"""Blocks whose words need those around them: a lead-in, the name of a row or a column."""


@dataclass(frozen=True, slots=True)
class Clause:
    """A sentence of a source, spelled plainly, without hidden characters and without its final mark.

    `source` counts the passages, `number` the sentences of one: those that follow each other directly have consecutive
    numbers. `cites` are the citations that hold it. `opens` says that the sentence before it is not cited.
    """

    text: str
    source: int
    number: int
    cites: tuple[int, ...]
    opens: bool


def clauses(citations: Sequence[Citation]) -> tuple[Clause, ...]:
    """Return the sentences that citations hold as a whole, passage by passage in the order of the citations."""
    found: dict[tuple[int, str], list[Citation]] = {}
    for citation in citations:
        found.setdefault((citation.passage.chunk_id, citation.passage.text), []).append(citation)
    return tuple(clause for source, held in enumerate(found.values()) for clause in _cited(source, held))


def spelled(text: str) -> str:
    """Return the text on one line, with plain quotes, apostrophes and hyphens, in one form of Unicode."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_SPELLINGS).split())


def _cited(source: int, citations: Sequence[Citation]) -> Iterator[Clause]:
    passage = citations[0].passage
    number, end, before = 0, 0, False
    for part, usable in _sentences(passage):
        number += 2 if passage.text[end : part.start].strip() else 1
        end = part.end
        cites = _holding(part, citations)
        if cites and usable:
            text = spelled(clean(passage.text[part.start : part.end])).rstrip(MARKS)
            yield Clause(text, source, number, cites, opens=not before)
        before = bool(cites)


def _holding(part: Part, citations: Sequence[Citation]) -> tuple[int, ...]:
    """Return the citations that hold the part together, none if some of it is not cited."""
    place, cites = part.start, []
    for citation in sorted(citations, key=lambda each: (each.start, -each.end)):
        if citation.end <= place or citation.passage.text[place : citation.start].strip():
            continue
        if place < part.end:
            cites.append(citation.id)
            place = citation.end
    return tuple(sorted(cites)) if not citations[0].passage.text[place : part.end].strip() else ()


def _sentences(passage: Passage) -> Iterator[tuple[Part, bool]]:
    """Yield every part of the passage, and whether it is a sentence that can stand alone.

    What follows a colon at the end of a line is part of what the line introduces, up to the next blank line but one.
    """
    introduced, end = False, 0
    lead = False
    for part in _rejoined(passage):
        if introduced and not lead and re.search(r"\n\s*\n", passage.text[end : part.start]):
            introduced = False
        body = passage.text[part.start : part.end].rstrip(CLOSING)
        states = body.endswith(tuple(MARKS.strip())) and any(char.isalnum() for char in body)
        yield part, states and not introduced and part.kind == "sentence" and not any(map(part.inside, _HELD))
        lead = body.endswith((":", "："))
        introduced, end = introduced or lead, part.end


def _rejoined(passage: Passage) -> Iterator[Part]:
    """Yield the parts, with sentences whole that were cut for their length or after an abbreviation."""
    pending: Part | None = None
    for part in parts(passage.text, passage.blocks, code=passage.kind == "code"):
        if pending is not None and _goes_on(passage.text, pending, part):
            pending = Part(pending.kind, pending.start, part.end, pending.within)
            continue
        if pending is not None:
            yield pending
        pending = part
    if pending is not None:
        yield pending


def _goes_on(text: str, before: Part, part: Part) -> bool:
    """Return whether a part continues the sentence before it, on the same line."""
    gap = text[before.end : part.start]
    if before.kind != part.kind or gap.strip() or "\n" in gap:
        return False
    ended = text[before.start : before.end].rstrip(CLOSING).endswith((".", "!", "?", "…", "。", "！", "？"))
    return not ended or text[part.start].isdigit() or text[part.start].islower()
