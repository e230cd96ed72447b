"""Golden sets in both layouts are ingested and asked, with their judged documents and without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Invalid
from core.settings import Settings
from core.types import Json
from evaluation.answers.asking import ask_set
from evaluation.answers.figures import figures, selective
from evaluation.answers.outcome import Outcome, run_row
from evaluation.corpus import home as homes
from evaluation.golden.golden_set import load_golden_set
from evaluation.golden.plan import Plan
from evaluation.results import write_rows

RESET = "Hold the reset button for five seconds. The light turns red."


@pytest.fixture
def manual(tmp_path: Path) -> Path:
    """Three sections, two questions; a second section answers the second one too."""
    corpus = [
        {"_id": "d1", "title": "Resetting the router", "text": RESET},
        {"_id": "d2", "title": "Cleaning", "text": "Wipe the case with a dry cloth. Never use alcohol."},
        {"_id": "d3", "title": "Warranty", "text": "The warranty covers two years. Keep your receipt."},
    ]
    folder = tmp_path / "manual"
    folder.mkdir()
    questions = {"q1": "How long do I hold the reset button?", "q2": "How many years does the warranty cover?"}
    _write(folder / "corpus.jsonl", corpus)
    _write(folder / "queries.jsonl", [{"_id": name, "text": text} for name, text in questions.items()])
    _write(folder / "answers.jsonl", [{"_id": "q1", "answer": "five seconds"}, {"_id": "q2", "answer": "two years"}])
    (folder / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\nq1\td2\t0\nq2\td3\t1\n")
    return folder


def measure(settings: Settings, folder: Path, plan: Plan) -> tuple[Outcome, Mapping[str, Json]]:
    quick = settings.model_copy(update={"late_url": "none://", "reader_url": "none://"})
    plan = replace(plan, no_time_limits=True)
    golden = load_golden_set(folder)
    outcome = ask_set(quick, golden.documents, plan.questions(golden.references), plan, redact=False)
    return outcome, figures(outcome.answered(), outcome.sources) | selective(outcome)


@pytest.mark.weights
def test_a_set_is_asked_with_its_judged_documents_and_without(settings: Settings, manual: Path, tmp_path: Path) -> None:
    outcome, found = measure(settings, manual, Plan(withhold="both"))
    assert (found["contains"], found["short_contained"], found["gold_first"]) == (1.0, 1.0, 1.0)
    assert (found["refusal_precision"], found["refusal_recall"], found["quotes_verbatim"]) == (1.0, 1.0, 1.0)
    assert found["unanswerable_refused_at_coverage_of_answerable"]["0.9"] == 1.0
    assert found["seconds"]["first_quote"]["p50"] <= found["seconds"]["quoted"]["p50"]

    write_rows(tmp_path / "run.jsonl", map(run_row, outcome.answered()))
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert [(line["query_id"], line["withheld"], line["status"]) for line in lines] == [
        ("q1", False, "answered"), ("q1", True, "refused"), ("q2", False, "answered"), ("q2", True, "refused"),
    ]  # fmt: skip
    assert (lines[0]["quotes"][0]["doc_id"], lines[0]["gold"], lines[1]["quotes"]) == ("d1", ["d1"], [])
    assert lines[0]["first_seconds"] <= lines[0]["seconds"]


@pytest.mark.weights
def test_a_withheld_document_is_never_quoted(settings: Settings, manual: Path) -> None:
    (manual / "qrels.tsv").write_text("h\th\th\nq1\td1\t1\nq1\td2\t1\nq2\td1\t1\nq2\td2\t1\nq2\td3\t1\n")
    outcome, _ = measure(settings, manual, Plan(withhold="all"))
    first, nothing_left = outcome.asked
    assert {c.passage.path for c in first.answer.citations} == {"d3"}
    assert nothing_left.answer.citations == ()


@pytest.mark.weights
def test_files_are_parsed_like_uploads(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    (folder / "files").mkdir(parents=True)
    (folder / "files" / "router.md").write_text(f"# Resetting\n\n{RESET.replace(' button', chr(10) + 'button')}\n")
    (folder / "files" / "care.html").write_text("<h1>Cleaning</h1><p>Wipe the case with a <b>dry cloth</b>.</p>")
    (folder / "files" / "empty.pdf").write_bytes(b"%PDF-1.4 and no more")
    question = {"_id": "q1", "question": "How long do I hold the reset button?", "answer": "five seconds"}
    _write(folder / "questions.jsonl", [question | {"file": "router.md"}])
    outcome, found = measure(settings, folder, Plan())
    assert (found["contains"], found["gold_first"], found["quotes_verbatim"]) == (1.0, 1.0, 1.0)
    assert list(outcome.rejected) == ["empty.pdf"]


@pytest.mark.weights
def test_a_stored_home_is_filled_once_and_holds_one_set(
    settings: Settings, manual: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(sample=1, home=tmp_path / "home")
    _, first = measure(settings, manual, plan)
    monkeypatch.setattr(homes, "ingest_corpus", None)
    _, again = measure(settings, manual, plan)
    assert (again["token_f1"], again["quotes_verbatim"]) == (first["token_f1"], 1.0)
    with (manual / "corpus.jsonl").open("a") as stream:
        stream.write('{"_id": "d4", "title": "", "text": "Switch it off."}\n')
    with pytest.raises(Invalid, match="holds another set"):
        measure(settings, manual, plan)
    (tmp_path / "home" / homes.MARK).unlink()
    with pytest.raises(Invalid, match="does not hold a complete set"):
        measure(settings, manual, plan)


def _write(path: Path, lines: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
