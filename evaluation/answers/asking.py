"""Ask a golden set: ingest its documents like uploads, ask like the API, return what became of each question.

Knows nothing of how answers are made, and no figure: those are in `evaluation.answers.figures`. Quotes are chosen for
every question, refused ones too, so that any threshold can be judged afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import Invalid
from core.ports import Generator, Reader
from core.settings import Settings
from core.store.database import Database, migrate
from core.store.learned.calibrations import Calibration
from core.store.passages import chunk_count
from core.types import OPERATOR, Filters, Message
from evaluation.answers.outcome import AskedQuestion, Outcome
from evaluation.corpus.home import ingest_once, open_home
from evaluation.corpus.ingest import document_ids
from evaluation.corpus.load import CorpusDocument
from evaluation.golden.plan import Plan
from evaluation.golden.references import Reference
from evaluation.golden.sources import read_sources
from generation.answering import Answerer
from generation.events import Delta, Finished
from generation.evidence.reading import SharedWords
from generation.models.open import open_generator
from generation.refusal import support
from ingest.sandbox.parent import Sandbox
from retrieval.models.reader import open_reader
from retrieval.models.reranker import open_reranker
from retrieval.search import Searcher, open_searcher

REPORT_EVERY = 50
NO_DOCUMENT = "no document"
"""An id that no document has."""
NO_LIMIT_S = 600.0
"""Seconds for the reranker and the generator without time limits: longer than either takes."""
Report = Callable[[str], None]


def ask_set(
    settings: Settings,
    documents: Sequence[CorpusDocument],
    questions: Sequence[Reference],
    plan: Plan,
    *,
    redact: bool = True,
    calibrated: Calibration | None = None,
    report: Report = lambda _: None,
) -> Outcome:
    """Ingest the documents into a throwaway home, or into the plan's, and ask the questions.

    `calibrated` gives the threshold if it was made with the models that are used. Raises Invalid for a home that holds
    something else.
    """
    with open_home(_with_limits(settings, plan), plan.home, redact=redact) as home:
        db = Database(home.database_url)
        try:
            rejected = ingest_once(home, db, documents, report)
            reranker = open_reranker(home)
            searcher = open_searcher(home, db, reranker=reranker)
            reader = open_reader(home, reranker)
            outcome = _ask_all(home, searcher, reader, questions, plan, calibrated, document_ids(db), report)
        finally:
            db.close()
        with Sandbox(home) as sandbox:
            return replace(outcome, sources=read_sources(documents, sandbox), rejected=rejected)


def ask_live(
    settings: Settings,
    questions: Sequence[Reference],
    plan: Plan,
    *,
    calibrated: Calibration | None = None,
    report: Report = lambda _: None,
) -> Outcome:
    """Ask the documents that serve, as a caller who may see all of them; journal nothing.

    A judged document counts if a document with its path serves. Raises Invalid for a home in which none serves.
    """
    settings = _with_limits(settings, plan)
    db = Database(settings.database_url)
    try:
        migrate(db)
        with db.read() as session:
            if not chunk_count(session):
                raise Invalid("No document serves here.", hint="Upload documents, or ask the set's own documents.")
        reranker = open_reranker(settings)
        searcher = open_searcher(settings, db, reranker=reranker)
        ids = document_ids(db)
        here = [replace(each, gold=each.gold & ids.keys()) for each in questions]
        return _ask_all(settings, searcher, open_reader(settings, reranker), here, plan, calibrated, ids, report)
    finally:
        db.close()


@dataclass(frozen=True, slots=True)
class _Asker:
    """Asks one question after another; `ids` are the database ids of documents by path."""

    answerer: Answerer
    plan: Plan
    ids: Mapping[str, str]

    def ask(self, reference: Reference) -> AskedQuestion:
        filters = self._without(reference.gold) if reference.withheld else None
        began, first = time.perf_counter(), None
        for event in self.answerer.stream(OPERATOR, reference.question, mode=self.plan.mode, filters=filters):
            if first is None and isinstance(event, Delta):
                first = time.perf_counter() - began
            if isinstance(event, Finished):
                return AskedQuestion(reference, event.answer, time.perf_counter() - began, first)
        raise AssertionError("the stream of an answer ends with Finished")

    def _without(self, gold: frozenset[str]) -> Filters:
        """Return filters that pass every other document; if there is none, nothing, since no filter passes all."""
        rest = frozenset(stored for own, stored in self.ids.items() if own not in gold)
        return Filters(document_ids=rest or frozenset({NO_DOCUMENT}))


def _ask_all(
    home: Settings,
    searcher: Searcher,
    reader: Reader | None,
    questions: Sequence[Reference],
    plan: Plan,
    calibrated: Calibration | None,
    ids: Mapping[str, str],
    report: Report,
) -> Outcome:
    """Ask all questions, in quotes without a threshold, and close the searcher."""
    reader = reader or SharedWords()
    models = support.made_with({**searcher.models, "reader": reader.name}, home.search_k)
    fitting = calibrated if calibrated is not None and calibrated.models == models else None
    try:
        generator = _generator(home, plan)
        threshold, _ = Answerer(searcher, reader, lambda: generator, home, calibrated=lambda: fitting).threshold()
        asking = home.model_copy(update={"support_threshold": threshold if plan.mode == "generate" else 0.0})
        ask = _Asker(Answerer(searcher, reader, lambda: generator, asking), plan, ids).ask
        asked = tuple(ask(reference) for reference in _reported(questions, report))
    finally:
        searcher.close()
    return Outcome(asked, None, threshold, models, {})


def _with_limits(settings: Settings, plan: Plan) -> Settings:
    """Return the settings with the time limits that the plan asks for."""
    if not plan.no_time_limits:
        return settings
    return settings.model_copy(update={"rerank_budget_ms": int(NO_LIMIT_S * 1000), "answer_budget_s": NO_LIMIT_S})


def _generator(home: Settings, plan: Plan) -> Generator | None:
    """Return the generator with the plan's adapter, its weights loaded: loading them is no part of an answer."""
    generator = open_generator(home)
    if plan.adapter is not None:
        _load_adapter(generator, plan.adapter)
    if plan.mode == "generate" and generator is not None:
        next(iter(generator.stream([Message("user", "Hello")], max_tokens=1)), None)
    return generator


def _load_adapter(generator: Generator | None, adapter: Path) -> None:
    use = getattr(generator, "load_adapter", None)
    if use is None:
        raise Invalid(
            "Only a generator in this process can load an adapter.", hint="VOUCH_GENERATOR_URL=transformers://…"
        )
    use(adapter.resolve(), adapter.resolve().name)


def _reported(questions: Sequence[Reference], report: Report) -> Iterator[Reference]:
    """Yield the questions and report how many were asked."""
    for count, reference in enumerate(questions, 1):
        yield reference
        if count % REPORT_EVERY == 0 or count == len(questions):
            report(f"asked {count} of {len(questions)} questions")
