"""Sources that disagree: found among the spans that answer a question, and shown instead of one chosen silently.

Knows spans as `generation.evidence.quotes` scored them. `generation.english.opposition` decides whether two statements
contradict one another.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from core.types import Citation, Passage, Refusal
from generation.english.opposition import Statement, clashing_figures, denies
from generation.english.quantities import Quantity, quantities
from generation.english.words import STOP, WORD, content, stem
from generation.evidence.quotes import Scored
from generation.question.product_names import designations

NEAR = 5.0
"""How far below the best span another span may score and still be an answer to the same question."""
MOST_READ = 12
MOST_SHOWN = 3
_OLD = """
    superseded obsolete outdated deprecated archived archive former formerly previous retired old legacy replaced
    withdrawn expired historical draft example
"""
OLD = frozenset(stem(word) for word in _OLD.split())
"""Words in the title or headings that say that a document is no longer valid, or never was."""
_KINDS = """
    guide manual handbook policy faq reference leaflet notes sheet card list plan terms rules instructions overview user
    service quick start help support information document page chapter section data
"""
KINDS = frozenset(_KINDS.split())
"""Words of titles that name the kind of a document and not its topic."""
MANUALS = frozenset(("guide", "manual", "handbook", "reference", "sheet"))
"""The kinds of documents that are mostly about one product."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a disagreement: a span, and the figure that disagrees, or None for the whole span."""

    item: Scored
    figure: Quantity | None

    @property
    def shown(self) -> str:
        if self.figure is None:
            return f"“{' '.join(self.item.text.split())}”"
        return " ".join(self.item.text[self.figure.start : self.figure.shown_end].split())


def disagreement(question: str, scored: Sequence[Scored]) -> tuple[Refusal, tuple[Citation, ...]] | None:
    """Return the refusal and the quotes that disagree, newest first; None if the sources agree.

    `scored` is best first. The best span is compared with spans of other documents and sections that score near it.
    """
    if not scored:
        return None
    best, names = scored[0], _names(item.passage for item in scored)
    near = (item for item in scored[1:MOST_READ] if item.score >= best.score - NEAR)
    found: list[_Side] = []
    for item in near:
        if not _comparable(best.passage, item.passage, names):
            continue
        if (sides := _opposed(question, best, item)) is None:
            continue
        first, other = sides
        found = found or [first]
        if all(_differ(other, each) for each in found):
            found.append(other)
    return _refusal(found[:MOST_SHOWN]) if found else None


def _opposed(question: str, best: Scored, item: Scored) -> tuple[_Side, _Side] | None:
    one, other = _statement(best), _statement(item)
    if (figures := clashing_figures(question, one, other)) is not None:
        first, second = figures
        if _states(best.passage, second) or _states(item.passage, first):
            return None  # a page with both figures says when each is right
        return _Side(best, first), _Side(item, second)
    if denies(question, one, other):
        return _Side(best, None), _Side(item, None)
    return None


def _statement(item: Scored) -> Statement:
    lead = item.passage.text[slice(*item.span.lead)] if item.span.lead else ""
    return Statement(item.text, " ".join((item.passage.title, *item.passage.heading, lead)))


def _comparable(one: Passage, other: Passage, names: Set[str]) -> bool:
    """Return whether two passages are in different sections about the same product, both valid."""
    if one.chunk_id == other.chunk_id or (one.document_id == other.document_id and one.heading == other.heading):
        return False
    if any(OLD & set(content(_headings(each))) for each in (one, other)):
        return False
    if _models(one) != _models(other):
        return False
    over = [frozenset(word.lower() for word in WORD.findall(_headings(each))) for each in (one, other)]
    here, there = (words & names for words in over)
    if here <= there or there <= here:
        return True
    if one.document_id == other.document_id:
        return False
    # "Kestrel pump" and "Merlin pump" are two products; "Pump manual" and "Maintenance plan" may be about one pump
    return not (over[0] & over[1] - STOP or all(MANUALS & words for words in over))


def _models(passage: Passage) -> Set[str]:
    """Return the designations of the title, and those of the headings that are not only a chapter number."""
    return designations(passage.title) | {each for each in designations(_headings(passage)) if not each.isdigit()}


def _headings(passage: Passage) -> str:
    return " ".join((passage.title, *passage.heading))


def _names(passages: Iterable[Passage]) -> Set[str]:
    """Return the words of titles and headings that no passage writes in lower case: probably names."""
    each = {passage.chunk_id: passage for passage in passages}.values()
    small = {word for passage in each for word in WORD.findall(passage.text) if word.islower()}
    over = {word for passage in each for word in WORD.findall(_headings(passage)) if not word.islower()}
    stems = {stem(word) for word in small}
    return {low for word in over if stem(low := word.lower()) not in stems and low not in KINDS and low not in STOP}


def _states(passage: Passage, figure: Quantity) -> bool:
    return any(figure.comparable(each) and not figure.clashes(each) for each in quantities(passage.text))


def _differ(one: _Side, other: _Side) -> bool:
    if one.figure is None or other.figure is None:
        return one.item.passage.document_id != other.item.passage.document_id
    return one.figure.comparable(other.figure) and one.figure.clashes(other.figure)


def _refusal(found: Sequence[_Side]) -> tuple[Refusal, tuple[Citation, ...]]:
    newest = sorted(found, key=lambda side: _age(side.item.passage), reverse=True)
    count = {2: "Two", 3: "Three"}[len(newest)]
    sides = [f"{side.shown} ({_source(side.item.passage)})" for side in newest]
    message = f"{count} sources disagree: {', '.join(sides[:-1])} and {sides[-1]}. The newest comes first."
    citations = [
        Citation(number, side.item.passage, side.item.span.start, side.item.span.end, side.item.score)
        for number, side in enumerate(newest, 1)
    ]
    return Refusal("contradictory", message), tuple(citations)


def _age(passage: Passage) -> datetime:
    return passage.updated_at or datetime.min.replace(tzinfo=UTC)


def _source(passage: Passage) -> str:
    last = passage.heading[-1] if passage.heading else ""
    name = " › ".join(dict.fromkeys(part for part in (passage.title or passage.path, last) if part))
    return f"{name}, of {passage.updated_at:%Y-%m-%d}" if passage.updated_at else name
