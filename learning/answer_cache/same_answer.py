"""Whether a cached answer answers another question: a reader reads its passages for the new question.

Two questions are the same if the same parts of a passage are the answer to both. To an embedding, on and off, before
and after, a step and the next one are nearly equal; the reader needs no list of such words, in any language. Knows no
rows; which questions are near is found before (`learning.answer_cache.near`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.ports import UNREAD, Reader, ReaderText
from core.types import Citation
from generation.evidence.windows import windows

ANSWERS = 2.0
"""Logit from which the cited text holds the answer to the new question (decision 0105)."""
LEAD = -1.0
"""How much surer the best cited part must be than the best part beside it; below 0, less sure."""
SHARE = 0.5
"""Share of the cited words that must be as sure as SPREAD logits below the best cited part: "How often is the filter
changed?" is answered by one note in the steps for changing it, and not by the steps."""
SPREAD = 3.0
WINDOWS = 3
"""Windows that are read for one cached answer, those with most of what it cites."""


@dataclass(frozen=True, slots=True)
class Cited:
    """A text for the reader, and which of its parts the cached answer cites."""

    text: ReaderText
    cited: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Fit:
    """How well cited texts answer a question, in logits: the best text, its best cited part, the best part beside.

    `share` is that of the cited words that answer, 0 to 1.
    """

    answers: float
    inside: float
    beside: float
    share: float = 1.0

    @property
    def lead(self) -> float:
        return self.inside - self.beside

    @property
    def is_same(self) -> bool:
        """Whether the cached answer answers the question."""
        return self.answers >= ANSWERS and self.lead >= LEAD and self.share >= SHARE


def is_same_answer(reader: Reader, question: str, citations: Sequence[Citation]) -> bool:
    """Return whether what is cited answers the question; the citations' passages have their blocks."""
    return fit(reader, question, list(cited_texts(citations))).is_same


def fit(reader: Reader, question: str, texts: Sequence[Cited]) -> Fit:
    """Return how well the texts answer the question. Raises nothing for no texts: they fit nothing."""
    most = sorted(texts, key=lambda each: -sum(each.cited))[:WINDOWS]
    readings = reader.read(question, [each.text for each in most])
    inside, beside = list[tuple[float, int]](), [UNREAD]
    for text, reading in zip(most, readings, strict=True):
        for cited, logit, (start, end) in zip(text.cited, reading.parts, text.text.parts, strict=True):
            if cited:
                inside.append((logit, len(text.text.text[start:end].split())))
            else:
                beside.append(logit)
    best = max((logit for logit, _ in inside), default=UNREAD)
    words = sum(size for _, size in inside)
    sure = sum(size for logit, size in inside if logit >= best - SPREAD)
    answers = max((reading.answers for reading in readings), default=UNREAD)
    return Fit(answers, best, max(beside), sure / words if words else 0.0)


def cited_texts(citations: Sequence[Citation]) -> Iterator[Cited]:
    """Yield the windows of the cited passages that hold something cited."""
    passages = {citation.passage.chunk_id: citation.passage for citation in citations}
    for passage in passages.values():
        spans = [(each.start, each.end) for each in citations if each.passage.chunk_id == passage.chunk_id]
        for window in windows(passage.title, passage):
            cited = tuple(any(p.start < end and p.end > start for start, end in spans) for p in window.parts)
            if any(cited):
                yield Cited(window.text, cited)
