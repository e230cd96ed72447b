"""Sources that disagree: two documents whose answers have other figures, shown instead of one chosen silently.

Compares figures with the word that follows them, in any language: "24 months" and "36 months" are two answers to one
question, "24 months" and "3,000 cups" are not. Sources that deny one another in words are not found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.types import Citation, Passage, Refusal
from generation.english.words import content, fold, stem
from generation.evidence.reading import Evidence, ReadPart, ReadPassage
from generation.question.names import keys

SURE = 1.0
"""Logit from which a passage is taken to answer, and a part to be the answer."""
MOST_SHOWN = 3
_FIGURE = re.compile(
    r"(?P<before>[$€£¥]\s?)?(?P<number>\d+(?:[.,' ]\d+)*)\s?(?P<unit>°\s?[CF]\b|%|[^\W\d_]+)?", re.UNICODE
)
_RANGE = re.compile(r"\d+(?:[.,]\d+)*\s?(?:[-–—]|[^\W\d_]{1,3}\s)\s?\d+(?:[.,]\d+)*", re.UNICODE)
"""Two numbers with a dash or a small word between: "4 to 6", which is no figure that another one contradicts."""


@dataclass(frozen=True, slots=True)
class _Side:
    """An answer: a part of a passage, and the figure in it that disagrees."""

    read: ReadPassage
    part: ReadPart
    figure: str


def disagreement(question: str, evidence: Evidence) -> tuple[Refusal, tuple[Citation, ...]] | None:
    """Return the refusal and the quotes that disagree, newest first; None if the sources agree."""
    best, *others = evidence.passages
    asked = {stem(fold(word)) for word in content(question)}
    found: list[_Side] = []
    for other in others:
        if other.answers < SURE or not _comparable(best.passage, other.passage):
            continue
        if (sides := _opposed(best, other, asked)) is not None:
            found = found or [sides[0]]
            if all(sides[1].figure != each.figure for each in found):
                found.append(sides[1])
    return _refusal(found[:MOST_SHOWN]) if len(found) > 1 else None


def _comparable(one: Passage, other: Passage) -> bool:
    """Return whether two passages are in different documents that are about the same names."""
    if one.document_id == other.document_id:
        return False
    here, there = keys(_over(one)), keys(_over(other))
    return not (here - there and there - here)


def _opposed(best: ReadPassage, other: ReadPassage, asked: set[str]) -> tuple[_Side, _Side] | None:
    first, second = (max(each.parts, key=lambda part: part.logit) for each in (best, other))
    if min(first.logit, second.logit) < SURE:
        return None
    one, two = _text(best, first), _text(other, second)
    if not _same_subject(one, two, asked):
        return None
    here, there = _figures(one), _figures(two)
    differ = [unit for unit in here if unit in there and here[unit][0] != there[unit][0]]
    if len(differ) != 1:  # at another temperature it takes another time
        return None
    (unit,) = differ
    if _states(other.passage, unit, here[unit][0]) or _states(best.passage, unit, there[unit][0]):
        return None
    return _Side(best, first, here[unit][1]), _Side(other, second, there[unit][1])


def _same_subject(one: str, other: str, asked: set[str]) -> bool:
    """Return whether one of two parts has every word of the other but its figures, among them one that is asked for.

    If each has a word of its own, they may be about two things: "of the device", "of the battery".
    """
    here, there = ({word for word in content(text) if not any(map(str.isdigit, word))} for text in (one, other))
    return (here <= there or there <= here) and bool(asked & here & there)


def _figures(text: str) -> dict[str, tuple[str, str]]:
    """Return the figures by their unit, those whose unit is said once: number and how it is written."""
    found: dict[str, list[tuple[str, str]]] = {}
    for match in _FIGURE.finditer(_RANGE.sub(" ", text)):
        unit = (match["unit"] or match["before"] or "").strip().casefold()
        if unit:
            number = re.sub(r"[^\d]", "", match["number"])
            found.setdefault(stem(unit), []).append((number, " ".join(match.group().split())))
    return {unit: each[0] for unit, each in found.items() if len(each) == 1}


def _states(passage: Passage, unit: str, number: str) -> bool:
    """Return whether a passage also has that figure: then it says when each is right."""
    return any(
        stem((match["unit"] or match["before"] or "").strip().casefold()) == unit
        and re.sub(r"[^\d]", "", match["number"]) == number
        for match in _FIGURE.finditer(passage.text)
    )


def _text(read: ReadPassage, part: ReadPart) -> str:
    return read.passage.text[part.part.start : part.part.end]


def _over(passage: Passage) -> str:
    return " ".join((passage.title, *passage.heading))


def _refusal(found: Sequence[_Side]) -> tuple[Refusal, tuple[Citation, ...]]:
    newest = sorted(found, key=lambda side: _age(side.read.passage), reverse=True)
    count = {2: "Two", 3: "Three"}[len(newest)]
    sides = [f"{side.figure} ({_source(side.read.passage)})" for side in newest]
    message = f"{count} sources disagree: {', '.join(sides[:-1])} and {sides[-1]}. The newest comes first."
    citations = [
        Citation(number, side.read.passage, side.part.part.start, side.part.part.end, side.part.logit)
        for number, side in enumerate(newest, 1)
    ]
    return Refusal("contradictory", message), tuple(citations)


def _age(passage: Passage) -> datetime:
    return passage.updated_at or datetime.min.replace(tzinfo=UTC)


def _source(passage: Passage) -> str:
    last = passage.heading[-1] if passage.heading else ""
    name = " › ".join(dict.fromkeys(part for part in (passage.title or passage.path, last) if part))
    return f"{name}, of {passage.updated_at:%Y-%m-%d}" if passage.updated_at else name
