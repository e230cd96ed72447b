"""Lessons for the base adapter: what the small model is taught before it meets anybody's documents.

A judged question, the evidence that the product's own search and span selection give for it, and the sentences of that
evidence that answer it; or, where the judged documents were withheld, the sentence that says so. Knows no index and no
tokenizer; where the questions come from is told in docs/decisions/0068.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from core.types import Citation
from generation.english.words import count
from generation.evidence.cite import distinct
from generation.evidence.quotes import EVIDENCE, Scored, choose
from generation.evidence.spans import BULLET, split
from generation.phrasing.check import check_sentence
from generation.phrasing.phrase import DECLINED
from generation.phrasing.prompt import Example
from learning.dataset.lessons import Lesson

WORDS = 60
"""Words of a target at most: one or two sentences."""
SENTENCES = 3
SHOWN_EXAMPLES = 0.15
"""Share of lessons that have an approved answer to another question before them, so that one is not copied later."""
_LEAD = re.compile(r"[:：]$")


@dataclass(frozen=True, slots=True)
class Judged:
    """A question, the paths of the documents that answer it, and an answer in words where there is one."""

    question: str
    gold: frozenset[str]
    answer: str | None = None


def evidence(spans: Sequence[Scored]) -> tuple[Citation, ...]:
    """Return what a generator would be given."""
    return distinct(choose(spans, EVIDENCE))


def answered(asked: Judged, spans: Sequence[Scored]) -> Lesson | None:
    """Return the lesson of a question whose documents were searched, None where the evidence does not answer it."""
    sources = evidence(spans)
    told = _stated(asked.answer, sources) if asked.answer else _gold(asked, sources)
    return Lesson(asked.question, sources, told) if told else None


def declined(asked: Judged, spans: Sequence[Scored]) -> Lesson:
    """Return the lesson of a question whose documents were withheld from the search."""
    return Lesson(asked.question, evidence(spans), DECLINED)


def with_examples(lessons: Sequence[Lesson], draw: Random) -> Iterator[Lesson]:
    """Yield the lessons, some of them with the answer to another question as an example."""
    for lesson in lessons:
        other = draw.choice(lessons)
        if draw.random() < SHOWN_EXAMPLES and other is not lesson and other.target != DECLINED:
            yield replace(lesson, examples=(Example(other.question, other.taught()),))
        else:
            yield lesson


def _stated(answer: str, sources: Sequence[Citation]) -> str:
    """Return the first sentences of an answer that stand in the sources: the rest would teach to answer past them."""
    kept: list[str] = []
    for span in split(answer):
        sentence = " ".join(answer[span.start : span.end].split())
        if check_sentence(sentence, sources).passes and count(" ".join([*kept, sentence])) <= WORDS:
            kept.append(_ended(sentence))
    return " ".join(kept[:SENTENCES])


def _gold(asked: Judged, sources: Sequence[Citation]) -> str:
    """Return the best quotes from the judged documents as sentences, in the order of the text."""
    kept: list[Citation] = []
    for citation in (each for each in sources if each.passage.path in asked.gold):
        if not kept or sum(count(each.quote) for each in (*kept, citation)) <= WORDS * 2 // 3:
            kept.append(citation)
    kept = sorted(kept[:2], key=lambda each: (each.passage.path, each.passage.ordinal, each.start))
    told = " ".join(_sentence(each.quote) for each in kept)
    return told if count(told) <= WORDS else ""


def _sentence(quote: str) -> str:
    """Return a quote as running text: items behind their lead-in, bullets gone, a mark at the end."""
    lines = [_unbulleted(line) for line in quote.splitlines() if line.strip()]
    text = ""
    for line in lines:
        text += f"{_joint(text)}{line}"
    return _ended(" ".join(text.split()))


def _joint(before: str) -> str:
    if not before:
        return ""
    return " " if _LEAD.search(before) or before[-1] in ".!?;,-" else ", "


def _unbulleted(line: str) -> str:
    bare = line.strip()
    return bare.split(None, 1)[1] if BULLET.match(bare) else bare


def _ended(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?" else f"{sentence.rstrip(':;,')}."
