"""The centre of Vouch: a question in, a checked answer out. Read this first.

    question -> guard -> its questions -> search (as this caller) -> read -> support -> a refusal
                                                                                     -> units
                                                                                     -> phrase -> check -> sentences

Knows ports, not backends: no database, no model library, no HTTP. `service.ask` stores the answer in the journal,
`api` turns the events into a stream, `learning` uses the feedback on it.
"""

from __future__ import annotations

import time
from collections import abc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from core.errors import VouchError
from core.ports import Generator, Reader, Retriever
from core.settings import Settings
from core.store.learned.calibrations import Calibration
from core.types import Answer, AnswerMode, Caller, Citation, Filters, Passage, Ranked, SearchResult, Sentence, Unit
from generation.events import Cited, Delta, Event, Finished, Searched
from generation.evidence import reading
from generation.evidence.reading import read_passages
from generation.phrasing import prompt
from generation.phrasing.phrase import Phrased, phrase
from generation.question import guard
from generation.question.asked import Asked, questions
from generation.refusal import reasons, support
from generation.refusal.reasons import NOT_ANSWERED as NOT_ANSWERED
from generation.refusal.reasons import Reason
from generation.units import write
from generation.units.compose import compose
from generation.units.draft import Draft

CLOSEST = 3
PHRASED = frozenset({"fact", "definition"})
"""Kinds of units that a generator may phrase; steps, rows and code are shown as they are."""


@dataclass(slots=True)
class _Progress:
    """One message while it is answered: what is known so far, and when work on it began."""

    caller: Caller
    question: str
    filters: Filters | None
    began: float
    threshold: float
    versions: dict[str, str]
    timings: dict[str, float] = field(default_factory=dict)

    def record(self, step: str, since: float) -> None:
        self.timings[step] = round(self.timings.get(step, 0.0) + time.monotonic() - since, 4)

    def finish(self, answer: Answer) -> Finished:
        self.record("total", self.began)
        return Finished(replace(answer, versions=dict(self.versions), timings=dict(self.timings)))


@dataclass(frozen=True, slots=True)
class _Part:
    """One question of a message: what was found for it, and the reason of a refusal or the drafts of its answer."""

    asked: Asked
    found: tuple[Ranked, ...]
    supported: float
    why: Reason | None
    drafts: tuple[Draft, ...] = ()


