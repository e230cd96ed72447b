"""Answering with a memory: what was answered before is given again at once, everything else is answered afresh.

Stands in front of `generation.answering` and yields the same events, so that whoever reads them need not know. Knows no
rows; whether something may be given again is decided in `learning.answer_cache.cache`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from core.types import Answer, AnswerMode, Caller, Filters, Ranked
from generation.answering import Answerer
from generation.events import Cited, Delta, Event, Finished, Searched
from generation.question.guard import checked_question
from learning.answer_cache.cache import AnswerMemory


class Remembering:
    """Answers as `answerer` does, and asks `memory` first. Safe to share between threads."""

    def __init__(self, answerer: Answerer, memory: AnswerMemory, models: Callable[[], Mapping[str, str]]) -> None:
        """`models` names what finds, orders and judges passages now: an answer's versions record it."""
        self._answerer, self._memory, self._models = answerer, memory, models

    def answer(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Answer:
        """Answer, or refuse with a reason. Raises Invalid for what is no question, Unavailable."""
        *_, last = self.stream(caller, question, mode=mode, filters=filters)
        assert isinstance(last, Finished)
        return last.answer

    def stream(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Iterator[Event]:
        """Yield the answer's events; raises Invalid at once, before the first, for what is no question."""
        return self._events(caller, checked_question(question), mode, filters)

    def _events(self, caller: Caller, question: str, mode: AnswerMode, filters: Filters | None) -> Iterator[Event]:
        began = time.monotonic()
        threshold = f"{self._answerer.threshold()[0]:g}"
        found = self._memory.recall(caller, question, mode=mode, filters=filters, threshold=threshold)
        spent = round(time.monotonic() - began, 4)
        if found.answer is not None:
            yield from _again(replace(found.answer, timings={"recall": spent, "total": spent}))
            return
        named = {**self._models(), "documents": found.documents}
        for event in self._answerer.stream(caller, question, mode=mode, filters=filters):
            if isinstance(event, Finished):
                made = event.answer
                timings = {"recall": spent, **made.timings, "total": round(spent + made.timings["total"], 4)}
                yield Finished(replace(made, versions={**named, **made.versions}, timings=timings))
            else:
                yield event


def _again(answer: Answer) -> Iterator[Event]:
    """Yield the events of an answer that is whole already: each sentence, and then what it is the first to cite."""
    passages = {citation.passage.chunk_id: citation.passage for citation in answer.citations}
    yield Searched(tuple(Ranked(passage, score=answer.support) for passage in passages.values()))
    joint = " " if answer.phrased else "\n"
    waiting = {citation.id: citation for citation in answer.citations}
    for place, sentence in enumerate(answer.sentences):
        yield Delta((joint if place else "") + sentence.text, sentence.kind)
        yield from (Cited(waiting.pop(number)) for number in sentence.cites if number in waiting)
    yield Finished(answer)
