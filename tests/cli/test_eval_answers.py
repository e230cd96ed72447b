"""`vouch eval answers`: figures worked out by hand, and a set on disk read as it should be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.corpus_workers import CorpusDocument
from cli.eval_answers import Asked, figures, run_answers
from cli.references import Reference, load_references
from core.errors import Invalid
from core.settings import Settings
from core.types import Answer, Citation, Passage

TEXT = "Hold the button for five seconds.\nThen let go."
DOCUMENTS = (CorpusDocument("d1", "Reset", TEXT),)


def asked(text: str, *answers: str, answerable: bool | None = None, quote: str = "", seconds: float = 1.0) -> Asked:
    passage = Passage(1, "doc_1", 1, 0, "corpus", "d1", "Reset", quote, "0" * 64)
    answer = Answer(
        "q",
        "answered" if text else "refused",
        text,
        (Citation(1, passage, 0, len(quote), 1.0),) if quote else (),
        (),
        0.9,
    )
    return Asked(Reference("q1", "q", answers, answerable), answer, seconds)


def test_markers_are_no_words_of_the_answer() -> None:
    found = figures([asked("“five seconds” [1]", "five seconds")], DOCUMENTS)
    assert (found["token_f1"], found["exact_match"], found["contains"], found["words"]) == (1.0, 1.0, 1.0, 2.0)


def test_the_best_of_several_references_counts() -> None:
    found = figures([asked("five", "ten", "five"), asked("a b", "b c")], DOCUMENTS)
    assert found["token_f1"] == pytest.approx((1.0 + 2 / 3) / 2)  # "a" is an article: 2 * 1 / (1 + 2)


def test_a_refusal_of_what_is_answerable_scores_nothing() -> None:
    found = figures([asked("", "five"), asked("five", "five")], DOCUMENTS)
    assert found["token_f1"] == 0.5
    assert found["answered"] == 0.5


def test_refusals_are_judged_where_answerable_is_given() -> None:
    rows = [
        asked("", answerable=False),
        asked("", "five", answerable=True),
        asked("five", answerable=False),
        asked("", "five"),
    ]
    found = figures(rows, DOCUMENTS)
    assert found["refusal_precision"] == 0.5
    assert found["refusal_recall"] == 0.5
    assert found["token_f1"] == 0.0  # over the two that could be answered


def test_quotes_are_looked_up_in_the_document_as_it_was_given() -> None:
    rows = [asked("x", "x", quote="five seconds. Then let go."), asked("x", "x", quote="ten seconds")]
    assert figures(rows, DOCUMENTS)["quotes_verbatim"] == 0.5


def test_references_are_read_with_their_questions(tmp_path: Path) -> None:
    lines = [
        {"_id": "q1", "answer": "five"},
        {"_id": "q2", "answer": ["a", "b"], "answerable": False, "question": "Why?"},
    ]
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    first, second = load_references(path, {"q1": "How long?"})
    assert (first.question, first.answers, first.answerable) == ("How long?", ("five",), None)
    assert (second.question, second.answers, second.answerable) == ("Why?", ("a", "b"), False)


@pytest.mark.parametrize("line", ["{", "[]", '{"answer": "x"}', '{"_id": "q9"}'])
def test_a_line_that_is_no_reference_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text(line + "\n")
    with pytest.raises(Invalid, match="line 1"):
        load_references(path, {})


def test_an_unknown_mode_is_refused_before_anything_is_read(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="quotes"):
        run_answers(settings, tmp_path, mode="magic")


@pytest.mark.weights
def test_a_small_set_is_ingested_asked_and_scored(settings: Settings, tmp_path: Path) -> None:
    corpus = [
        {
            "_id": "d1",
            "title": "Resetting the router",
            "text": "Hold the reset button for five seconds. The light turns red.",
        },
        {"_id": "d2", "title": "Cleaning", "text": "Wipe the case with a dry cloth. Never use alcohol."},
        {"_id": "d3", "title": "Warranty", "text": "The warranty covers two years. Keep your receipt."},
    ]
    _write(tmp_path / "corpus.jsonl", corpus)
    _write(tmp_path / "queries.jsonl", [{"_id": "q1", "text": "How long do I hold the reset button?"}])
    _write(tmp_path / "answers.jsonl", [{"_id": "q1", "answer": "five seconds", "answerable": True}])
    unhurried = settings.model_copy(update={"rerank_budget_ms": 5000})
    found = run_answers(unhurried, tmp_path, run=tmp_path / "run.jsonl", redact=False)
    line = json.loads((tmp_path / "run.jsonl").read_text())
    assert (found["answered"], found["contains"], found["quotes_verbatim"]) == (1.0, 1.0, 1.0)
    assert line["quotes"][0]["doc_id"] == "d1"
    assert set(line) == {"query_id", "status", "text", "quotes", "support", "seconds"}


def _write(path: Path, lines: list[dict[str, str]] | list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