class Answerer:
    """Answers the questions of callers. Safe to share between threads if what it is given is safe."""

    def __init__(
        self,
        retriever: Retriever,
        reader: Reader | None,
        generator: Callable[[], Generator | None],
        settings: Settings,
        *,
        prefers_generator: Callable[[], bool] = lambda: False,
        calibrated: Callable[[], Calibration | None] = lambda: None,
        examples: Callable[[Caller, str], Sequence[prompt.Example]] = lambda *_: (),
    ) -> None:
        """The callables are called for each question, so that they can change while the service runs.

        `generator` returns the model with its active adapter. `prefers_generator` decides what "auto" means: true once
        an adapter has passed the gate and is active. `calibrated` returns the active calibration; without one the
        default threshold decides. `examples` returns approved answers to similar questions that the caller may see.
        Without a `reader` the parts that share most words with the question are quoted.
        """
        self._retriever, self._generator = retriever, generator
        self._reader = reader if reader is not None else reading.SharedWords()
        self._settings, self._prefers_generator = settings, prefers_generator
        self._calibrated, self._examples = calibrated, examples

    def threshold(self) -> tuple[float, str]:
        """Return the support below which a question is refused, and its source: "setting", "default" or an id.

        Raises Unavailable when the calibration cannot be read.
        """
        if (given := self._settings.support_threshold) is not None:
            return given, "setting"
        if (calibration := self._calibrated()) is not None:
            return calibration.threshold, calibration.id
        return support.DEFAULT_THRESHOLD, "default"

    def phrased_by(self, mode: AnswerMode) -> dict[str, str]:
        """Return the versions of the prompt and the model that phrase an answer in this mode, "none" for quotes."""
        try:
            generator = self._generator() if self._phrases(mode) else None
        except VouchError:
            generator = None
        if generator is None:
            return {"prompt": "none", "model": "none"}
        return {"prompt": prompt.PHRASE_2.version, "model": generator.name}

    def answer(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Answer:
        """Return the answer or a refusal. Raises Invalid for a bad question, Unavailable from retrieval."""
        for event in self.stream(caller, question, mode=mode, filters=filters):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("the stream of an answer ends with Finished")

    def stream(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Iterator[Event]:
        """Yield the answer's events. Raises Invalid for a bad question at once, before the first event is asked for."""
        return self._events(caller, guard.checked_question(question), mode, filters)

    def _events(self, caller: Caller, question: str, mode: AnswerMode, filters: Filters | None) -> Iterator[Event]:
        began = time.monotonic()
        threshold, source = self.threshold()
        versions = self._versions(threshold, source)
        progress = _Progress(caller, question, filters, began, threshold, versions)
        if (unclear := guard.unclear(question)) is not None:
            yield progress.finish(_refused(question, Reason(unclear), (), 0.0))
            return
        parts = [self._part(progress, each) for each in questions(question)]
        found = _together(parts)
        yield Searched(found)
        answered = [part for part in parts if part.why is None]
        supported = min((part.supported for part in answered), default=max(part.supported for part in parts))
        if not answered:
            why = next(part.why for part in parts if part.why is not None)
            yield from map(Cited, why.citations)
            yield progress.finish(_refused(question, why, found, supported))
            return
        drafts = [draft for part in answered for draft in part.drafts]
        phrased = (yield from self._phrase(progress, drafts)) if self._phrases(mode) else Phrased()
        units, citations = write.write(drafts)
        if not phrased.sentences:
            yield from _shown(units, citations)
        else:
            units, citations = (), phrased.citations
        yield progress.finish(
            Answer(
                question=question,
                status="answered",
                text=phrased.text or write.text(units),
                citations=citations,
                closest=_uncited(found, citations),
                support=supported,
                sentences=phrased.sentences or tuple(Sentence(unit.text, "quoted", unit.cites) for unit in units),
                units=units,
                missing=_missing(parts),
                phrased=bool(phrased.sentences),
                fallback=phrased.fallback,
            )
        )

    def _part(self, progress: _Progress, asked: Asked) -> _Part:
        """Search for one question, read what was found, and decide whether it is answered."""
        found = self._search(progress, asked.search).passages
        began = time.monotonic()
        evidence = read_passages(asked.read, found, self._reader)
        supported = round(support.support(support.features(asked.text, evidence)), 4) if evidence.passages else 0.0
        why = reasons.reason(asked.text, found, evidence, supported, progress.threshold)
        drafts = compose(evidence, partial(self._around, progress.caller)) if why is None else ()
        progress.record("read", began)
        return _Part(asked, found, supported, why, drafts)

    def _search(self, progress: _Progress, question: str) -> SearchResult:
        began = time.monotonic()
        found = self._retriever.search(progress.caller, question, k=self._settings.search_k, filters=progress.filters)
        progress.versions["index"] = found.index_version
        progress.timings |= {f"search.{step}": seconds for step, seconds in found.timings.items()}
        progress.record("search", began)
        return found

    def _around(self, caller: Caller, passage: Passage, before: int, after: int) -> Sequence[Passage]:
        try:
            return self._retriever.around(caller, passage, before, after)
        except VouchError:  # what was found is shown rather than nothing
            return ()

    def _phrases(self, mode: AnswerMode) -> bool:
        return mode == "generate" or (mode == "auto" and self._prefers_generator())

    def _phrase(self, progress: _Progress, drafts: Sequence[Draft]) -> abc.Generator[Event, None, Phrased]:
        """Let the generator phrase the units; each sentence that passes the check is sent at once."""
        began = time.monotonic()
        if not all(draft.kind in PHRASED for draft in drafts):
            return Phrased(fallback="unit_as_it_is")
        evidence = write.write(drafts)[1]
        try:
            generator = self._generator()
        except VouchError:
            generator = None
        if generator is None:
            return Phrased(fallback="generator_missing")
        progress.versions |= {"prompt": prompt.PHRASE_2.version, "model": generator.name}
        deadline = progress.began + self._settings.answer_budget_s
        try:
            examples = self._examples(progress.caller, progress.question)
        except VouchError:  # the answer is made without examples rather than not at all
            examples = ()
        best = evidence[0].quote
        phrased = yield from phrase(
            generator, progress.question, evidence, deadline=deadline, best=best, examples=examples
        )
        progress.record("phrase", began)
        return phrased

    def _versions(self, threshold: float, source: str) -> dict[str, str]:
        """Return the versions that make an answer. Search and the generator add theirs when they run."""
        return {
            "index": "none",
            "prompt": "none",
            "model": "none",
            "quotes": reading.VERSION,
            "reader": self._reader.name,
            "threshold": f"{threshold:g}",
            "calibration": source,
        }


def _shown(units: Sequence[Unit], citations: Sequence[Citation]) -> Iterator[Event]:
    """Yield the text of each unit with the citations that it is the first to use."""
    sent: set[int] = set()
    for number, unit in enumerate(units):
        yield Delta(("\n\n" if number else "") + unit.text, "quoted")
        for citation in citations:
            if citation.id in unit.cites and citation.id not in sent:
                sent.add(citation.id)
                yield Cited(citation)


def _missing(parts: Sequence[_Part]) -> str | None:
    """Return what the answer lacks: the questions of the message that have none, and why."""
    lacking = [f"“{part.asked.text}”: {part.why.refusal.message}" for part in parts if part.why is not None]
    return "\n".join(lacking) or None


def _together(parts: Sequence[_Part]) -> tuple[Ranked, ...]:
    """Return the passages found for all questions, each once."""
    found = {ranked.passage.chunk_id: ranked for part in reversed(parts) for ranked in reversed(part.found)}
    return tuple(reversed(found.values()))


def _refused(question: str, why: Reason, passages: Sequence[Ranked], supported: float) -> Answer:
    return Answer(
        question=question,
        status="refused",
        text="",
        citations=why.citations,
        closest=tuple(passages[:CLOSEST]),
        support=supported,
        refusal=why.refusal,
    )


def _uncited(passages: Sequence[Ranked], citations: Sequence[Citation]) -> tuple[Ranked, ...]:
    cited = {citation.passage.chunk_id for citation in citations}
    return tuple(ranked for ranked in passages if ranked.passage.chunk_id not in cited)[:CLOSEST]
