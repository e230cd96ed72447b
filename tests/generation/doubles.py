"""Test doubles for the ports of `generation.answering`; they record their calls."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.errors import Unavailable
from core.ports import Reranker
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


class OverlapReranker:
    """A cross-encoder by shared words: -4 for none, +8 for all of the question's."""

    name = "overlap"
    device = "cpu"

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        asked = set(content(question))
        return [12 * len(asked & set(content(text))) / max(1, len(asked)) - 4 for text in texts]


@dataclass
class NoisyReranker:
    """A reranker as another processor rounds it: each logit is off by up to `noise`, by the same amount every time.

    Between AVX-512 VNNI and AVX2 the logits of the default cross-encoder differ by up to 0.2 for nine texts in ten.
    """

    exact: Reranker
    seed: int
    noise: float = 0.3
    name: str = "noisy"
    device: str = "cpu"

    def score(self, question: str, texts: Sequence[str], *, deadline: float | None = None) -> list[float]:
        logits = self.exact.score(question, texts, deadline=deadline)
        return [logit + self._error(question, text) for logit, text in zip(logits, texts, strict=False)]

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
