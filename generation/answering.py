"""The centre of Vouch: a question in, a checked answer out. Read this first.

    question -> guard -> search (as this caller) -> spans -> support -> a refusal
                                                                     -> quotes
                                                                     -> phrase -> check -> sentences, or the quotes

Knows ports, not backends: no database, no model library, no HTTP. `service.ask` stores the answer in the journal,
`api` turns the events into a stream, `learning` uses the feedback on it.
"""

from __future__ import annotations

import time
from collections import abc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from core.errors import VouchError
from core.ports import Generator, Reranker, Retriever
from core.settings import Settings
from core.store.learned.calibrations import Calibration
from core.types import Answer, AnswerMode, Caller, Citation, Filters, Ranked, SearchResult, Sentence
from generation.events import Cited, Delta, Event, Finished, Searched
from generation.evidence import cite, quotes, withhold
from generation.evidence.quotes import Scored
from generation.phrasing import prompt
from generation.phrasing.phrase import Phrased, phrase
from generation.question import guard
from generation.refusal import reasons, support
from generation.refusal.reasons import NOT_ANSWERED as NOT_ANSWERED
from generation.refusal.reasons import Reason

CLOSEST = 3
SPANS_BUDGET_S = 0.6
"""Seconds for scoring spans, in addition to what search needs for reranking passages."""


@dataclass(slots=True)
class _Progress:
    """One question while it is answered: what is known so far, and when work on it began."""

    question: str
    began: float
    threshold: float
    versions: dict[str, str]
    timings: dict[str, float] = field(default_factory=dict)

    def record(self, step: str, since: float) -> None:
        self.timings[step] = round(time.monotonic() - since, 4)

    def finish(self, answer: Answer) -> Finished:
        self.record("total", self.began)
        return Finished(replace(answer, versions=dict(self.versions), timings=dict(self.timings)))


class Answerer:
    """Answers the questions of callers. Safe to share between threads if what it is given is safe."""

    def __init__(
        self,
        retriever: Retriever,
        reranker: Reranker | None,
        generator: Callable[[], Generator | None],
        settings: Settings,
        *,
        prefers_generator: Callable[[], bool] = lambda: False,
        calibrated: Callable[[], Calibration | None] = lambda: None,
        examples: Callable[[Caller, str], Sequence[prompt.Example]] = lambda *_: (),
        spans_budget_s: float = SPANS_BUDGET_S,
    ) -> None:
        """The callables are called for each question, so that they can change while the service runs.

        `generator` returns the model with its active adapter. `prefers_generator` decides what "auto" means: true once
        an adapter has passed the gate and is active. `calibrated` returns the active calibration; without one the
        default threshold decides. `examples` returns approved answers to similar questions that the caller may see.
        """
        self._retriever, self._reranker, self._generator = retriever, reranker, generator
        self._settings, self._prefers_generator = settings, prefers_generator
        self._calibrated, self._examples = calibrated, examples
        self._spans_budget_s = spans_budget_s

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
        progress = _Progress(question, began, threshold, self._versions(threshold, source))
        if (unclear := guard.unclear(question)) is not None:
            yield progress.finish(_refused(question, Reason(unclear), (), 0.0))
            return
        found = self._search(progress, caller, filters)
        yield Searched(found.passages)
        spans, supported = self._score(progress, found.passages)
        why = reasons.reason(question, found.passages, spans, supported, progress.threshold)
        if why is not None:
            yield from map(Cited, why.citations)
            yield progress.finish(_refused(question, why, found.passages, supported))
            return
        phrased = (yield from self._phrase(progress, caller, spans)) if self._phrases(mode) else Phrased()
        citations = phrased.citations or (yield from _quote(spans))
        yield progress.finish(
            Answer(
                question=question,
                status="answered",
                text=phrased.text or _quoted(citations),
                citations=citations,
                closest=_uncited(found.passages, citations),
                support=supported,
                sentences=phrased.sentences or tuple(Sentence(cite.quoted(c), "quoted", (c.id,)) for c in citations),
                phrased=bool(phrased.sentences),
                fallback=phrased.fallback,
            )
        )

    def _search(self, progress: _Progress, caller: Caller, filters: Filters | None) -> SearchResult:
        began = time.monotonic()
        found = self._retriever.search(caller, progress.question, k=self._settings.search_k, filters=filters)
        progress.versions["index"] = found.index_version
        progress.timings |= {f"search.{step}": seconds for step, seconds in found.timings.items()}
        progress.record("search", began)
        return found

    def _score(self, progress: _Progress, passages: Sequence[Ranked]) -> tuple[list[Scored], float]:
        """Return the spans of the passages, best first, and the support: the probability that they answer."""
        began = time.monotonic()
        spans = quotes.score_spans(progress.question, passages, self._reranker, deadline=began + self._spans_budget_s)
        spans = withhold.preferred(spans)
        supported = support.support(support.features(progress.question, passages, spans)) if spans else 0.0
        progress.record("quotes", began)
        return spans, round(supported, 4)

    def _phrases(self, mode: AnswerMode) -> bool:
        return mode == "generate" or (mode == "auto" and self._prefers_generator())

    def _phrase(
        self, progress: _Progress, caller: Caller, spans: Sequence[Scored]
    ) -> abc.Generator[Event, None, Phrased]:
        """Let the generator phrase the evidence; each sentence that passes the check is sent at once."""
        began = time.monotonic()
        readable = withhold.for_generator(spans)
        evidence = cite.distinct(quotes.choose(readable, quotes.EVIDENCE))
        try:
            generator = self._generator()
        except VouchError:
            generator = None
        if generator is None:
            return Phrased(fallback="generator_missing")
        if not evidence:
            return Phrased(fallback="sources_withheld")
        progress.versions |= {"prompt": prompt.PHRASE_2.version, "model": generator.name}
        deadline = progress.began + self._settings.answer_budget_s
        try:
            examples = self._examples(caller, progress.question)
        except VouchError:  # the answer is made without examples rather than not at all
            examples = ()
        phrased = yield from phrase(
            generator,
            progress.question,
            evidence,
            deadline=deadline,
            best=quotes.in_context(readable[0]),
            examples=examples,
        )
        progress.record("phrase", began)
        return phrased

    def _versions(self, threshold: float, source: str) -> dict[str, str]:
        """Return the versions that make an answer. Search and the generator add theirs when they run."""
        return {
            "index": "none",
            "prompt": "none",
            "model": "none",
            "quotes": quotes.VERSION,
            "reranker": self._reranker.name if self._reranker else "none",
            "threshold": f"{threshold:g}",
            "calibration": source,
        }


def _quote(spans: Sequence[Scored]) -> abc.Generator[Event, None, tuple[Citation, ...]]:
    cited = cite.distinct([each for each in quotes.choose(spans) if quotes.verbatim(each)])
    for citation in cited:
        yield Delta(("\n" if citation.id > 1 else "") + cite.quoted(citation), "quoted")
        yield Cited(citation)
    return cited


def _quoted(citations: Sequence[Citation]) -> str:
    return "\n".join(cite.quoted(citation) for citation in citations)


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
