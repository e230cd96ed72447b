"""`vouch eval answers --calibrate`: a golden set decides when to refuse, at once, and until it fits no longer."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from core.errors import Conflict, Invalid
from core.settings import load_settings
from core.store import journal
from core.store.database import Database, migrate
from core.store.learned.calibrations import Calibration, load_calibration, store_calibration
from core.types import OPERATOR, Answer, Citation, Json, Passage
from evaluation import calibrate
from evaluation.answer_figures import selective
from evaluation.corpus import ingest_corpus
from evaluation.corpus_build import CorpusDocument
from evaluation.curve import draw_curve
from evaluation.outcome import Asked, Outcome, at
from evaluation.references import Reference
from generation.refusal.calibration import Judged, Point
from generation.refusal.support import DEFAULT_THRESHOLD
from service import doctor
from service.compose import open_services

Run = Callable[..., Result]
DOCUMENTS = [
    {"_id": "d1", "title": "Resetting the router", "text": "Hold the reset button for five seconds."},
    {"_id": "d2", "title": "Cleaning", "text": "Wipe the case with a dry cloth. Never use alcohol."},
    {"_id": "d3", "title": "Warranty", "text": "The warranty covers two years. Keep your receipt."},
]
ANSWERED = {"How long do I hold the reset button?": "five seconds", "How long is the warranty?": "two years"}
UNANSWERED = [
    "Who won the match yesterday?",
    "Which airline flies to Lisbon?",
    "How tall is the cathedral?",
    "What does the moon weigh?",
    "Does the soup contain celery?",
]


@pytest.fixture
def golden(tmp_path: Path) -> Path:
    folder = tmp_path / "golden"
    folder.mkdir()
    questions = [*ANSWERED, *UNANSWERED]
    answers = [
        {"_id": str(n), "answer": ANSWERED.get(text), "answerable": text in ANSWERED}
        for n, text in enumerate(questions)
    ]
    _write(folder / "corpus.jsonl", DOCUMENTS)
    _write(folder / "queries.jsonl", [{"_id": str(n), "text": text} for n, text in enumerate(questions)])
    _write(folder / "answers.jsonl", answers)
    return folder


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("VOUCH_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("VOUCH_RERANK_BUDGET_MS", "5000")
    return lambda *words: CliRunner().invoke(app, ["eval", *words])


@pytest.mark.weights
def test_a_golden_set_decides_in_a_running_service_until_it_is_dropped(run: Run, golden: Path, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home")
    services = open_services(settings)
    try:

        def threshold() -> Mapping[str, str]:
            return services.answerer.answer(OPERATOR, "?!").versions

        assert (threshold()["threshold"], threshold()["calibration"]) == (f"{DEFAULT_THRESHOLD:g}", "default")

        picture = tmp_path / "curve.svg"
        made = run("answers", str(golden), "--no-redact", "--calibrate", "--error", "0.2", "--curve", str(picture))
        told = json.loads(made.stdout[made.stdout.index("{") :])
        found = told["calibration"]
        assert (found["data"], found["unanswerable"], found["unanswerable_answered"]) == ("golden", 5, 0.0)
        assert (found["answerable_answered"], found["in_force"], told["risk_at_coverage"]["1"]) == (1.0, True, 5 / 7)
        assert threshold() == {**threshold(), "threshold": f"{found['threshold']:g}", "calibration": found["id"]}
        assert ET.parse(picture).getroot().tag.endswith("svg")

        assert "too few answers since" in doctor._refusals(settings).detail
        other = doctor._refusals(settings.model_copy(update={"reranker_url": "none://", "search_k": 5}))
        assert (other.state, "another passages, reranker, so not used" in other.detail) == ("note", True)

        assert json.loads(run("uncalibrate").stdout)["dropped"] == found["id"]
        assert threshold()["calibration"] == "default"
    finally:
        services.close()
    assert isinstance(run("uncalibrate").exception, Conflict)


@pytest.mark.weights
def test_the_documents_that_serve_can_be_asked_instead(run: Run, golden: Path, tmp_path: Path) -> None:
    (golden / "corpus.jsonl").unlink()
    (golden / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\n0\td1\t1\n1\tgone\t1\n")
    words = ("answers", str(golden), "--live", "--calibrate", "--error", "0.2")
    assert "No document serves here" in str(run(*words).exception)

    settings = load_settings(home=tmp_path / "home", redact=False)
    db = Database(settings.database_url)
    documents = [CorpusDocument(each["_id"], each["title"], each["text"]) for each in DOCUMENTS]
    ingest_corpus(settings, db, documents, lambda _: None)
    db.close()
    made = run(*words)
    told = json.loads(made.stdout[made.stdout.index("{") :])
    assert (told["quotes_verbatim"], told["calibration"]["answerable_answered"]) == (None, 1.0)
    assert told["calibration"]["in_force"] is True
    assert told["gold_first"] == 1.0  # of the one question whose judged document serves


def test_a_set_that_is_too_small_says_what_it_lacks_before_it_is_asked(run: Run, golden: Path) -> None:
    refused = run("answers", str(golden), "--no-redact", "--calibrate")
    assert isinstance(refused.exception, Invalid)
    assert "at least 9 questions labelled" in str(refused.exception)
    assert refused.output == ""


@pytest.mark.weights
def test_a_dry_run_changes_nothing(run: Run, golden: Path, tmp_path: Path) -> None:
    tried = run("answers", str(golden), "--no-redact", "--calibrate", "--error", "0.2", "--dry-run")
    assert json.loads(tried.stdout[tried.stdout.index("{") :])["calibration"]["kept"] is False
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize(
    "words",
    [
        ("--error", "0.1"),
        ("--dry-run",),
        ("--risk", "wrong"),
        ("--calibrate", "--risk", "some"),
        ("--calibrate", "--error", "1"),
        ("--calibrate", "--mode", "generate"),
        ("--curve", "nowhere/curve.svg"),
        ("--live", "--no-redact"),
        ("--live", "--withhold", "all"),
        ("--withhold", "all"),
        ("--withhold", "some"),
    ],
)
def test_options_that_do_not_fit_are_misuse(run: Run, golden: Path, words: tuple[str, ...]) -> None:
    assert isinstance(run("answers", str(golden), *words).exception, Invalid)


def test_the_doctor_tells_when_questions_are_no_longer_like_the_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_changed", lambda *_: [])
    settings = load_settings({}, home=tmp_path)
    db = Database(settings.database_url)
    migrate(db)
    known, unknown = [0.6 + n / 100 for n in range(40)], [n / 100 for n in range(40)]
    made = Calibration(0.5, "unanswerable", 0.1, "golden", "0" * 64, {}, tuple(known), tuple(unknown))
    assert "not calibrated" in doctor._refusals(settings).detail
    with db.write() as session:
        store_calibration(session, made)
    _answer(db, made.id, known)
    _answer(db, made.id, unknown)
    assert doctor._refusals(settings).state == "good"

    _answer(db, made.id, [0.5] * 200)
    late = doctor._refusals(settings)
    db.close()
    assert late.state == "note"
    assert "of the latest 280 questions 14% lay below it, of the set's 50%" in late.detail
    assert "no longer like the set" in late.detail
    fixed = doctor._refusals(settings.model_copy(update={"support_threshold": 0.4}))
    assert (fixed.state, "the calibration on golden is not used" in fixed.detail) == ("note", True)


def test_another_threshold_is_judged_after_the_fact() -> None:
    passage = Passage(1, "doc_1", 1, 0, "corpus", "d1", "Reset", "five seconds", "0" * 64)
    shown = Answer("q", "answered", "five seconds [1]", (Citation(1, passage, 0, 12, 1.0),), (), 0.6)
    asked = [
        Asked(Reference("q1", "q", ("five seconds",), None), shown, 1.0),
        Asked(Reference("q2", "q", (), False), replace(shown, support=0.4), 1.0),
        Asked(Reference("q3", "q", ("ten",), True), replace(shown, support=0.5), 1.0),
        Asked(Reference("q4", "q", (), None), shown, 1.0),
    ]
    outcome = Outcome(tuple(asked), {}, 0.5, {}, {})
    assert [each.answer.status for each in outcome.answered()] == ["answered", "refused", "answered", "answered"]
    assert at(asked[0], 0.7).answer.citations == ()
    assert outcome.judged() == [Judged(0.6, True, True), Judged(0.4, False, False), Judged(0.5, True, False)]
    assert selective(outcome)["risk_at_coverage"] == {"0.5": 0.5, "0.7": 2 / 3, "0.8": 2 / 3, "0.9": 2 / 3, "1": 2 / 3}


def test_the_digest_follows_every_file_of_the_set(golden: Path) -> None:
    before = calibrate.digest(golden)
    with (golden / "answers.jsonl").open("a") as stream:
        stream.write("\n")
    assert calibrate.digest(golden) != before


def test_a_title_cannot_leave_its_place_in_the_picture() -> None:
    points = [Point(0.9, 0.5, 0.1), Point(0.4, 1.0, 0.3)]
    drawn = draw_curve({"<words>": points, "documents": points}, {"in force": 0.5}, "</title><script>")
    root = ET.fromstring(drawn)
    assert not any(part.tag.endswith("script") for part in root.iter())
    assert {"in force: 0.5", "<words>", "documents"} <= {part.text for part in root.iter()}
    assert len(root.findall("{*}polyline")) == 2


def test_a_kept_calibration_is_noted(tmp_path: Path) -> None:
    settings = load_settings({}, home=tmp_path)
    assert calibrate.in_service(settings) == (settings, None)
    made = Calibration(0.5, "wrong", 0.1, "golden", "0" * 64, {}, (0.9,), (0.1,))
    calibrate.keep(settings, made)
    assert calibrate.in_service(settings)[1] == made
    db = Database(settings.database_url)
    with db.read() as session:
        assert load_calibration(session) == made
    db.close()


def _answer(db: Database, calibration: str, supports: list[float]) -> None:
    with db.write() as session:
        for support in supports:
            body: Json = {"status": "answered", "support": support, "refusal": None}
            versions = {"calibration": calibration}
            journal.record_answer(
                session, journal.new_answer_id(), OPERATOR,
                question="q", mode="quotes", body=body, passages=(), versions=versions,
            )  # fmt: skip


def _write(path: Path, lines: list[dict[str, Json]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
