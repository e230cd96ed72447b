"""The figures over a golden set, against values worked out by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.types import Answer, Citation, Passage, Refusal, Unit, UnitKind
from evaluation.answers.figures import figures, selective
from evaluation.answers.outcome import AskedQuestion, Outcome
from evaluation.golden.references import Reference

TEXT = "Hold the button for five seconds. Then let go."
SOURCES = {"d1": TEXT}


def test_markers_are_not_words_of_the_answer() -> None:
    found = figures([asked("“five seconds” [1]", "five seconds")], SOURCES)
    assert (found["token_f1"], found["exact_match"], found["contains"], found["words"]) == (1.0, 1.0, 1.0, 2.0)


def test_what_markdown_adds_is_no_word_of_the_answer() -> None:
    steps = "To reset:\n\n1. Press it. [1]\n   - Hold it.\n\n> Mind the lamp.\n"
    table = "| Model | Weight |\n| --- | --- |\n| Hydra 40 | 27.3 [1] |"
    code = "Run it: [1]\n\n```\nls -l | wc\n```\n[2]"
    assert " ".join(asked(steps, kind="steps").text.split()) == "To reset: 1. Press it. Hold it. Mind the lamp."
    assert asked(table, kind="table").text.split() == ["Model", "Weight", "Hydra", "40", "27.3"]
    assert asked(code, kind="code").text.split() == ["Run", "it:", "ls", "-l", "wc"]


def test_answers_are_compared_by_the_kind_of_their_first_unit() -> None:
    rows = [asked("five", "five", kind="fact", gold="d1", quote=TEXT), asked("ten", "five", kind="table"), asked("")]
    found = figures(rows, SOURCES)["units"]
    assert {kind: each["questions"] for kind, each in found.items()} == {"fact": 1, "refused": 1, "table": 1}
    assert (found["fact"]["token_f1"], found["fact"]["gold_first"], found["table"]["token_f1"]) == (1.0, 1.0, 0.0)


def test_a_question_about_an_absent_name_is_refused_at_every_threshold() -> None:
    refusal = Refusal("not_answered", "The documents speak of the X300, not of the X400.")
    missing = asked("", answerable=False, support=0.95)
    missing = replace(missing, answer=replace(missing.answer, refusal=refusal))
    outcome = Outcome((asked("five", answerable=True, support=0.6), missing), SOURCES, 0.5, {}, {})
    assert selective(outcome)["unanswerable_refused_at_coverage_of_answerable"]["1"] == 1.0
    refused = Outcome((replace(missing, reference=Reference("q", "q", (), True)), missing), SOURCES, 0.5, {}, {})
    assert selective(refused)["unanswerable_refused_at_coverage_of_answerable"]["1"] is None


def test_the_best_of_several_references_counts() -> None:
    found = figures([asked("five", "ten", "five"), asked("a b", "b c")], SOURCES)
    assert found["token_f1"] == pytest.approx((1.0 + 2 / 3) / 2)  # "a" is an article: 2 * 1 / (1 + 2)


def test_a_refused_answerable_question_scores_zero() -> None:
    found = figures([asked("", "five"), asked("five", "five")], SOURCES)
    assert found["token_f1"] == 0.5
    assert found["answered"] == 0.5


def test_refusals_are_judged_if_answerable_is_known() -> None:
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


def test_a_short_reference_counts_only_in_a_short_answer() -> None:
    long = "five " + "and more " * 20
    rows = [asked("hold it five seconds", "five seconds"), asked(long, "five"), asked("", "five"), asked("x", "y " * 9)]
    found = figures(rows, SOURCES)
    assert (found["short_references"], found["short_contained"]) == (3, 1 / 3)
    assert (found["contains"], found["words_p50"]) == (0.5, 4)


def test_quotes_are_looked_up_in_the_documents_as_given() -> None:
    rows = [asked("x", "x", quote="five seconds.\nThen let go."), asked("x", "x", quote="ten seconds")]
    assert figures(rows, SOURCES)["quotes_verbatim"] == 0.5
    assert figures(rows, None)["quotes_verbatim"] is None


def test_quotes_are_counted_by_judged_document_unless_withheld() -> None:
    rows = [
        asked("x", quote=TEXT, gold="d1"),
        asked("x", quote=TEXT, gold="d2"),
        asked("", gold="d1"),
        asked("x", quote=TEXT, gold="d2", withheld=True),
    ]
    found = figures(rows, SOURCES)
    assert (found["gold_first"], found["gold_quoted"], found["withheld"]) == (1 / 3, 1 / 3, 1)
    assert (found["answerable_answered"], found["refusal_recall"], found["token_f1"]) == (2 / 3, 0.0, None)


def test_times_are_reported_by_kind_of_answer() -> None:
    quoted, refused = asked("x", first_seconds=0.2), asked("")
    found = figures([quoted, refused, *(asked("x", first_seconds=s, phrased=True) for s in (0.4, 0.5, 0.6))], SOURCES)[
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


def asked(
    text: str,
    *answers: str,
    answerable: bool | None = None,
    quote: str = "",
    gold: str = "",
    withheld: bool = False,
    first_seconds: float | None = None,
    phrased: bool = False,
    support: float = 0.9,
    kind: UnitKind | None = None,
) -> AskedQuestion:
    passage = Passage(1, "doc_1", 1, 0, "corpus", "d1", "Reset", quote, "0" * 64)
    citations = (Citation(1, passage, 0, len(quote), 1.0),) if quote else ()
    answer = Answer("q", "answered" if text else "refused", text, citations, (), support, phrased=phrased)
    answer = replace(answer, units=(Unit(kind, text, (1,)),) if kind else ())
    reference = Reference("q1", "q", answers, answerable, frozenset({gold} - {""}))
    return AskedQuestion(reference.without_gold() if withheld else reference, answer, 1.0, first_seconds)
