"""Measures answers on questions with known answers: ingest the corpus like an upload, ask like the API, compare.

Knows nothing of how answers are made; the measures are in `generation.metrics`. A reference that is missing or empty
is not compared with, so that a set may hold questions which only have to be refused. Quotes are made for every
question, refused ones too, so that any threshold can be judged afterwards.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from cli.corpus import ingest_corpus, load_corpus, load_questions, throwaway_home
from cli.corpus_workers import CorpusDocument
from cli.references import Reference, labelled, load_references
from core.calibrations import Calibration
from core.db import Database, migrate
from core.errors import Invalid
from core.passages import chunk_count
from core.ports import Reranker
from core.settings import Settings
from core.types import OPERATOR, Answer, AnswerMode, Json
from generation import calibration, support
from generation.answering import NOT_ANSWERED, Answerer
from generation.calibration import Judged
from generation.cite import without_markers
from generation.metrics import contains, exact_match, percentile, ratio, token_f1
from generation.open import open_generator
from retrieval.embed import open_embedder
from retrieval.publish import build_snapshot
from retrieval.rerank import open_reranker
from retrieval.search import Searcher, open_searcher

REPORT_EVERY = 50
RIGHT_F1 = 0.5
"""An answer is right when it contains a reference whole or has at least this token F1 with one."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one question."""

    reference: Reference
    answer: Answer
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a set: every question as if none were refused (but in mode "generate" as it was answered).

    `documents` is None where those that serve were asked; `threshold` is in force, `models` estimated support.
    """

    asked: tuple[Asked, ...]
    documents: Sequence[CorpusDocument] | None
    threshold: float
    models: Mapping[str, str]

    def answered(self) -> list[Asked]:
        """Return the questions as they are answered at the threshold in force."""
        return [at(each, self.threshold) for each in self.asked]

    def judged(self) -> list[Judged]:
        """Return what is known of the labelled questions."""
        found = (labelled(each.reference, each.answer.support, _is_right(each)) for each in self.asked)
        return [known for known in found if known is not None]


def run_answers(
    settings: Settings,
    folder: Path,
    *,
    mode: str = "quotes",
    run: Path | None = None,
    redact: bool = True,
    report: Callable[[str], None] = lambda _: None,
) -> dict[str, Json]:
    """Ask as `ask_set` does and return figures; write one line per question to `run`, as `write_run` does."""
    outcome = ask_set(settings, folder, mode=mode, redact=redact, report=report)
    if run is not None:
        write_run(run, outcome.answered())
    return figures(outcome.answered(), outcome.documents)


def ask_set(
    settings: Settings,
    folder: Path,
    *,
    mode: str = "quotes",
    redact: bool = True,
    calibrated: Calibration | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Ingest the corpus in `folder` into a throwaway home and ask every question that has a reference.

    `calibrated` gives the threshold if it was made with the models that are used. Raises Invalid for a folder in
    another form or an unknown mode.
    """
    require_mode(mode)
    corpus = load_corpus(folder)
    references = load_references(folder / "answers.jsonl", corpus.questions)
    with throwaway_home(settings, redact=redact) as home:
        db = Database(home.database_url)
        try:
            ingest_corpus(home, db, corpus.documents, report)
            embedder, reranker = open_embedder(home), open_reranker(home)
            build_snapshot(db, home, embedder.name, embedder.dimension)
            searcher = open_searcher(home, db, embedder=embedder, reranker=reranker)
            return _asked(home, searcher, reranker, references, mode, calibrated, corpus.documents, report)
        finally:
            db.close()


