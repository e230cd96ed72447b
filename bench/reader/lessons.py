"""A lesson for the reader: a question, a text, and which parts of the text answer; a file of them is JSON lines.

A label of IGNORED counts in no loss: a row's name beside the cell that was asked for, a passage judged as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from random import Random

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer

from core.types import Chunk
from generation.evidence.windows import Window, windows

IGNORED = -1


@dataclass(frozen=True, slots=True)
class Lesson:
    """`labels` has 1, 0 or IGNORED for each of `parts`, as have `answers` and `relevance`; `source` names its text."""

    question: str
    text: str
    parts: tuple[tuple[int, int], ...]
    labels: tuple[int, ...]
    answers: int
    relevance: int
    source: str


@dataclass(frozen=True, slots=True)
class Read:
    """One window of a document, with the document's name and title."""

    document: str
    title: str
    window: Window
    text: str
    """The text of the passage, which the parts' places are in."""

    def lesson(self, question: str, labels: Sequence[int], answers: int, relevance: int) -> Lesson:
        return Lesson(
            question,
            self.window.text.text,
            self.window.text.parts,
            tuple(labels),
            answers,
            relevance,
            self.document,
        )

    def silent(self, question: str, *, relevance: int = 0) -> Lesson:
        """Return the lesson that nothing in this text answers."""
        return self.lesson(question, [0] * len(self.window.parts), 0, relevance)


def read(document: str, title: str, chunks: Iterable[Chunk]) -> list[Read]:
    """Return the windows of a document's chunks."""
    return [Read(document, title, window, chunk.text) for chunk in chunks for window in windows(title, chunk)]


class Similar:
    """Finds the windows that share most words with a question: what a search would find."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._vectorizer = TfidfVectorizer(sublinear_tf=True, strip_accents="unicode")
        self._matrix = self._vectorizer.fit_transform(texts)

    def order(self, question: str) -> list[int]:
        """Return the numbers of all texts with a word of the question, the most similar first."""
        scores = (self._matrix @ self._vectorizer.transform([question]).T).toarray()[:, 0]
        return [int(place) for place in np.argsort(-scores) if scores[place] > 0]


def without(lesson: Lesson) -> Lesson | None:
    """Return the lesson with its answer taken out of the text, None if nothing is left.

    What stays is about the same, so the reader must notice that the answer is not there.
    """
    if not any(lesson.labels) or not (left := _only(lesson, [label == 0 for label in lesson.labels])):
        return None
    return replace(left, answers=0, relevance=IGNORED)


def shorter(lesson: Lesson, random: Random) -> Lesson | None:
    """Return the lesson with some of what does not answer taken out, None if nothing does.

    Without such texts a reader learns that a short text is one whose answer was taken out.
    """
    kept_share = random.random()
    kept = [label != 0 or random.random() < kept_share for label in lesson.labels]
    return _only(lesson, kept) if not all(kept) else None


def _only(lesson: Lesson, kept: Sequence[bool]) -> Lesson | None:
    """Return the lesson with these of its parts, None for none."""
    text, place = "", 0
    parts: list[tuple[int, int]] = []
    for (start, end), keep in zip(lesson.parts, kept, strict=True):
        text += lesson.text[place:start]
        if keep:
            parts.append((len(text), len(text) + end - start))
            text += lesson.text[start:end]
        place = end
    text += lesson.text[place:]
    labels = tuple(label for label, keep in zip(lesson.labels, kept, strict=True) if keep)
    return replace(lesson, text=text, parts=tuple(parts), labels=labels) if parts else None


def write(lessons: Iterable[Lesson], path: Path) -> int:
    """Write the lessons and return how many they are."""
    lines = [json.dumps(asdict(lesson), ensure_ascii=False) for lesson in lessons]
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return len(lines)


def load(path: Path) -> Iterator[Lesson]:
    """Yield the lessons of a file."""
    with path.open(encoding="utf-8") as stream:  # its lines end at "\n" alone; a text may have other separators
        for line in stream:
            value = json.loads(line)
            value["parts"] = tuple(map(tuple, value["parts"]))
            yield Lesson(**{**value, "labels": tuple(value["labels"])})
