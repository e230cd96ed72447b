"""Answered near misses are shown with their quotes and with a right answer."""

from __future__ import annotations

from bench.near_misses import answered_near_misses, shown
from core.types import Json
from evaluation.corpus.load import CorpusDocument
from evaluation.golden.golden_set import GoldenSet
from evaluation.golden.references import Reference


def line(name: str, *, withheld: bool = True, status: str = "answered") -> dict[str, Json]:
    quotes = [{"doc_id": "d2", "quote": "Six\nyears."}]
    return {"query_id": name, "withheld": withheld, "status": status, "quotes": quotes, "support": 0.5}


def test_only_near_misses_that_were_answered_are_shown() -> None:
    lines = [line("q2"), line("q1"), line("q3", withheld=False), line("q4", status="refused")]
    assert [each["query_id"] for each in answered_near_misses(lines)] == ["q1", "q2"]


def test_the_judged_document_is_shown_if_no_answer_is_known() -> None:
    documents = (CorpusDocument("d1", "Warranty", "Two\nyears."),)
    references = (
        Reference("q1", "How long?", (), None, frozenset({"d1"})),
        Reference("q2", "Who?", ("Ann",), None, frozenset({"d1"})),
    )
    first, second = shown([line("q1"), line("q2")], GoldenSet(documents, references))
    assert first.splitlines() == [
        "1. How long? (0.50)", '  quoted from d2: "Six\\nyears."', "  right is: Warranty: Two years.",
    ]  # fmt: skip
    assert second.splitlines()[-1] == "  right is: Ann"
