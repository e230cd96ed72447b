"""Answering with a cache: a question that was answered before gets that answer at once, all others a new one.

Wraps `generation.answering` and yields the same events, so that callers need not know the difference. Knows no rows;
`learning.answer_cache.cache` decides whether a cached answer may be returned.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from core.types import Answer, AnswerMode, Caller, Filters, Ranked
from generation.answering import Answerer
from generation.events import Cited, Delta, Event, Finished, Searched
from generation.question.guard import checked_question
from learning.answer_cache.cache import AnswerCache


class CachedAnswering:
    """Answers from `cache` where it can, and with `answerer` otherwise. Safe to share between threads."""

    def __init__(self, answerer: Answerer, cache: AnswerCache, models: Callable[[], Mapping[str, str]]) -> None:
        """`models` names what finds, orders and judges passages now; each answer's versions record it."""
        self._answerer, self._cache, self._models = answerer, cache, models

    def answer(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Answer:
        """Answer, or refuse with a reason. Raises Invalid for text that is not a question, Unavailable."""
        *_, last = self.stream(caller, question, mode=mode, filters=filters)
        assert isinstance(last, Finished)
        return last.answer

    def stream(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Iterator[Event]:
        """Yield the answer's events. Raises Invalid before the first event for text that is not a question."""
        return self._events(caller, checked_question(question), mode, filters)

    def _events(self, caller: Caller, question: str, mode: AnswerMode, filters: Filters | None) -> Iterator[Event]:
        began = time.monotonic()
        threshold = f"{self._answerer.threshold()[0]:g}"
        found = self._cache.lookup(caller, question, mode=mode, filters=filters, threshold=threshold)
        lookup_s = round(time.monotonic() - began, 4)
        if found.answer is not None:
            yield from _events_of(replace(found.answer, timings={"recall": lookup_s, "total": lookup_s}))
            return
        versions = {**self._models(), "documents": found.documents}
        for event in self._answerer.stream(caller, question, mode=mode, filters=filters):
            if isinstance(event, Finished):
                answer = event.answer
                timings = {"recall": lookup_s, **answer.timings, "total": round(lookup_s + answer.timings["total"], 4)}
                yield Finished(replace(answer, versions={**versions, **answer.versions}, timings=timings))
            else:
                yield event


def _events_of(answer: Answer) -> Iterator[Event]:
    """Yield the events of a complete answer: each sentence or unit, then the citations that are new in it."""
    passages = {citation.passage.chunk_id: citation.passage for citation in answer.citations}
    yield Searched(tuple(Ranked(passage, score=answer.support) for passage in passages.values()))
    separator = " " if answer.phrased else "\n\n"
    unsent = {citation.id: citation for citation in answer.citations}
    for position, sentence in enumerate(answer.sentences):
        yield Delta((separator if position else "") + sentence.text, sentence.kind)
        yield from (Cited(unsent.pop(number)) for number in sentence.cites if number in unsent)
    yield Finished(answer)
