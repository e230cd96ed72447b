"""What is asked for must be there: a missing model is said with those that exist; sibling manuals are asked about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from core.settings import load_settings
from core.types import Answer, Caller, Filters, Passage, Refusal, SearchResult
from generation.answering import Answerer
from tests.generation.doubles import ASKER, TableReader
from tests.generation.library import Library, document

HYDRA = """# Hydra pumps

The Hydra pumps move clean water.

## Weights

| Model | Weight (kg) |
|---|---|
| Hydra 10 | 9.2 |
| Hydra 20 | 14 |
| Hydra 30 | 18 |
| Hydra 40 | 27.3 |
"""
CODES = """# Error codes

Text about codes.

| Code | Meaning |
|---|---|
| E-46 | Lid open |
| E-47 | Dry running |
"""
X200 = document("# Orion X200 printer\n\nThe fuse is rated at 5 A.\n", "x200.md", number=1)
X300 = document("# Orion X300 printer\n\nThe fuse is rated at 8 A.\n", "x300.md", number=2)
SAME = document("# Orion X350 printer\n\nThe fuse is rated at 5 A.\n", "x350.md", number=3)
RULES_25 = document("# Travel rules 2025\n\nThe allowance is 28 euros.\n", "r25.md", number=4)
RULES_26 = document("# Travel rules 2026\n\nThe allowance is 31 euros.\n", "r26.md", number=5)
V41 = document("# Guide to version 4.1\n\nThe export is in the menu File.\n", "v41.md", number=6)
V42 = document("# Guide to version 4.2\n\nThe export is in the menu Data.\n", "v42.md", number=7)
FUSE: Mapping[str, float] = {"fuse is": 3.0}


def ask(question: str, passages: Sequence[Passage], logits: Mapping[str, float], caller: Caller = ASKER) -> Answer:
    settings = load_settings({"VOUCH_SUPPORT_THRESHOLD": "0.5"})
    return Answerer(Library(passages), TableReader(logits), lambda: None, settings).answer(caller, question)


def refused(made: Answer) -> Refusal:
    assert made.refusal is not None
    assert made.text == ""
    return made.refusal


@pytest.mark.parametrize("typed", ["Hydra 50", "hydra 50", "Hydra50"])
def test_a_model_that_is_not_there_is_said_with_those_that_are(typed: str) -> None:
    refusal = refused(ask(f"How heavy is the {typed}?", document(HYDRA), {"kg": 3.0}))
    assert refusal.code == "not_answered"
    assert refusal.message == (f"The documents speak of Hydra 10, Hydra 20, Hydra 30 and Hydra 40, not of {typed}.")
    assert [each.text for each in refusal.suggestions] == ["Hydra 10", "Hydra 20", "Hydra 30", "Hydra 40"]
    assert {each.document_id for each in refusal.suggestions} == {"doc_1"}


def test_a_model_that_is_there_is_answered_with_its_own_row() -> None:
    made = ask("How heavy is the hydra 40?", document(HYDRA), {"Weight (kg): ": 3.0})
    assert made.text == "Hydra 40, Weight (kg): 27.3 [1]"


@pytest.mark.parametrize("typed", ["E-48", "e48", "E 48"])
def test_a_code_that_is_not_there_is_no_other_code(typed: str) -> None:
    refusal = refused(ask(f"What does {typed} mean?", document(CODES), {"E-": 3.0, "Dry": 3.0}))
    assert refusal.message == f"The documents speak of E-46 and E-47, not of {typed}."


@pytest.mark.parametrize("typed", ["E47", "e 47", "E-47"])
def test_a_code_is_found_however_it_is_written(typed: str) -> None:
    made = ask(f"What does {typed} mean?", document(CODES), {"E-": 3.0, "Meaning": 2.0})
    assert "Dry running" in made.text
    assert "Lid open" not in made.text


def test_a_third_manual_is_not_answered_from_its_siblings() -> None:
    refusal = refused(ask("What is the fuse rating of the X400?", (*X200, *X300), FUSE))
    assert refusal.message == "The documents speak of X200 and X300, not of X400."
    assert [(each.text, each.document_id) for each in refusal.suggestions] == [("X200", "doc_1"), ("X300", "doc_2")]


def test_a_manual_is_answered_from_itself_alone() -> None:
    made = ask("What is the fuse rating of the X300?", (*X200, *X300), FUSE)
    assert {each.passage.title for each in made.citations} == {"Orion X300 printer"}
    assert "8 A" in made.text


def test_years_and_versions_are_names_too() -> None:
    rules, guides = (*RULES_25, *RULES_26), (*V41, *V42)
    assert "not of 2027" in refused(ask("What is the allowance in 2027?", rules, {"allowance": 3.0})).message
    assert "28 euros" in ask("What is the allowance in 2025?", rules, {"allowance": 3.0}).text
    told = refused(ask("Where is the export in version 4.3?", guides, {"export": 3.0})).message
    assert told == "The documents speak of version 4.1 and version 4.2, not of version 4.3."
    assert "menu Data" in ask("Where is the export in version 4.2?", guides, {"export": 3.0}).text


def test_a_quantity_that_is_not_there_refuses_nothing() -> None:
    source = "# Returns\n\nReturn it within 30 days. Unopened boxes too.\n"
    assert ask("Can I return it within 14 days?", document(source), {"within": 3.0}).status == "answered"


def test_the_documents_that_a_caller_may_not_see_are_not_spoken_of() -> None:
    class Guarded(Library):
        def search(
            self,
            caller: Caller,
            query: str,
            *,
            k: int,
            filters: Filters | None = None,
            rerank: bool = True,
            explain: bool = False,
        ) -> SearchResult:
            found = Library.search(self, caller, query, k=k)
            seen = tuple(each for each in found.passages if caller.groups or each.passage.document_id != "doc_2")
            return SearchResult(seen, found.index_version)

    made = Answerer(Guarded((*X200, *X300)), TableReader(FUSE), lambda: None, load_settings({}))
    insider = Caller("key_2", frozenset({"ask"}), frozenset({"service"}))
    assert "X300" in refused(made.answer(insider, "What is the fuse rating of the X400?")).message
    told = refused(made.answer(ASKER, "What is the fuse rating of the X400?"))
    assert told.message == "The documents speak of X200, not of X400."
    assert [each.text for each in told.suggestions] == ["X200"]


def test_sibling_manuals_that_differ_are_asked_back_about() -> None:
    refusal = refused(ask("What is the fuse rated at?", (*X200, *X300), FUSE))
    assert refusal.code == "question_too_broad"
    assert refusal.message == ("That depends on which one is meant: Orion X200 printer; Orion X300 printer. Which one?")
    assert [each.document_id for each in refusal.suggestions] == ["doc_1", "doc_2"]


def test_sibling_manuals_that_say_the_same_are_answered() -> None:
    assert ask("What is the fuse rated at?", (*X200, *SAME), FUSE).status == "answered"


def test_a_sibling_that_does_not_answer_is_not_asked_about() -> None:
    assert ask("What is the fuse rated at?", (*X200, *X300), {"5 A": 3.0}).text == "“The fuse is rated at 5 A.” [1]"


def test_manuals_that_only_share_a_word_are_no_siblings() -> None:
    other = document("# Kestrel B7 coffee machine\n\nThe fuse is rated at 8 A.\n", number=2)
    assert refused_code(ask("What is the fuse rated at?", (*X200, *other), FUSE)) != "question_too_broad"


def refused_code(made: Answer) -> str | None:
    return made.refusal.code if made.refusal is not None else None
