"""Measures answers on questions with known answers: ingest the corpus like an upload, ask like the API, compare.

Knows nothing of how answers are made; the measures are in `generation.metrics`. A reference that is missing or empty
is not compared with, so that a set may hold questions which only have to be refused. Quotes are made for every
question, refused ones too, so that any threshold can be judged afterwards.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from cli.corpus import ingest_corpus, load_corpus, throwaway_home
from cli.corpus_workers import CorpusDocument
from core.calibrations import Calibration
from core.db import Database
from core.errors import Invalid
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
from retrieval.search import open_searcher

REPORT_EVERY = 50
RIGHT_F1 = 0.5
"""An answer is right when it contains a reference whole or has at least this token F1 with one."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A question, the answers that count as right, and whether the corpus answers it, where that is known."""

    id: str
    question: str
    answers: tuple[str, ...]
    answerable: bool | None


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of one question."""

    reference: Reference
    answer: Answer
    seconds: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a set: every question as if none were refused (but in mode "generate" as it was answered).

    `threshold` is the one in force, `models` what estimated support.
    """

    asked: tuple[Asked, ...]
    documents: Sequence[CorpusDocument]
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
    if mode not in get_args(AnswerMode):
        raise Invalid(f"There is no mode {mode!r}.", hint=f"Known: {', '.join(get_args(AnswerMode))}.")
    corpus = load_corpus(folder)
    references = load_references(folder / "answers.jsonl", corpus.questions)
    with throwaway_home(settings, redact=redact) as home:
        db = Database(home.database_url)
        ingest_corpus(home, db, corpus.documents, report)
        with _answerer(home, db, mode, calibrated) as (answerer, threshold, models):
            asked = tuple(_ask(answerer, reference, mode) for reference in _told(references, report))
    return Outcome(asked, corpus.documents, threshold, models)


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


def load_references(path: Path, questions: Mapping[str, str]) -> list[Reference]:
    """Read `answers.jsonl`. Raises Invalid that names the line which is no reference to a known question."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{path} cannot be read: {error}.") from error
    return [_reference(path, number, line, questions) for number, line in enumerate(lines, 1) if line.strip()]


def figures(asked: Sequence[Asked], documents: Sequence[CorpusDocument]) -> dict[str, Json]:
    """Return the measures over all questions; a refusal scores 0 where there was something to answer."""
    compared = [each for each in asked if each.reference.answers and each.reference.answerable is not False]
    texts = {document.id: _flat(document.text) for document in documents}
    quotes = [c for each in asked for c in each.answer.citations]
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
        "quotes_verbatim": ratio(sum(_flat(c.quote) in texts.get(c.passage.path, "") for c in quotes), len(quotes)),
        **_refusals(asked),
        "seconds_p50": percentile(seconds, 0.5),
        "seconds_p95": percentile(seconds, 0.95),
    }


@contextmanager
def _answerer(
    home: Settings, db: Database, mode: str, calibrated: Calibration | None
) -> Iterator[tuple[Answerer, float, Mapping[str, str]]]:
    embedder, reranker, generator = open_embedder(home), open_reranker(home), open_generator(home)
    build_snapshot(db, home, embedder.name, embedder.dimension)
    searcher = open_searcher(home, db, embedder=embedder, reranker=reranker)
    models = support.made_with(searcher.models, home.search_k)
    fitting = calibrated if calibrated is not None and calibrated.models == models else None
    try:
        threshold, _ = Answerer(searcher, reranker, lambda: generator, home, calibrated=lambda: fitting).threshold()
        asking = home.model_copy(update={"support_threshold": threshold if mode == "generate" else 0.0})
        yield Answerer(searcher, reranker, lambda: generator, asking), threshold, models
    finally:
        searcher.close()
        db.close()


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


def _reference(path: Path, number: int, line: str, questions: Mapping[str, str]) -> Reference:
    try:
        value = json.loads(line)
        question = questions.get(str(value["_id"])) or str(value["question"])
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid(f"{path}, line {number}: no object with the _id of a question in queries.jsonl.") from error
    given = value.get("answer") or []
    answers = tuple(str(each) for each in (given if isinstance(given, list) else [given]) if str(each).strip())
    answerable = value.get("answerable")
    return Reference(str(value["_id"]), question, answers, None if answerable is None else bool(answerable))


def labelled(reference: Reference, support: float = 0.0, right: bool = False) -> Judged | None:
    """Return a question as one that may be calibrated on; None where nobody said whether the documents answer it."""
    if reference.answerable is False:
        return Judged(support, answerable=False, right=False)
    if reference.answers:
        return Judged(support, answerable=True, right=right)
    return Judged(support, answerable=True, right=None) if reference.answerable else None


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
