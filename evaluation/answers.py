"""Asks a golden set: ingest its documents like uploads, ask like the API, keep what became of each question.

Knows nothing of how answers are made, and no figure: those are in `evaluation.answer_figures`. Quotes are made for
every question, refused ones too, so that any threshold can be judged afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from core.errors import Invalid
from core.ports import Generator, Reranker
from core.settings import Settings
from core.store.database import Database, migrate
from core.store.learned.calibrations import Calibration
from core.store.passages import chunk_count
from core.types import OPERATOR, Filters, Message
from evaluation.corpus import document_ids
from evaluation.corpus_build import CorpusDocument
from evaluation.kept_home import open_home, read_in
from evaluation.outcome import Asked, Outcome
from evaluation.plan import Plan
from evaluation.references import Reference
from evaluation.sources import read_sources
from generation.answering import SPANS_BUDGET_S, Answerer
from generation.events import Delta, Finished
from generation.models.open import open_generator
from generation.refusal import support
from ingest.sandbox.parent import Sandbox
from retrieval.models.reranker import open_reranker
from retrieval.search import Searcher, open_searcher

REPORT_EVERY = 50
NOTHING = "no document"
UNHURRIED_S = 600.0
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
    """Ingest the documents into a throwaway home, or into the one that the plan keeps, and ask the questions.

    `calibrated` gives the threshold if it was made with the models that are used.
    """
    with open_home(_paced(settings, plan), plan.keep, redact=redact) as home:
        db = Database(home.database_url)
        try:
            rejected = read_in(home, db, documents, report)
            reranker = open_reranker(home)
            searcher = open_searcher(home, db, reranker=reranker)
            outcome = _asked(home, searcher, reranker, questions, plan, calibrated, document_ids(db), report)
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
    """Ask the questions of the documents that serve, as one who sees everything; journal nothing.

    Judged documents count where one with that path serves. Raises Invalid for a home in which nothing serves.
    """
    settings = _paced(settings, plan)
    db = Database(settings.database_url)
    try:
        migrate(db)
        with db.read() as session:
            if not chunk_count(session):
                raise Invalid("No document serves here.", hint="Upload documents, or leave --live out.")
        reranker = open_reranker(settings)
        searcher = open_searcher(settings, db, reranker=reranker)
        ids = document_ids(db)
        here = [replace(each, gold=each.gold & ids.keys()) for each in questions]
        return _asked(settings, searcher, reranker, here, plan, calibrated, ids, report)
    finally:
        db.close()


@dataclass(frozen=True, slots=True)
class _Asking:
    """Who is asked, how, and what ids the documents have in the database, by their own."""

    answerer: Answerer
    plan: Plan
    ids: Mapping[str, str]

    def ask(self, reference: Reference) -> Asked:
        filters = self._without(reference.gold) if reference.withheld else None
        began, first = time.perf_counter(), None
        for event in self.answerer.stream(OPERATOR, reference.question, mode=self.plan.mode, filters=filters):
            if first is None and isinstance(event, Delta):
                first = time.perf_counter() - began
            if isinstance(event, Finished):
                return Asked(reference, event.answer, time.perf_counter() - began, first)
        raise AssertionError("the stream of an answer ends with Finished")

    def _without(self, gold: frozenset[str]) -> Filters:
        """Return what narrows a search to all other documents; an empty filter would let everything through."""
        rest = frozenset(stored for own, stored in self.ids.items() if own not in gold)
        return Filters(document_ids=rest or frozenset({NOTHING}))


def _asked(
    home: Settings,
    searcher: Searcher,
    reranker: Reranker | None,
    questions: Sequence[Reference],
    plan: Plan,
    calibrated: Calibration | None,
    ids: Mapping[str, str],
    report: Report,
) -> Outcome:
    """Ask with no threshold where none is needed, and close the searcher."""
    models = support.made_with(searcher.models, home.search_k)
    fitting = calibrated if calibrated is not None and calibrated.models == models else None
    try:
        generator = _generator(home, plan)
        threshold, _ = Answerer(searcher, reranker, lambda: generator, home, calibrated=lambda: fitting).threshold()
        asking = home.model_copy(update={"support_threshold": threshold if plan.mode == "generate" else 0.0})
        spans_s = UNHURRIED_S if plan.unhurried else SPANS_BUDGET_S
        answerer = Answerer(searcher, reranker, lambda: generator, asking, spans_budget_s=spans_s)
        ask = _Asking(answerer, plan, ids).ask
        asked = tuple(ask(reference) for reference in _told(questions, report))
    finally:
        searcher.close()
    return Outcome(asked, None, threshold, models, {})


def _paced(settings: Settings, plan: Plan) -> Settings:
    if not plan.unhurried:
        return settings
    return settings.model_copy(update={"rerank_budget_ms": int(UNHURRIED_S * 1000), "answer_budget_s": UNHURRIED_S})


def _generator(home: Settings, plan: Plan) -> Generator | None:
    """Return the generator in the plan's adapter, its weights loaded: loading them is no part of an answer."""
    generator = open_generator(home)
    if plan.adapter is not None:
        _load_adapter(generator, plan.adapter)
    if plan.mode == "generate" and generator is not None:
        next(iter(generator.stream([Message("user", "Hello")], max_tokens=1)), None)
    return generator


def _load_adapter(generator: Generator | None, adapter: Path) -> None:
    load = getattr(generator, "load_adapter", None)
    if load is None:
        raise Invalid(
            "Only a generator in this process can load an adapter.", hint="VOUCH_GENERATOR_URL=transformers://…"
        )
    load(adapter.resolve(), adapter.resolve().name)


def _told(questions: Sequence[Reference], report: Report) -> Iterator[Reference]:
    for count, reference in enumerate(questions, 1):
        yield reference
        if count % REPORT_EVERY == 0 or count == len(questions):
            report(f"asked {count} of {len(questions)} questions")
