"""Doubles of the API's parts: a searcher over the chunks in the database, an answerer, a redactor, a queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from core.errors import Invalid, VouchError
from core.reloadable import Reloadable
from core.store import reading
from core.store.database import Database
from core.types import (
    Answer,
    AnswerMode,
    Caller,
    Citation,
    Explanation,
    Filters,
    JobKind,
    Passage,
    PiiSpan,
    Ranked,
    Redacted,
    Refusal,
    SearchCounts,
    SearchResult,
    Sentence,
    Term,
    Unit,
)
from generation.events import Cited, Delta, Event, Finished, Searched
from retrieval.ranking.collapse import collapse
from tests.service.content.answers import answered

T = TypeVar("T")


@dataclass
class WordSearcher:
    """Finds passages that share words with the query, most words first; reads them with `hydrate` as the real one."""

    db: Database
    asked: list[tuple[str, int, Filters | None]] = field(default_factory=list)
    error: VouchError | None = None

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
        self.asked.append((query, k, filters))
        if self.error is not None:
            raise self.error
        words = set(query.lower().split())
        with self.db.read() as session:
            ids = [int(chunk_id) for chunk_id in reading.visible_ids(session, caller, filters)]
            read = reading.hydrate(session, caller, ids, filters)
            found = {p.chunk_id: p for p in reading.with_blocks(session, list(read.values()))}
        shared = {p.chunk_id: len(words & set(p.text.lower().replace(".", "").split())) for p in found.values()}
        hits = sorted((p for p in found.values() if shared[p.chunk_id]), key=lambda p: -shared[p.chunk_id])
        ranked = [
            Ranked(p, 1.0 / rank, dense_rank=rank, dense_score=0.5, lexical_score=2.5) for rank, p in enumerate(hits, 1)
        ]
        explanation = self._explained(caller, filters, words) if explain else None
        return SearchResult(tuple(collapse(ranked)[:k]), "test-1", {"total": 0.001}, explanation)

    def around(self, caller: Caller, passage: Passage, before: int, after: int) -> tuple[Passage, ...]:
        return (passage,)

    def _explained(self, caller: Caller, filters: Filters | None, words: set[str]) -> Explanation:
        groups = None if caller.sees_all else caller.groups
        terms = tuple(Term(word, word, word != "zeppelin") for word in sorted(words))
        return Explanation(terms, {}, {}, SearchCounts(depth=7), filters or Filters(), groups, caller.sees_all)


@dataclass
class QuotingAnswerer:
    """Quotes the first passage that it finds; refuses if it finds none.

    With `kinds` it answers with units of these kinds from the manual of `tests.service.content.answers`. `missing` is
    what it says of a part of the question that it does not answer.
    """

    searcher: WordSearcher
    breaks_after_search: Exception | None = None
    kinds: tuple[str, ...] = ()
    missing: str | None = None

    def stream(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Iterator[Event]:
        if not question.strip():
            raise Invalid("The question is empty.")
        return self._events(caller, question, filters)

    def answer(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Answer:
        *_, last = self.stream(caller, question, mode=mode, filters=filters)
        assert isinstance(last, Finished)
        return last.answer

    def _events(self, caller: Caller, question: str, filters: Filters | None) -> Iterator[Event]:
        found = self.searcher.search(caller, question, k=8, filters=filters).passages
        yield Searched(found)
        if self.breaks_after_search is not None:
            raise self.breaks_after_search
        if not found:
            refusal = Refusal("nothing_found", "There is nothing on this.")
            yield Finished(Answer(question, "refused", "", (), (), 0.0, refusal, timings={"total": 0.01}))
            return
        if self.kinds:
            yield from self._united(question, found)
            return
        passage = found[0].passage
        citation = Citation(1, passage, 0, len(passage.text), 0.9)
        text = f"“{citation.quote}” [1]"
        yield Delta(text, "quoted")
        yield Cited(citation)
        yield Finished(
            Answer(
                question,
                "answered",
                text,
                (citation,),
                found[1:],
                0.9,
                sentences=(Sentence(text, "quoted", (1,)),),
                units=(Unit("fact", text, (1,)),),
                versions={"index": "test-1"},
                timings={"total": 0.01},
            )
        )

    def _united(self, question: str, found: Sequence[Ranked]) -> Iterator[Event]:
        manual = next(each for each in found if any(block.kind == "table" for block in each.passage.blocks))
        answer = answered(manual.passage, question, *self.kinds)
        for number, unit in enumerate(answer.units):
            yield Delta(("\n\n" if number else "") + unit.text, "quoted")
        yield from map(Cited, answer.citations)
        closest = tuple(each for each in found if each is not manual)
        yield Finished(replace(answer, closest=closest, missing=self.missing, timings={"total": 0.01}))


class SmithRedactor:
    """Redacts one name: Smith."""

    name = "smith"

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
        return [Redacted(text.replace("Smith", "[PERSON]"), _spans(text)) for text in texts]


def _spans(text: str) -> tuple[PiiSpan, ...]:
    start = text.find("Smith")
    return (PiiSpan(start, start + 5, "PERSON"),) if start >= 0 else ()


@dataclass
class RecordedQueue:
    """Records the hints that are sent."""

    sent: list[tuple[str, JobKind]] = field(default_factory=list)

    def send(self, job_ids: Sequence[str], kind: JobKind) -> bool:
        self.sent += [(job_id, kind) for job_id in job_ids]
        return True

    def problem(self) -> str | None:
        return None


class NoBroker(RecordedQueue):
    """A queue whose broker is down."""

    def send(self, job_ids: Sequence[str], kind: JobKind) -> bool:
        return False

    def problem(self) -> str | None:
        return "Connection refused"


def opened(thing: T) -> Reloadable[None, T]:
    """Return a Reloadable that has loaded `thing`."""
    loaded = Reloadable.once("models", lambda: thing)
    loaded.get(5)
    return loaded
