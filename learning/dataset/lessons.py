"""A lesson: a question, the sources as a generator reads them, and the answer that it should give.

It is the form in which training and evaluation use a dataset's example. Knows no database and no model. The chat is
made from the template that also answers questions, so that the model is trained on the prompts that it will get.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.types import Citation, Json, Message, Passage
from generation.english.words import content
from generation.evidence.cite import distinct, inline, without_markers
from generation.evidence.overlap import nearest
from generation.phrasing.check import Checked, check
from generation.phrasing.phrase import DECLINED
from generation.phrasing.prompt import Example, render

KIND = "answer"
MIN_GROUNDED = 0.5
"""Share of a target's content words that its sources must hold; a lesson below it teaches to answer without sources."""
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
_QUOTE_MARKS = str.maketrans("", "", "“”")


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with numbered sources, best first, and the text to learn."""

    question: str
    sources: tuple[Citation, ...]
    target: str
    examples: tuple[Example, ...] = ()

    def chat(self) -> list[Message]:
        """Return the prompt as `generation.answering` sends it."""
        return render(self.question, self.sources, examples=self.examples)

    def passes_check(self) -> bool:
        """Return whether the target would be shown to a caller: every sentence of it passes the check."""
        return self.target == DECLINED or all(checked.passes for checked in self._checked())

    def _checked(self) -> list[Checked]:
        return check(self.target, self.sources, self.question)

    def completion(self) -> str:
        """Return the text to learn: the target, each sentence with the numbers of the sources that support it."""
        if self.target == DECLINED:
            return self.target
        return " ".join(inline(checked.text, checked.cites) for checked in self._checked())


def make_lesson(question: str, target: str, passages: Sequence[Passage]) -> Lesson:
    """Return a lesson whose sources are the parts of the passages that share most with the question and the target."""
    return Lesson(question, distinct(nearest(f"{question} {target}", passages)), target)


def plain(text: str) -> str:
    """Return an answer's text as a generator should write it: without [n], without quotation marks, on one line."""
    return " ".join(without_markers(text).translate(_QUOTE_MARKS).split())


def grounded(lesson: Lesson) -> bool:
    """Return whether the sources hold all of the target's numbers and at least half of its content words."""
    words = set(content(lesson.target))
    text = " \n".join(" ".join((*c.passage.heading, c.passage.title, c.quote)) for c in lesson.sources)
    if not words or _numbers(lesson.target) - _numbers(text):
        return False
    return len(words & set(content(text))) >= MIN_GROUNDED * len(words)


def _numbers(text: str) -> set[str]:
    """Return the numbers of a text in one spelling: 1,000 and 1.000 are 1000, 2,5 is 2.5."""
    return {_THOUSANDS.sub("", each).replace(",", ".") for each in _NUMBER.findall(text)}


def to_content(lesson: Lesson) -> dict[str, Json]:
    """Return the lesson as a dataset stores it: of each passage only the span that is read, and its origin."""
    return {
        "kind": KIND,
        "question": lesson.question,
        "target": lesson.target,
        "examples": [{"question": each.question, "answer": each.answer} for each in lesson.examples],
        "sources": [
            {
                "id": citation.id,
                "chunk_id": citation.passage.chunk_id,
                "document_id": citation.passage.document_id,
                "version": citation.passage.version,
                "sha256": citation.passage.sha256,
                "title": citation.passage.title,
                "heading": list(citation.passage.heading),
                "text": citation.quote,
            }
            for citation in lesson.sources
        ],
    }


def from_content(stored: Mapping[str, Json]) -> Lesson:
    """Return the lesson that `to_content` stored; each source's passage holds only the span."""
    sources = tuple(_source(source) for source in stored["sources"])
    examples = tuple(Example(each["question"], each["answer"]) for each in stored.get("examples", ()))
    return Lesson(stored["question"], sources, stored["target"], examples)


def _source(stored: Mapping[str, Json]) -> Citation:
    passage = Passage(
        chunk_id=stored["chunk_id"],
        document_id=stored["document_id"],
        version=stored["version"],
        ordinal=0,
        collection="",
        path="",
        title=stored["title"],
        text=stored["text"],
        sha256=stored["sha256"],
        heading=tuple(stored["heading"]),
    )
    return Citation(stored["id"], passage, 0, len(passage.text), 0.0)
