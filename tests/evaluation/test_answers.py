"""`vouch eval answers`: figures worked out by hand, and sets in both layouts asked with their answers and without."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import Invalid
from core.settings import Settings
from core.types import Answer, Citation, Json, Passage
from evaluation import kept_home
from evaluation.answer_figures import figures, selective
from evaluation.answers import ask_set
from evaluation.golden_set import load_golden
from evaluation.outcome import Asked, Outcome, write_run
from evaluation.plan import Plan
from evaluation.references import Reference

TEXT = "Hold the button for five seconds. Then let go."
SOURCES = {"d1": TEXT}
RESET = "Hold the reset button for five seconds. The light turns red."


def asked(
    text: str,
    *answers: str,
    answerable: bool | None = None,
    quote: str = "",
    gold: str = "",
    withheld: bool = False,
    first: float | None = None,
    phrased: bool = False,
    support: float = 0.9,
) -> Asked:
    passage = Passage(1, "doc_1", 1, 0, "corpus", "d1", "Reset", quote, "0" * 64)
    citations = (Citation(1, passage, 0, len(quote), 1.0),) if quote else ()
    answer = Answer("q", "answered" if text else "refused", text, citations, (), support, phrased=phrased)
    reference = Reference("q1", "q", answers, answerable, frozenset({gold} - {""}))
    return Asked(reference.without_gold() if withheld else reference, answer, 1.0, first)


def test_markers_are_no_words_of_the_answer() -> None:
    found = figures([asked("“five seconds” [1]", "five seconds")], SOURCES)
    assert (found["token_f1"], found["exact_match"], found["contains"], found["words"]) == (1.0, 1.0, 1.0, 2.0)


def test_the_best_of_several_references_counts() -> None:
    found = figures([asked("five", "ten", "five"), asked("a b", "b c")], SOURCES)
    assert found["token_f1"] == pytest.approx((1.0 + 2 / 3) / 2)  # "a" is an article: 2 * 1 / (1 + 2)


def test_a_refusal_of_what_is_answerable_scores_nothing() -> None:
    found = figures([asked("", "five"), asked("five", "five")], SOURCES)
    assert found["token_f1"] == 0.5
    assert found["answered"] == 0.5


def test_refusals_are_judged_where_answerable_is_known() -> None:
    rows = [
        asked("", answerable=False),
        asked("", "five", answerable=True),
        asked("five", answerable=False),
        asked("", "five"),
    ]
    found = figures(rows, SOURCES)
    assert found["refusal_precision"] == 0.5
    assert found["refusal_recall"] == 0.5
    assert found["answerable_answered"] == 0.0
    assert found["token_f1"] == 0.0  # over the two that could be answered


def test_a_short_answer_is_contained_in_few_words_or_it_is_not() -> None:
    long = "five " + "and more " * 20
    rows = [asked("hold it five seconds", "five seconds"), asked(long, "five"), asked("", "five"), asked("x", "y " * 9)]
    found = figures(rows, SOURCES)
    assert (found["short_references"], found["short_contained"]) == (3, 1 / 3)
    assert (found["contains"], found["words_p50"]) == (0.5, 4)


def test_quotes_are_looked_up_in_the_document_as_it_was_given() -> None:
    rows = [asked("x", "x", quote="five seconds.\nThen let go."), asked("x", "x", quote="ten seconds")]
    assert figures(rows, SOURCES)["quotes_verbatim"] == 0.5
    assert figures(rows, None)["quotes_verbatim"] is None


def test_quotes_are_counted_by_document_where_one_was_judged_and_not_withheld() -> None:
    rows = [
        asked("x", quote=TEXT, gold="d1"),
        asked("x", quote=TEXT, gold="d2"),
        asked("", gold="d1"),
        asked("x", quote=TEXT, gold="d2", withheld=True),
    ]
    found = figures(rows, SOURCES)
    assert (found["gold_first"], found["gold_quoted"], found["withheld"]) == (1 / 3, 1 / 3, 1)
    assert (found["answerable_answered"], found["refusal_recall"], found["token_f1"]) == (2 / 3, 0.0, None)


def test_times_are_told_apart_by_what_came() -> None:
    quoted, refused = asked("x", first=0.2), asked("")
    found = figures([quoted, refused, *(asked("x", first=s, phrased=True) for s in (0.4, 0.5, 0.6))], SOURCES)[
        "seconds"
    ]
    assert (found["first_quote"], found["first_phrased"]) == ({"p50": 0.2, "p95": 0.2}, {"p50": 0.5, "p95": 0.6})
    assert (found["quoted"], found["all"]) == ({"p50": 1.0, "p95": 1.0}, {"p50": 1.0, "p95": 1.0})
    assert figures([refused], SOURCES)["seconds"]["quoted"] is None


def test_without_answers_a_quote_from_a_judged_document_is_right() -> None:
    rows = [
        asked("x", quote=TEXT, gold="d1", support=0.8),
        asked("x", quote=TEXT, gold="d2", support=0.6),
        asked("x", "five", quote=TEXT, gold="d1", support=0.5),
        asked("x", quote=TEXT, gold="d1", withheld=True, support=0.7),
    ]
    outcome = Outcome(tuple(rows), SOURCES, 0.65, {}, {})
    assert [each.right for each in outcome.judged()] == [True, False, False, False]
    assert list(outcome.curves()) == ["right by the words", "right by the document"]
    found = selective(outcome)
    assert (found["risk_at_coverage"]["1"], found["risk_at_coverage_by_document"]["1"]) == (0.75, 0.5)
    refused = found["unanswerable_refused_at_coverage_of_answerable"]
    assert (refused["0.5"], refused["1"]) == (0.0, 0.0)
    assert [each.answer.status for each in outcome.answered()] == ["answered", "refused", "refused", "answered"]


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
    quick, plan = settings.model_copy(update={"late_url": "none://"}), replace(plan, unhurried=True)
    golden = load_golden(folder)
    outcome = ask_set(quick, golden.documents, plan.questions(golden.references), plan, redact=False)
    return outcome, figures(outcome.answered(), outcome.sources) | selective(outcome)


@pytest.mark.weights
def test_a_small_set_is_ingested_asked_both_ways_and_scored(settings: Settings, manual: Path, tmp_path: Path) -> None:
    outcome, found = measure(settings, manual, Plan(withhold="both"))
    assert (found["contains"], found["short_contained"], found["gold_first"]) == (1.0, 1.0, 1.0)
    assert (found["refusal_precision"], found["refusal_recall"], found["quotes_verbatim"]) == (1.0, 1.0, 1.0)
    assert found["unanswerable_refused_at_coverage_of_answerable"]["0.9"] == 1.0
    assert found["seconds"]["first_quote"]["p50"] <= found["seconds"]["quoted"]["p50"]

    write_run(tmp_path / "run.jsonl", outcome.answered())
    lines = [json.loads(line) for line in (tmp_path / "run.jsonl").read_text().splitlines()]
    assert [(line["query_id"], line["withheld"], line["status"]) for line in lines] == [
        ("q1", False, "answered"), ("q1", True, "refused"), ("q2", False, "answered"), ("q2", True, "refused"),
    ]  # fmt: skip
    assert (lines[0]["quotes"][0]["doc_id"], lines[0]["gold"], lines[1]["quotes"]) == ("d1", ["d1"], [])
    assert lines[0]["first_seconds"] <= lines[0]["seconds"]


@pytest.mark.weights
def test_a_withheld_document_is_not_quoted_at_any_threshold(settings: Settings, manual: Path) -> None:
    (manual / "qrels.tsv").write_text("h\th\th\nq1\td1\t1\nq1\td2\t1\nq2\td1\t1\nq2\td2\t1\nq2\td3\t1\n")
    outcome, _ = measure(settings, manual, Plan(withhold="all"))
    first, nothing_left = outcome.asked
    assert {c.passage.path for c in first.answer.citations} == {"d3"}
    assert nothing_left.answer.citations == ()


@pytest.mark.weights
def test_files_are_parsed_like_uploads_and_quoted_as_parsed(settings: Settings, tmp_path: Path) -> None:
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
def test_a_kept_home_is_read_once_and_never_taken_for_another(
    settings: Settings, manual: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan(sample=1, keep=tmp_path / "home")
    _, first = measure(settings, manual, plan)
    monkeypatch.setattr(kept_home, "ingest_corpus", None)
    _, again = measure(settings, manual, plan)
    assert (again["token_f1"], again["quotes_verbatim"]) == (first["token_f1"], 1.0)
    with (manual / "corpus.jsonl").open("a") as stream:
        stream.write('{"_id": "d4", "title": "", "text": "Switch it off."}\n')
    with pytest.raises(Invalid, match="holds another set"):
        measure(settings, manual, plan)
    (tmp_path / "home" / kept_home.MARK).unlink()
    with pytest.raises(Invalid, match="no set that was read to its end"):
        measure(settings, manual, plan)


def _write(path: Path, lines: list[dict[str, str]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
