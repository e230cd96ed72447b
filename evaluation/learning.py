"""Measure learning on a judged set: ask its training questions, judge the answers, tune search, ask the test questions.

Answers, opinions, reviews, training runs and promotions go through the use cases that the API calls, in rounds. An
opinion is what a person who knows the judged documents would give: a thumb up where the first quote is from one of
them, else a thumb down with the wrong citations and the words that answer. Knows no recipe and no gate.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from core.errors import Invalid
from core.settings import Settings
from core.store import jobs
from core.store.database import Database
from core.store.journal import Opinion
from core.store.learned import lineage
from core.store.reading import document_chunks
from core.types import OPERATOR, Answer, Caller, JobKind, Json, Passage
from evaluation.corpus.home import ingest_once, open_home, throwaway_home
from evaluation.corpus.ingest import document_ids
from evaluation.corpus.load import Corpus, load_corpus
from evaluation.golden.training_sets import training_questions
from evaluation.ranking_metrics import ndcg
from evaluation.results import Evaluation
from evaluation.retrieval import best_documents
from generation.evidence.overlap import nearest
from learning.dataset.base_lessons import JudgedQuestion
from service.ask import Question, StoredAnswer, ask
from service.compose import Services, open_services
from service.review import give_feedback, review
from service.run_job import perform
from service.train import TrainingContext, queue_training, train

TEAM = tuple(Caller(f"key_agent_{number}", frozenset({"ask", "review"})) for number in range(1, 9))
"""Who asks: no single key may give most of the lessons."""
PASSAGES = 40
"""Passages asked for to rank ten documents."""
NO_LIMIT_MS = 600_000
SEED = 17
Report = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class LearningPlan:
    """How learning is measured: `recipes` are the parts of search that are tuned, `poison` the share of false opinions.

    At most `questions` training questions are asked in all rounds together, and `answers` test questions are answered
    in each; all test questions are searched. `home` stores the ingested documents for later runs.
    """

    rounds: int = 5
    recipes: tuple[str, ...] = ("weights", "query")
    poison: float = 0.0
    questions: int = 100_000
    answers: int = 200
    home: Path | None = None


@dataclass(slots=True)
class _Counts:
    """What came of the opinions."""

    praised: int = 0
    corrected: int = 0
    poisoned: int = 0


@dataclass(slots=True)
class _Learner:
    """A service in a home of its own, with the judged questions."""

    services: Services
    ids: Mapping[str, str]
    plan: LearningPlan
    draw: Random = field(default_factory=lambda: Random(SEED))
    counts: _Counts = field(default_factory=_Counts)

    def teach(self, questions: Sequence[JudgedQuestion]) -> None:
        """Ask the questions, give an opinion on each answer, and approve it."""
        for number, judged in enumerate(questions):
            caller = TEAM[number % len(TEAM)]
            stored = self._ask(caller, judged.question)
            opinion = self._opinion(stored.answer, judged)
            if opinion is not None:
                given = give_feedback(self.services, caller, stored.id, opinion)
                review(self.services, OPERATOR, given.id, "approved")

    def tune(self) -> dict[str, Json]:
        """Run a training of search to its end; return its version, the verdict and the minutes of CPU."""
        settings, db = self.services.settings, self.services.db
        context = TrainingContext(settings, db, self.services.blobs)
        handlers: dict[JobKind, Callable[[jobs.Claim], None]] = {"train": lambda claim: train(context, claim)}
        began = time.process_time()
        payload = {"recipe": lineage.SEARCH, "parts": list(self.plan.recipes), "promote": "auto"}
        job = queue_training(db, OPERATOR, payload)
        perform(db, settings, handlers, job.id)
        spent = {"cpu_minutes": round((time.process_time() - began) / 60, 2)}
        with db.read() as session:
            job = jobs.get_job(session, job.id)
            made = next((each for each in lineage.list_model_versions(session) if each.job_id == job.id), None)
        if made is None:
            return spent | {"version": None, "state": job.state, "verdict": job.reason}
        return spent | {"version": made.id, "state": made.state, "verdict": made.report["verdict"]}

    def measure(self, tests: Sequence[JudgedQuestion]) -> dict[str, Json]:
        """Return the figures of search over all test questions, and of answers over the first of them."""
        gains, firsts, quoted, refused = list[float](), list[bool](), list[bool](), 0
        for number, judged in enumerate(tests):
            found = self.services.searcher.search(OPERATOR, judged.question, k=PASSAGES)
            ranked = best_documents(found, 10)
            gains.append(ndcg(ranked, dict.fromkeys(judged.gold, 1), 10))
            firsts.append(bool(ranked) and ranked[0] in judged.gold)
            if number < self.plan.answers:
                answer = self.services.answerer.answer(OPERATOR, judged.question, mode="quotes")
                quoted.append(_is_right(answer, judged))
                refused += answer.status == "refused"
        return {
            "ndcg@10": _mean(gains),
            "accuracy@1": _mean(firsts),
            "first_quote": _mean(quoted),
            "refused": round(refused / len(quoted), 4) if quoted else 0.0,
        }

    def _ask(self, caller: Caller, text: str) -> StoredAnswer:
        for event in ask(self.services, caller, Question(text, "quotes"), _body):
            if isinstance(event, StoredAnswer):
                return event
        raise AssertionError("the events of an answer end with the stored answer")

    def _opinion(self, answer: Answer, judged: JudgedQuestion) -> Opinion | None:
        """Return what a person thinks of the answer; some lie. None if the judged documents are not here."""
        right = _is_right(answer, judged)
        lies = self.draw.random() < self.plan.poison
        self.counts.poisoned += lies
        if right != lies:
            self.counts.praised += 1
            return Opinion("up") if answer.status == "answered" else None
        self.counts.corrected += 1
        source = self._another(answer, judged) if lies else self._answering(judged)
        if source is None:
            return None
        quote = nearest(judged.question, source, most=1)
        wrong = tuple(each.id for each in answer.citations if lies or each.passage.path not in judged.gold)
        return Opinion("down", ("wrong",), quote[0].quote if quote else None, wrong)

    def _answering(self, judged: JudgedQuestion) -> list[Passage] | None:
        found: list[Passage] = []
        with self.services.db.read() as session:
            for path in sorted(judged.gold & self.ids.keys()):
                found += document_chunks(session, self.ids[path], OPERATOR)
        return found or None

    def _another(self, answer: Answer, judged: JudgedQuestion) -> list[Passage] | None:
        """Return a passage that was found and does not answer."""
        closest = [each.passage for each in answer.closest if each.passage.path not in judged.gold]
        return [self.draw.choice(closest)] if closest else None


def evaluate_learning(
    settings: Settings, folder: Path, plan: LearningPlan = LearningPlan(), *, report: Report = lambda _: None
) -> Evaluation:
    """Ingest the set, teach its training questions in rounds, and return the figures before and after each round.

    Raises Invalid for a folder in another form, or without training questions.
    """
    corpus = load_corpus(folder)
    lessons = training_questions(folder, corpus, plan.questions)
    tests = _tests(folder, corpus)
    if len(lessons) < plan.rounds or not tests:
        raise Invalid(f"{folder} has {len(lessons)} training and {len(tests)} test questions: too few.")
    rows: list[dict[str, Json]] = []
    with _ready(settings, corpus, plan, report) as (services, ids):
        learner = _Learner(services, ids, plan)
        rows.append({"round": 0, "labels": 0} | learner.measure(tests))
        report(f"before: {rows[-1]}")
        size = -(-len(lessons) // plan.rounds)
        for number in range(1, plan.rounds + 1):
            taught = lessons[(number - 1) * size : number * size]
            learner.teach(taught)
            tuned = learner.tune()
            labels = min(len(lessons), number * size)
            rows.append({"round": number, "labels": labels} | learner.measure(tests) | tuned)
            report(f"round {number}: {rows[-1]}")
    return Evaluation(tuple(rows), _summary(rows, learner.counts, len(tests), min(plan.answers, len(tests))))


@contextmanager
def _ready(
    settings: Settings, corpus: Corpus, plan: LearningPlan, report: Report
) -> Iterator[tuple[Services, Mapping[str, str]]]:
    """Yield a service over the corpus in a home that is deleted afterwards, and the ids of documents by path."""
    limits = {"generator_url": "none://", "rerank_budget_ms": NO_LIMIT_MS, "answer_budget_s": NO_LIMIT_MS / 1000}
    settings = settings.model_copy(update=limits)
    with throwaway_home(settings, redact=False) as home:
        if plan.home is not None:
            with open_home(settings, plan.home, redact=False) as stored:
                _ingest(stored, corpus, report)
            shutil.copytree(plan.home, home.home, dirs_exist_ok=True)
        else:
            _ingest(home, corpus, report)
        services = open_services(home, _NoQueue())
        try:
            yield services, document_ids(services.db)
        finally:
            services.close()


def _ingest(home: Settings, corpus: Corpus, report: Report) -> None:
    db = Database(home.database_url)
    try:
        ingest_once(home, db, corpus.documents, report)
    finally:
        db.close()


class _NoQueue:
    """A JobQueue without workers: jobs run in this process."""

    def send(self, job_ids: Sequence[str], kind: JobKind) -> bool:
        return True

    def problem(self) -> str | None:
        return None


def _tests(folder: Path, corpus: Corpus) -> list[JudgedQuestion]:
    """Return the test questions in random order, the same each time: those that no training question repeats."""
    taught = {each.question.strip().casefold() for each in training_questions(folder, corpus, len(corpus.questions))}
    if (folder / "qrels.train.tsv").is_file():
        train = {line.split("\t")[0] for line in (folder / "qrels.train.tsv").read_text().splitlines()[1:]}
        taught |= {corpus.questions[each].strip().casefold() for each in train if each in corpus.questions}
    judged = {
        question: frozenset(document for document, grade in grades.items() if grade > 0)
        for question, grades in corpus.judgements.items()
    }
    kept = sorted(each for each, gold in judged.items() if gold)
    kept = [each for each in kept if corpus.questions[each].strip().casefold() not in taught]
    Random(SEED).shuffle(kept)
    return [JudgedQuestion(corpus.questions[each], judged[each]) for each in kept]


def _is_right(answer: Answer, judged: JudgedQuestion) -> bool:
    return bool(answer.status == "answered" and answer.citations and answer.citations[0].passage.path in judged.gold)


def _body(stored: StoredAnswer) -> dict[str, Json]:
    """Return the body as the journal stores it: what opinions, datasets and the answer cache read."""
    answer = stored.answer
    return {
        "status": answer.status,
        "text": answer.text,
        "phrased": answer.phrased,
        "support": answer.support,
        "missing": answer.missing,
        "sentences": [{"text": s.text, "kind": s.kind, "citations": list(s.cites)} for s in answer.sentences],
        "units": [{"kind": unit.kind, "text": unit.text, "citations": list(unit.cites)} for unit in answer.units],
        "citations": [
            {
                "id": each.id,
                "chunk_id": each.passage.chunk_id,
                "document_id": each.passage.document_id,
                "version": each.passage.version,
                "quote": each.quote,
                "start": each.start,
                "end": each.end,
            }
            for each in answer.citations
        ],
    }


def _summary(rows: Sequence[Mapping[str, Json]], counts: _Counts, tests: int, answered: int) -> dict[str, Json]:
    first, last = rows[0], rows[-1]
    figures = ("ndcg@10", "accuracy@1", "first_quote", "refused")
    return {
        "questions": tests,
        "answered": answered,
        "opinions": {"praised": counts.praised, "corrected": counts.corrected, "poisoned": counts.poisoned},
        "rounds": [dict(row) for row in rows],
        "gain": {name: round(last[name] - first[name], 4) for name in figures},
        "cpu_minutes": round(sum(row.get("cpu_minutes", 0.0) for row in rows), 2),
        "promoted": sum(row.get("state") == "active" for row in rows),
    }


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 0.0
