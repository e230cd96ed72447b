"""Lessons for the base adapter: what the small model is trained on before it serves any customer's documents.

A lesson holds a judged question, the sources that the product's own search and reading give a generator for it, and the
sentences of them that answer it; or, where the judged documents were withheld, the sentence that says so.
Knows no index and no tokenizer; docs/decisions/0068 says where the questions come from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random

from core.types import Citation
from generation.english.words import count
from generation.evidence.spans import BULLET, split
from generation.phrasing.check import check_sentence
from generation.phrasing.phrase import DECLINED
from generation.phrasing.prompt import Example
from learning.dataset.lessons import Lesson

MAX_WORDS = 60
"""Longest target: one or two sentences."""
MAX_SENTENCES = 3
EXAMPLE_SHARE = 0.15
"""Share of lessons with another question's answer as a few-shot example, so that the model learns not to copy it."""


@dataclass(frozen=True, slots=True)
class JudgedQuestion:
    """A question, the paths of the documents that answer it (`gold`), and a written answer where there is one."""

    question: str
    gold: frozenset[str]
    answer: str | None = None


def answered_lesson(judged: JudgedQuestion, sources: tuple[Citation, ...]) -> Lesson | None:
    """Return the lesson of a question whose documents were searched; None if the sources do not answer it."""
    target = _supported_sentences(judged.answer, sources) if judged.answer else _gold_quotes(judged, sources)
    return Lesson(judged.question, sources, target) if target else None


def declined_lesson(judged: JudgedQuestion, sources: tuple[Citation, ...]) -> Lesson:
    """Return the lesson of a question whose documents were withheld from the search."""
    return Lesson(judged.question, sources, DECLINED)


def with_examples(lessons: Sequence[Lesson], draw: Random) -> Iterator[Lesson]:
    """Yield the lessons, some of them with the answer to another question as an example."""
    for lesson in lessons:
        other = draw.choice(lessons)
        if draw.random() < EXAMPLE_SHARE and other is not lesson and other.target != DECLINED:
            yield replace(lesson, examples=(Example(other.question, other.completion()),))
        else:
            yield lesson


def _supported_sentences(answer: str, sources: Sequence[Citation]) -> str:
    """Return the first sentences of an answer that the sources support: others teach to answer without sources."""
    chosen: list[str] = []
    for span in split(answer):
        sentence = " ".join(answer[span.start : span.end].split())
        if check_sentence(sentence, sources).passes and count(" ".join([*chosen, sentence])) <= MAX_WORDS:
            chosen.append(_with_full_stop(sentence))
    return " ".join(chosen[:MAX_SENTENCES])


def _gold_quotes(judged: JudgedQuestion, sources: Sequence[Citation]) -> str:
    """Return the best quotes from the judged documents as sentences, in the order of the text."""
    chosen: list[Citation] = []
    for citation in (each for each in sources if each.passage.path in judged.gold):
        if not chosen or sum(count(each.quote) for each in (*chosen, citation)) <= MAX_WORDS * 2 // 3:
            chosen.append(citation)
    chosen = sorted(chosen[:2], key=lambda each: (each.passage.path, each.passage.ordinal, each.start))
    target = " ".join(_as_sentence(each.quote) for each in chosen)
    return target if count(target) <= MAX_WORDS else ""


def _as_sentence(quote: str) -> str:
    """Return a quote on one line, without a bullet, with a full stop at its end."""
    words = quote.split()
    return _with_full_stop(" ".join(words[1:] if BULLET.match(quote) and words[1:] else words))


def _with_full_stop(sentence: str) -> str:
    return sentence if sentence[-1] in ".!?" else f"{sentence.rstrip(':;,')}."
