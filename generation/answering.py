"""The heart of Vouch: a question in, a checked answer out. Read this first.

    question -> guard -> search (as this caller) -> spans -> support -> a refusal
                                                                     -> quotes
                                                                     -> phrase -> check -> words, or quotes after all

It knows ports, not backends: no database, no model library, no HTTP. `api` writes the answer into the journal and
turns the events into a stream; `learning` reads what became of it.
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
"""Seconds for reading spans: they come on top of what search spent on reranking passages."""


@dataclass(slots=True)
class _Course:
    """One question on its way: what was decided so far, and when it began."""

    question: str
    began: float
    threshold: float
    versions: dict[str, str]
    timings: dict[str, float] = field(default_factory=dict)

    def clock(self, step: str, since: float) -> None:
        self.timings[step] = round(time.monotonic() - since, 4)

    def finish(self, answer: Answer) -> Finished:
        self.clock("total", self.began)
        return Finished(replace(answer, versions=dict(self.versions), timings=dict(self.timings)))


class Answerer:
    """Answers questions for callers. Plain dependencies; safe to share between threads if they are."""

    def __init__(
        self,
        retriever: Retriever,
        reranker: Reranker | None,
        generator: Callable[[], Generator | None],
        settings: Settings,
        *,
        prefers_generator: Callable[[], bool] = lambda: False,
        calibrated: Callable[[], Calibration | None] = lambda: None,
        examples: Callable[[Caller, str], Sequence[prompt.Exemplar]] = lambda *_: (),
        spans_budget_s: float = SPANS_BUDGET_S,
    ) -> None:
        """`generator` is asked at each question, so that it can follow the active adapter.

        `prefers_generator` decides what "auto" means: true once an adapter has passed the gate and is active.
        `calibrated` is asked at each question too; where it has nothing, the default threshold decides. `examples` are
        approved answers to like questions, as far as the caller may see them.
        """
        self._retriever, self._reranker, self._generator = retriever, reranker, generator
        self._settings, self._prefers_generator = settings, prefers_generator
        self._calibrated, self._examples = calibrated, examples
        self._spans_budget_s = spans_budget_s

    def threshold(self) -> tuple[float, str]:
        """Return the support below which a question is refused, and what says so: a setting, a calibration's id.

        Raises Unavailable where the calibration cannot be read.
        """
        if (given := self._settings.support_threshold) is not None:
            return given, "setting"
        if (calibration := self._calibrated()) is not None:
            return calibration.threshold, calibration.id
        return support.DEFAULT_THRESHOLD, "default"

    def voice(self, mode: AnswerMode) -> dict[str, str]:
        """Return the prompt and the model that would phrase an answer in this mode; "none" where none would."""
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
        """Answer, or refuse with a reason. Raises Invalid for what is no question, Unavailable from retrieval."""
        for event in self.stream(caller, question, mode=mode, filters=filters):
            if isinstance(event, Finished):
                return event.answer
        raise AssertionError("the stream of an answer ends with Finished")

    def stream(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Iterator[Event]:
        """Yield the answer's events; raises Invalid at once, before the first, for what is no question."""
        asked = guard.checked_question(question)
        return self._events(caller, asked, mode, filters)

    def _events(self, caller: Caller, question: str, mode: AnswerMode, filters: Filters | None) -> Iterator[Event]:
        began = time.monotonic()
        threshold, source = self.threshold()
        course = _Course(question, began, threshold, self._versions(threshold, source))
        if (unclear := guard.unclear(question)) is not None:
            yield course.finish(_refused(question, Reason(unclear), (), 0.0))
            return
        found = self._search(course, caller, filters)
        yield Searched(found.passages)
        spans, supported = self._read(course, found.passages)
        why = reasons.reason(question, found.passages, spans, supported, course.threshold)
        if why is not None:
            yield from map(Cited, why.citations)
            yield course.finish(_refused(question, why, found.passages, supported))
            return
        said = (yield from self._phrase(course, caller, spans)) if self._phrases(mode) else Phrased()
        citations = said.citations or (yield from _quote(spans))
        yield course.finish(
            Answer(
                question=question,
                status="answered",
                text=said.text or _quoted(citations),
                citations=citations,
                closest=_uncited(found.passages, citations),
                support=supported,
                sentences=said.sentences or tuple(Sentence(cite.quoted(c), "quoted", (c.id,)) for c in citations),
                phrased=bool(said.sentences),
                fallback=said.fallback,
            )
        )

    def _search(self, course: _Course, caller: Caller, filters: Filters | None) -> SearchResult:
        began = time.monotonic()
        found = self._retriever.search(caller, course.question, k=self._settings.search_k, filters=filters)
        course.versions["index"] = found.index_version
        course.timings |= {f"search.{step}": seconds for step, seconds in found.timings.items()}
        course.clock("search", began)
        return found

    def _read(self, course: _Course, passages: Sequence[Ranked]) -> tuple[list[Scored], float]:
        """Return the passages' spans, best first, and how surely they answer."""
        began = time.monotonic()
        spans = quotes.score_spans(course.question, passages, self._reranker, deadline=began + self._spans_budget_s)
        spans = withhold.preferred(spans)
        supported = support.support(support.features(course.question, passages, spans)) if spans else 0.0
        course.clock("quotes", began)
        return spans, round(supported, 4)

    def _phrases(self, mode: AnswerMode) -> bool:
        return mode == "generate" or (mode == "auto" and self._prefers_generator())

    def _phrase(self, course: _Course, caller: Caller, spans: Sequence[Scored]) -> abc.Generator[Event, None, Phrased]:
        """Let the generator put the evidence into words; what passes the check is said at once."""
        began = time.monotonic()
        given = withhold.given(spans)
        evidence = cite.distinct(quotes.choose(given, quotes.EVIDENCE))
        try:
            generator = self._generator()
        except VouchError:
            generator = None
        if generator is None:
            return Phrased(fallback="generator_missing")
        if not evidence:
            return Phrased(fallback="sources_withheld")
        course.versions |= {"prompt": prompt.PHRASE_2.version, "model": generator.name}
        deadline = course.began + self._settings.answer_budget_s
        try:
            examples = self._examples(caller, course.question)
        except VouchError:  # an answer does without examples; it does not fail for want of them
            examples = ()
        phrased = yield from phrase(
            generator,
            course.question,
            evidence,
            deadline=deadline,
            best=quotes.in_context(given[0]),
            examples=examples,
        )
        course.clock("phrase", began)
        return phrased

    def _versions(self, threshold: float, source: str) -> dict[str, str]:
        """Return what an answer is made by; search, and the generator when it is asked, fill in their own."""
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
