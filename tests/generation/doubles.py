"""Test doubles for the ports of `generation.answering`; they record their calls."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import Unavailable
from core.ports import Reader, ReaderText, Reading
from core.types import Caller, Citation, Filters, Message, Passage, Ranked, SearchResult
from generation.english.words import content

ASKER = Caller("key_1", frozenset({"ask"}))


def passage(
    text: str, *, chunk_id: int = 1, title: str = "", heading: tuple[str, ...] = (), kind: str = "text"
) -> Passage:
    return Passage(
        chunk_id,
        f"doc_{chunk_id}",
        1,
        0,
        "manuals",
        f"m{chunk_id}.md",
        title,
        text,
        "0" * 64,
        heading,
        kind="code" if kind == "code" else "text",
    )


def ranked(*passages: Passage) -> tuple[Ranked, ...]:
    """Return the passages in this order, with scores such as a search gives."""
    return tuple(
        Ranked(
            each,
            score=1.0 - rank * 0.1,
            dense_score=0.8 - rank * 0.05,
            lexical_score=9.0 - rank,
            rerank_score=3.0 - rank,
        )
        for rank, each in enumerate(passages)
    )


def citation(text: str, number: int = 1, *, title: str = "") -> Citation:
    return Citation(number, passage(text, chunk_id=number, title=title), 0, len(text), 1.0)


@dataclass
class ListRetriever:
    """Returns its passages for every question."""

    passages: tuple[Ranked, ...]
    asked: list[str] = field(default_factory=list)

    def search(
        self,
        caller: Caller,
        query: str,
        *,
        k: int,
        filters: Filters | None = None,
        rerank: bool = True,
        explain: bool = False,
    ) -> SearchResult:
        self.asked.append(query)
        return SearchResult(self.passages[:k], "index-7", {"dense": 0.01})

    def around(self, caller: Caller, passage: Passage, before: int, after: int) -> tuple[Passage, ...]:
        near = [each.passage for each in self.passages if each.passage.document_id == passage.document_id]
        close = [each for each in near if -before <= each.ordinal - passage.ordinal <= after]
        return tuple(sorted(close, key=lambda each: each.ordinal))


class OverlapReader:
    """A reader by shared words: -4 for none, +8 for all of the question's, for a text and for each part of it."""

    name = "overlap"
    device = "cpu"

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        return [self._reading(question, text) for text in texts]

    def _reading(self, question: str, text: ReaderText) -> Reading:
        whole = self._logit(question, text.text)
        return Reading(whole, whole, tuple(self._logit(question, text.text[a:b]) for a, b in text.parts))

    def _logit(self, question: str, text: str) -> float:
        asked = set(content(question))
        return 12 * len(asked & set(content(text))) / max(1, len(asked)) - 4


@dataclass
class TableReader:
    """A reader with a table of logits: a part has that of the first key found in its words.

    A text answers as much as its best part. A part without a key belongs to no answer.
    """

    logits: Mapping[str, float]
    name: str = "table"
    device: str = "cpu"
    read_texts: list[str] = field(default_factory=list)

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        self.read_texts += [text.text for text in texts]
        return [self._reading(text) for text in texts]

    def _reading(self, text: ReaderText) -> Reading:
        parts = tuple(self._logit(text.text[start:end]) for start, end in text.parts)
        best = max(parts, default=UNLIKELY)
        return Reading(best, best, parts)

    def _logit(self, part: str) -> float:
        return next((logit for key, logit in self.logits.items() if key in part), UNLIKELY)


UNLIKELY = -5.0


@dataclass
class NoisyReader:
    """A reader as another processor rounds it: each logit is off by up to `noise`, by the same amount every time.

    Between AVX-512 VNNI and AVX2 the logits of a model in int8 differ by up to 0.2 for nine texts in ten.
    """

    exact: Reader
    seed: int
    noise: float = 0.3
    name: str = "noisy"
    device: str = "cpu"

    def read(self, question: str, texts: Sequence[ReaderText]) -> list[Reading]:
        return [
            Reading(
                each.relevance + self._error(question, text.text),
                each.answers + self._error(text.text, question),
                tuple(
                    logit + self._error(question, text.text[a:b])
                    for logit, (a, b) in zip(each.parts, text.parts, strict=True)
                ),
            )
            for each, text in zip(self.exact.read(question, texts), texts, strict=True)
        ]

    def _error(self, question: str, text: str) -> float:
        return random.Random(f"{self.seed} {question} {text}").uniform(-self.noise, self.noise)


@dataclass
class ScriptedGenerator:
    """Yields its pieces, then raises Unavailable if it `fails`."""

    pieces: Sequence[str]
    fails: bool = False
    name: str = "scripted"
    device: str = "cpu"
    received: list[Sequence[Message]] = field(default_factory=list)

    def stream(self, messages: Sequence[Message], *, max_tokens: int, deadline: float | None = None) -> Iterator[str]:
        self.received.append(messages)
        yield from self.pieces
        if self.fails:
            raise Unavailable("The model server went away.")
