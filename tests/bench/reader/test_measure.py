"""Judging answers of documents held out: every line that answers, little else, and a refusal where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.reader.measure import judge, passages
from bench.reader.written import WrittenDocument, documents
from core.types import Answer, Citation, Json, Passage

PAGE = """\
# Pump

The pump weighs 14 kg and stands on four feet of rubber.

The warranty covers every part that breaks in the first two years of use at home.

1. Switch the pump off.
2. Close the lid.
"""
STEPS: dict[str, Json] = {"at": ["7-8"], "kind": "steps"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("material")
    (made / "pump.md").write_text(PAGE)
    (made / "pump.questions.jsonl").write_text("")
    return made


@pytest.fixture(scope="module")
def pump(folder: Path) -> WrittenDocument:
    (document,) = documents(folder)
    return document


@pytest.fixture(scope="module")
def page(folder: Path, pump: WrittenDocument) -> Passage:
    (passage,) = passages(pump, folder)
    return passage


def answered(page: Passage, *quotes: str) -> Answer:
    places = [(page.text.index(quote), page.text.index(quote) + len(quote)) for quote in quotes]
    cited = tuple(Citation(number, page, start, end, 1.0) for number, (start, end) in enumerate(places, 1))
    return Answer("How?", "answered", "…", cited, (), 0.9)


REFUSED = Answer("How?", "refused", "", (), (), 0.1)


def test_an_answer_with_every_line_is_usable(pump: WrittenDocument, page: Passage) -> None:
    assert judge(pump, STEPS, answered(page, "1. Switch the pump off.", "2. Close the lid.")) == ""


def test_an_answer_that_lacks_a_step_is_not(pump: WrittenDocument, page: Passage) -> None:
    assert judge(pump, STEPS, answered(page, "1. Switch the pump off.")) == "lacks 4 of 9 words"


def test_an_answer_with_much_else_is_not(pump: WrittenDocument, page: Passage) -> None:
    every = answered(page, page.text[page.text.index("The warranty") :])

    assert judge(pump, STEPS, every).endswith("words are of other lines")


def test_a_question_without_an_answer_must_be_refused_and_no_other(pump: WrittenDocument, page: Passage) -> None:
    none: dict[str, Json] = {"at": [], "kind": "none"}

    assert judge(pump, none, REFUSED) == ""
    assert judge(pump, none, answered(page, "2. Close the lid.")) == "answered"
    assert judge(pump, STEPS, REFUSED).startswith("refused")
