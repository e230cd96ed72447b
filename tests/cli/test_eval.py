"""`vouch eval`: options, and a golden set that decides when to refuse, at once, until it no longer fits."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from core.errors import Conflict, Invalid
from core.settings import load_settings
from core.store.database import Database
from core.types import OPERATOR, Json
from evaluation.corpus.ingest import ingest_corpus
from evaluation.corpus.load import CorpusDocument
from generation.refusal.support import DEFAULT_THRESHOLD
from service import doctor
from service.compose import open_services
from workers.queue import CeleryQueue

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
Run = Callable[..., Result]


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
def test_a_calibration_decides_in_a_running_service_until_it_is_reset(run: Run, golden: Path, tmp_path: Path) -> None:
    settings = load_settings(home=tmp_path / "home")
    services = open_services(settings, CeleryQueue(settings))
    try:

        def threshold() -> Mapping[str, str]:
            return services.answerer.answer(OPERATOR, "?!").versions

        assert (threshold()["threshold"], threshold()["calibration"]) == (f"{DEFAULT_THRESHOLD:g}", "default")

        picture = tmp_path / "curve.svg"
        made = run("answers", str(golden), "--no-redact", "--calibrate", "--error", "0.2", "--curve", str(picture))
        shown = json.loads(made.stdout[made.stdout.index("{") :])
        found = shown["calibration"]
        assert (found["data"], found["unanswerable"], found["unanswerable_answered"]) == ("golden", 5, 0.0)
        assert (found["answerable_answered"], found["in_force"], shown["risk_at_coverage"]["1"]) == (1.0, True, 5 / 7)
        assert threshold() == {**threshold(), "threshold": f"{found['threshold']:g}", "calibration": found["id"]}
        assert ET.parse(picture).getroot().tag.endswith("svg")

        assert "too few answers since" in doctor._refusals(settings).detail
        other = doctor._refusals(settings.model_copy(update={"reranker_url": "none://", "search_k": 5}))
        assert (other.state, "another passages, reranker, so not used" in other.detail) == ("note", True)

        assert json.loads(run("reset-calibration").stdout)["dropped"] == found["id"]
        assert threshold()["calibration"] == "default"
    finally:
        services.close()
    assert isinstance(run("reset-calibration").exception, Conflict)


@pytest.mark.weights
def test_live_asks_the_documents_that_serve(run: Run, golden: Path, tmp_path: Path) -> None:
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
    shown = json.loads(made.stdout[made.stdout.index("{") :])
    assert (shown["quotes_verbatim"], shown["calibration"]["answerable_answered"]) == (None, 1.0)
    assert shown["calibration"]["in_force"] is True
    assert shown["gold_first"] == 1.0  # of the one question whose judged document serves


def test_a_set_that_is_too_small_is_refused_before_it_is_asked(run: Run, golden: Path) -> None:
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
def test_options_that_do_not_go_together_are_refused(run: Run, golden: Path, words: tuple[str, ...]) -> None:
    assert isinstance(run("answers", str(golden), *words).exception, Invalid)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--mode", "magic"), "quotes"),
        (("--withhold", "some"), "both"),
        (("--adapter", "."), "--mode generate"),
    ],
)
def test_an_unknown_word_is_refused_with_the_known_ones(
    run: Run, golden: Path, words: tuple[str, ...], says: str
) -> None:
    refused = run("answers", str(golden), *words).exception
    assert isinstance(refused, Invalid)
    assert says in str(refused)


def test_old_spellings_work_and_are_hidden(run: Run, golden: Path) -> None:
    shown = run("--help").stdout + run("answers", "--help").stdout
    assert "reset-calibration" in shown
    assert "--no-time-limits" in shown
    assert "uncalibrate" not in shown
    assert "--unhurried" not in shown
    assert isinstance(run("uncalibrate").exception, Conflict)
    assert "at least 9 questions" in str(run("answers", str(golden), "--unhurried", "--calibrate").exception)


def _write(path: Path, lines: list[dict[str, Json]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
