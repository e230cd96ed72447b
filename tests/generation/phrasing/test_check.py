"""A sentence passes if the sources say it, and fails if it says anything else."""

from __future__ import annotations

import unicodedata

import pytest

from core.types import Citation
from generation.phrasing.check import check, check_sentence, repeats_question
from tests.generation.doubles import citation, passage

SOURCES = (
    citation("Hold the power button for five seconds to reset the TV.", 1, title="Resetting"),
    citation("Do not open the cover of the Model X20 while it is connected.", 2),
    citation("Wait between 5 and 10 minutes before you turn the TV on again.", 3),
    citation("The warranty covers 1,000 hours or 24 months.", 4),
)
PARTS = ("Hold the power button.", "The reset takes five seconds.")


@pytest.mark.parametrize(
    ("sentence", "cites"),
    [
        ("Hold the power button for five seconds.", (1,)),
        ("To reset the TV, hold the power button for 5 seconds.", (1,)),
        ("Hold the power button for 5 s [1].", (1,)),
        ("Do not open the cover of the X20 while it's connected.", (2,)),
        ("You must wait 5 to 10 minutes before turning the TV on again.", ()),
        ("Wait 10 minutes before you turn the TV on again.", (3,)),
        ("The warranty covers 1000 hours.", (4,)),
        ("The answer is: 5 seconds.", (1,)),
    ],
)
def test_faithful_sentences(sentence: str, cites: tuple[int, ...]) -> None:
    checked = check_sentence(sentence, SOURCES)
    assert checked.passes == bool(cites), checked.reason
    assert checked.cites == cites


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Hold the power button for ten seconds.", "figure"),
        ("Hold the power button for five minutes.", "figure"),
        ("Hold the power button on the Sony TV for five seconds.", "name"),
        ("Open the cover of the X20 while it is connected.", "denies"),
        ("Do not hold the power button for five seconds.", "denies"),
        ("Wait between 5 and 10 minutes after you turn the TV on.", "word"),
        ("Our friendly service staff will gladly repair everything.", "too few"),
        ("Hold the power button for five seconds [9].", "cites a source"),
        ("Hold the power button for five seconds [2].", "figure"),
        ("How do I hold the power button?", "asks"),
        ("[1]", "says nothing"),
        ("The answer is no.", "says nothing"),
        ("Yes.", "says nothing"),
        ("The warranty covers 1,000 days.", "figure"),
    ],
)
def test_unfaithful_sentences(sentence: str, reason: str) -> None:
    checked = check_sentence(sentence, SOURCES)
    assert not checked.passes
    assert checked.reason is not None
    assert reason in checked.reason


def test_two_sources_of_one_document_may_support_a_sentence_together() -> None:
    text = "Hold the power button. It is red. The reset takes five seconds."
    two = tuple(Citation(i, passage(text), text.index(q), text.index(q) + len(q), 1.0) for i, q in enumerate(PARTS, 1))
    assert check_sentence("Hold the power button; the reset takes five seconds.", two).cites == (1, 2)


def test_words_of_two_documents_do_not_support_a_sentence_together() -> None:
    two = tuple(citation(part, number) for number, part in enumerate(PARTS, 1))
    assert not check_sentence("Hold the power button; the reset takes five seconds.", two).passes


def test_words_from_all_over_a_source_do_not_support_a_sentence() -> None:
    source = citation("The pump starts by itself. Wash the filter monthly. The lamp turns red. Oil the hinge yearly.")
    assert check_sentence("Wash the filter monthly.", [source]).passes
    gathered = check_sentence("The pump lamp starts the hinge filter.", [source])
    assert gathered.reason == "its words do not occur together in the source"


def test_a_false_clause_after_a_long_true_one_fails() -> None:
    true = "To start it, open the inlet valve, fill the chamber with water and press the green button for three seconds"
    source = citation(f"{true}. If it runs dry, a red lamp blinks.")
    assert check_sentence(f"{true}.", [source]).passes
    added = check_sentence(f"{true} and then press the red light.", [source])
    assert added.reason == "the clause 'press the red light.' is not in the source"


def test_a_condition_may_be_left_out_only_where_the_question_names_the_case() -> None:
    source = citation("If the red lamp blinks, refill the chamber with water.")
    true = "Refill the chamber with water."
    assert "condition" in (check_sentence(true, [source], "How do I start the pump?").reason or "")
    assert check_sentence(true, [source], "What do I do when the red lamp blinks?").passes


def test_every_sentence_of_a_text_is_checked_separately() -> None:
    first, second = check("Hold the power button for five seconds. Then dance for joy.", SOURCES)
    assert first.passes
    assert not second.passes


@pytest.mark.parametrize(
    ("sentence", "question", "says_nothing"),
    [
        ("You reset the TV by resetting the TV.", "How do I reset the TV?", True),
        ("Hold the power button.", "How do I reset the TV?", False),
        ("The answer is: 5.", "How many seconds?", False),
        ("You cannot reset the TV.", "Can I reset the TV?", False),
        ("You can reset the TV [1].", "Can I reset the TV?", True),
    ],
)
def test_a_sentence_that_repeats_the_question_is_no_answer(sentence: str, question: str, says_nothing: bool) -> None:
    assert repeats_question(sentence, question) == says_nothing


ACCENTED = ["José", "Łukasz", "Müller", "Zoë", "Ångström", "François", "İstanbul", "Nguyễn", "Dvořák", "Șerban", "Łódź"]


@pytest.mark.parametrize("name", ACCENTED)
@pytest.mark.parametrize(("written", "cited"), [("NFC", "NFC"), ("NFD", "NFC"), ("NFC", "NFD")])
def test_a_name_with_accents_passes_in_either_form_of_unicode(name: str, written: str, cited: str) -> None:
    text = f"Ask {name} for the key of the X200."
    source = citation(unicodedata.normalize(cited, text))  # type: ignore[arg-type]
    checked = check_sentence(unicodedata.normalize(written, text), [source])  # type: ignore[arg-type]
    assert checked.passes, checked.reason


@pytest.mark.parametrize("name", ACCENTED)
@pytest.mark.parametrize("other", ["Josef", "Lucas", "Möller", "Zoltán", "Ångstrand", "Franziska", "Ístria", "Bob"])
def test_another_name_with_accents_does_not_pass(name: str, other: str) -> None:
    checked = check_sentence(f"Ask {other} for the key.", [citation(f"Ask {name} for the key.")])
    assert checked.reason == f"the name {plain(other)!r} is not in the source"


def plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFD", name.casefold())
    return "".join(char for char in decomposed if not unicodedata.combining(char))


@pytest.mark.parametrize(
    ("sentence", "source"),
    [
        ("Send the resume to Jose.", "Send the résumé to José."),
        ("Send the résumé to José.", "Send the resume to Jose."),
        ("Then ask José’s team and don’t wait.", "Then ask José's team and don't wait."),
        ("I’m sure that I’m on time.", "I’m sure that I’m on time."),
        ("The five Müller engineers hold the key.", "The 5 Müller engineers hold the key."),
        ("The hall has an area of 50 m² here.", "The hall has an area of 50 m² here."),
        ("Use the Ｘ200 cable.", "Use the X200 cable."),
    ],
)
def test_one_word_in_two_spellings_is_one_word(sentence: str, source: str) -> None:
    checked = check_sentence(sentence, [citation(source)])
    assert checked.passes, checked.reason


def test_without_sources_nothing_passes() -> None:
    assert not check_sentence("Hold the power button.", ()).passes