def ask_live(
    settings: Settings,
    folder: Path,
    *,
    mode: str = "quotes",
    calibrated: Calibration | None = None,
    report: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Ask the questions in `folder` of the documents that serve, as one who sees everything; journal nothing.

    Raises Invalid for a folder in another form, an unknown mode, or a home in which nothing serves.
    """
    require_mode(mode)
    references = load_references(folder / "answers.jsonl", load_questions(folder))
    db = Database(settings.database_url)
    try:
        migrate(db)
        with db.read() as session:
            if not chunk_count(session):
                raise Invalid("No document serves here.", hint="Upload documents, or leave --live out.")
        reranker = open_reranker(settings)
        searcher = open_searcher(settings, db, reranker=reranker)
        return _asked(settings, searcher, reranker, references, mode, calibrated, None, report)
    finally:
        db.close()


def require_mode(mode: str) -> None:
    """Raise Invalid for a mode that there is not."""
    if mode not in get_args(AnswerMode):
        raise Invalid(f"There is no mode {mode!r}.", hint=f"Known: {', '.join(get_args(AnswerMode))}.")


def at(asked: Asked, threshold: float) -> Asked:
    """Return the question as it is answered, or refused, at this threshold."""
    if asked.answer.status == "refused" or asked.answer.support >= threshold:
        return asked
    refused = replace(
        asked.answer, status="refused", text="", citations=(), phrased=False, fallback=None, refusal=NOT_ANSWERED
    )
    return replace(asked, answer=refused)


def selective(outcome: Outcome) -> dict[str, Json]:
    """Return how risk falls as more is refused: the share of wrong answers among those shown, by share shown."""
    points = calibration.curve(outcome.judged())
    return {
        "threshold": outcome.threshold,
        "risk_coverage_area": calibration.area(points),
        "risk_at_coverage": {f"{each:g}": calibration.risk_at(points, each) for each in calibration.COVERAGES},
    }


def figures(asked: Sequence[Asked], documents: Sequence[CorpusDocument] | None) -> dict[str, Json]:
    """Return the measures over all questions; a refusal scores 0 where there was something to answer.

    Quotes are looked up in the documents as they were given; where those are not at hand, nothing is said of them.
    """
    compared = [each for each in asked if each.reference.answers and each.reference.answerable is not False]
    texts = {document.id: _flat(document.text) for document in documents or ()}
    quotes = [c for each in asked for c in each.answer.citations]
    verbatim = sum(_flat(c.quote) in texts.get(c.passage.path, "") for c in quotes)
    seconds = [each.seconds for each in asked]
    return {
        "questions": len(asked),
        "token_f1": _mean([_best(each, token_f1) for each in compared]),
        "exact_match": _mean([_best(each, exact_match) for each in compared]),
        "contains": _mean([_best(each, contains) for each in compared]),
        "words": _mean([len(_said(each).split()) for each in asked if each.answer.text]),
        "answered": ratio(sum(each.answer.status == "answered" for each in asked), len(asked)),
        "phrased": ratio(sum(each.answer.phrased for each in asked), len(asked)),
        "quotes": len(quotes),
        "quotes_verbatim": ratio(verbatim, len(quotes)) if documents is not None else None,
        **_refusals(asked),
        "seconds_p50": percentile(seconds, 0.5),
        "seconds_p95": percentile(seconds, 0.95),
    }


def _asked(
    home: Settings,
    searcher: Searcher,
    reranker: Reranker | None,
    references: Sequence[Reference],
    mode: str,
    calibrated: Calibration | None,
    documents: Sequence[CorpusDocument] | None,
    report: Callable[[str], None],
) -> Outcome:
    """Ask with no threshold where none is needed, and close the searcher."""
    generator = open_generator(home)
    models = support.made_with(searcher.models, home.search_k)
    fitting = calibrated if calibrated is not None and calibrated.models == models else None
    try:
        threshold, _ = Answerer(searcher, reranker, lambda: generator, home, calibrated=lambda: fitting).threshold()
        asking = home.model_copy(update={"support_threshold": threshold if mode == "generate" else 0.0})
        answerer = Answerer(searcher, reranker, lambda: generator, asking)
        asked = tuple(_ask(answerer, reference, mode) for reference in _told(references, report))
    finally:
        searcher.close()
    return Outcome(asked, documents, threshold, models)


def _ask(answerer: Answerer, reference: Reference, mode: str) -> Asked:
    began = time.perf_counter()
    chosen = next(known for known in get_args(AnswerMode) if known == mode)
    answer = answerer.answer(OPERATOR, reference.question, mode=chosen)
    return Asked(reference, answer, time.perf_counter() - began)


def _told(references: Sequence[Reference], report: Callable[[str], None]) -> Iterator[Reference]:
    for count, reference in enumerate(references, 1):
        yield reference
        if count % REPORT_EVERY == 0 or count == len(references):
            report(f"asked {count} of {len(references)} questions")


def _is_right(asked: Asked) -> bool:
    return bool(asked.reference.answers) and (bool(_best(asked, contains)) or _best(asked, token_f1) >= RIGHT_F1)


def _refusals(asked: Sequence[Asked]) -> dict[str, float | None]:
    labelled = [each for each in asked if each.reference.answerable is not None]
    refused = [each for each in labelled if each.answer.status == "refused"]
    right = sum(each.reference.answerable is False for each in refused)
    unanswerable = sum(each.reference.answerable is False for each in labelled)
    return {"refusal_precision": ratio(right, len(refused)), "refusal_recall": ratio(right, unanswerable)}


def _best(asked: Asked, measure: Callable[[str, str], float]) -> float:
    return max(float(measure(_said(asked), answer)) for answer in asked.reference.answers)


def _said(asked: Asked) -> str:
    """Return the answer's words without markers: a [1] is no token of the answer."""
    return without_markers(asked.answer.text)


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _flat(text: str) -> str:
    return " ".join(text.split())


def write_run(path: Path, asked: Sequence[Asked]) -> None:
    """Write a `{"query_id", "status", "text", "quotes": [{"doc_id", "quote"}], "support", "seconds"}` line for each."""
    with path.open("w", encoding="utf-8") as stream:
        for each in asked:
            quotes = [{"doc_id": c.passage.path, "quote": c.quote} for c in each.answer.citations]
            line = {
                "query_id": each.reference.id,
                "status": each.answer.status,
                "text": each.answer.text,
                "quotes": quotes,
                "support": each.answer.support,
                "seconds": round(each.seconds, 4),
            }
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")
