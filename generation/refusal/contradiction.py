"""Sources that disagree: found among the spans that answer a question, and told instead of picking one silently.

Knows spans as `generation.evidence.quotes` scored them. Whether two statements contradict one another is decided in
`generation.english.opposition`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime

from core.types import Citation, Passage, Refusal
from generation.english.opposition import Statement, clashing, denies
from generation.english.quantities import Quantity, quantities
from generation.english.words import STOP, WORD, content, stem
from generation.evidence.quotes import Scored
from generation.question.product_names import designations

NEAR = 5.0
"""How far below the best span another may score and still count as an answer to the same question."""
MOST_READ = 12
MOST_SHOWN = 3
_OLD = """
    superseded obsolete outdated deprecated archived archive former formerly previous retired old legacy replaced
    withdrawn expired historical draft example
"""
OLD = frozenset(stem(word) for word in _OLD.split())
"""Words over a statement, or in it, which say that it no longer holds or never did."""
_KINDS = """
    guide manual handbook policy faq reference leaflet notes sheet card list plan terms rules instructions overview user
    service quick start help support information document page chapter section data
"""
KINDS = frozenset(_KINDS.split())
"""Words of titles that name the kind of a document and not what it is about."""
MANUALS = frozenset(("guide", "manual", "handbook", "reference", "sheet"))
"""Those of documents that are mostly about one product each."""


@dataclass(frozen=True, slots=True)
class _Said:
    """A span and what of it disagrees: a figure, or the whole."""

    item: Scored
    figure: Quantity | None

    @property
    def shown(self) -> str:
        if self.figure is None:
            return f"“{' '.join(self.item.text.split())}”"
        return " ".join(self.item.text[self.figure.start : self.figure.told].split())


def disagreement(question: str, scored: Sequence[Scored]) -> tuple[Refusal, tuple[Citation, ...]] | None:
    """Return the refusal to choose, and the quotes that disagree, newest first; None where the sources agree.

    `scored` is best first. The best span is compared with those near it in other documents and sections.
    """
    if not scored:
        return None
    best, names = scored[0], _names(item.passage for item in scored)
    near = (item for item in scored[1:MOST_READ] if item.score >= best.score - NEAR)
    found: list[_Said] = []
    for item in near:
        if not _elsewhere(best.passage, item.passage, names):
            continue
        if (said := _opposed(question, best, item)) is None:
            continue
        mine, theirs = said
        found = found or [mine]
        if all(_differ(theirs, each) for each in found):
            found.append(theirs)
    return _told(found[:MOST_SHOWN]) if found else None


def _opposed(question: str, best: Scored, item: Scored) -> tuple[_Said, _Said] | None:
    one, other = _statement(best), _statement(item)
    if (figures := clashing(question, one, other)) is not None:
        mine, theirs = figures
        if _knows(best.passage, theirs) or _knows(item.passage, mine):
            return None  # a page that names both figures tells them apart
        return _Said(best, mine), _Said(item, theirs)
    if denies(question, one, other):
        return _Said(best, None), _Said(item, None)
    return None


def _statement(item: Scored) -> Statement:
    lead = item.passage.text[slice(*item.span.lead)] if item.span.lead else ""
    return Statement(item.text, " ".join((item.passage.title, *item.passage.heading, lead)))


def _elsewhere(one: Passage, other: Passage, names: Set[str]) -> bool:
    """Tell whether two passages are different places that speak of the same product, both in force."""
    if one.chunk_id == other.chunk_id or (one.document_id == other.document_id and one.heading == other.heading):
        return False
    if any(OLD & set(content(_over(each))) for each in (one, other)):
        return False
    if _models(one) != _models(other):
        return False
    over = [frozenset(word.lower() for word in WORD.findall(_over(each))) for each in (one, other)]
    mine, theirs = (words & names for words in over)
    if mine <= theirs or theirs <= mine:
        return True
    if one.document_id == other.document_id:
        return False
    # "Kestrel pump" and "Merlin pump" are siblings; "Pump manual" and "Maintenance plan" may both speak of the pump
    return not (over[0] & over[1] - STOP or all(MANUALS & words for words in over))


def _models(passage: Passage) -> Set[str]:
    """Return the designations in a title, and those in headings that are no mere number of a chapter."""
    return designations(passage.title) | {each for each in designations(_over(passage)) if not each.isdigit()}


def _over(passage: Passage) -> str:
    return " ".join((passage.title, *passage.heading))


def _names(passages: Iterable[Passage]) -> Set[str]:
    """Return the words of titles and headings that no passage at hand writes in small letters: names, as it seems."""
    each = {passage.chunk_id: passage for passage in passages}.values()
    small = {word for passage in each for word in WORD.findall(passage.text) if word.islower()}
    over = {word for passage in each for word in WORD.findall(_over(passage)) if not word.islower()}
    stems = {stem(word) for word in small}
    return {low for word in over if stem(low := word.lower()) not in stems and low not in KINDS and low not in STOP}


def _knows(passage: Passage, figure: Quantity) -> bool:
    return any(figure.comparable(each) and not figure.clashes(each) for each in quantities(passage.text))


def _differ(one: _Said, other: _Said) -> bool:
    if one.figure is None or other.figure is None:
        return one.item.passage.document_id != other.item.passage.document_id
    return one.figure.comparable(other.figure) and one.figure.clashes(other.figure)


def _told(found: Sequence[_Said]) -> tuple[Refusal, tuple[Citation, ...]]:
    newest = sorted(found, key=lambda said: _age(said.item.passage), reverse=True)
    count = {2: "Two", 3: "Three"}[len(newest)]
    sides = [f"{said.shown} ({_place(said.item.passage)})" for said in newest]
    message = f"{count} sources disagree: {', '.join(sides[:-1])} and {sides[-1]}. The newest comes first."
    citations = [
        Citation(number, said.item.passage, said.item.span.start, said.item.span.end, said.item.score)
        for number, said in enumerate(newest, 1)
    ]
    return Refusal("contradictory", message), tuple(citations)


def _age(passage: Passage) -> datetime:
    return passage.updated_at or datetime.min.replace(tzinfo=UTC)


def _place(passage: Passage) -> str:
    last = passage.heading[-1] if passage.heading else ""
    name = " › ".join(dict.fromkeys(part for part in (passage.title or passage.path, last) if part))
    return f"{name}, of {passage.updated_at:%Y-%m-%d}" if passage.updated_at else name
