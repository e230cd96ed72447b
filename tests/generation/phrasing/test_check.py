"""A sentence passes if it is made of whole sentences of one source in their order, and fails if it is anything else."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest

from core.types import Citation, Passage
from generation.phrasing.check import Checked, check, check_sentence, nearest_citation
from tests.generation.doubles import citation, passage

TEXT = (
    "If the red lamp blinks, press the button for 5 seconds. Wait until the lamp is off. Never open the cover. "
    "Is it still warm? Then wait 2.5 hours. The fuse carries 10 mA."
)
SOURCES = (citation(TEXT, 1, title="Lamp"), citation("Die Tür öffnet sich nicht, solange die Lampe leuchtet.", 2))


def test_a_whole_sentence_passes_with_its_citation() -> None:
    assert check_sentence("Wait until the lamp is off.", SOURCES).cites == (1,)
    assert check_sentence("Die Tür öffnet sich nicht, solange die Lampe leuchtet.", SOURCES).cites == (2,)


@pytest.mark.parametrize(
    "sentence",
    [
        "Wait until the lamp is off. Never open the cover.",
        "Wait until the lamp is off; never open the cover.",
        "Wait until the lamp is off; and never open the cover!",
        "wait until the lamp is off [1]",
        "  Wait  until the lamp\u00a0is off. [1]",
        "The fuse carries 10 mA.",
    ],
)
def test_marks_joining_words_and_the_first_letter_may_differ(sentence: str) -> None:
    checked = check_sentence(sentence, SOURCES)
    assert checked.passes, checked.reason


@pytest.mark.parametrize(
    "sentence",
    [
        "Open the cover.",  # a negation left out
        "Press the button for 5 seconds.",  # a condition left out
        "Wait until the lamp is on.",
        "Wait until the lamp.",
        "If the red lamp blinks, press the button for 50 seconds.",
        "Wait until the lamp is off and never open the cover.",  # "and" alone joins what it should not
        "Never open the cover, and wait until the lamp is off.",
        "Never open the cover; wait until the lamp is off.",  # the order exchanged
        "Wait until the lamp is off; then wait 2.5 hours.",  # what is between them left out
        "Then wait 2,5 hours.",
        "Then wait 25 hours.",
        "The fuse carries 10 MA.",
        "It is still warm.",
        "Is it still warm.",
        "Die Tür öffnet sich, solange die Lampe leuchtet.",
        "Die Tür öffnet sich nicht.",
        "Wait until the lamp is off. It is dangerous.",
        "Wait until the lamp is\u202e off.",  # a hidden character
    ],
)
def test_anything_else_fails(sentence: str) -> None:
    assert check_sentence(sentence, SOURCES).reason == "it is not made of whole sentences of one source in their order"


@pytest.mark.parametrize(
    ("sentence", "reason"),
    [
        ("Wait until the lamp is off [9].", "cites a source that is not there"),
        ("Wait until the lamp is off [2].", "it is not made of whole sentences of one source in their order"),
        ("Is it still warm?", "asks instead of answering"),
        ("[1]", "says nothing"),
        ("…", "says nothing"),
    ],
)
def test_reasons(sentence: str, reason: str) -> None:
    assert check_sentence(sentence, SOURCES) == Checked(sentence, reason=reason)


def test_without_sources_nothing_passes() -> None:
    assert check_sentence("Wait until the lamp is off.", ()).reason == "there is no source"


def test_a_question_that_names_the_case_does_not_excuse_a_condition_that_is_left_out() -> None:
    asked = "What do I press if the red lamp blinks?"
    assert not check_sentence("Press the button for 5 seconds.", SOURCES, asked).passes


def test_every_sentence_of_a_text_is_checked_separately() -> None:
    first, second = check("Wait until the lamp is off. Then dance for joy.", SOURCES)
    assert first.passes
    assert not second.passes


def cited(whole: Passage, *quotes: str) -> tuple[Citation, ...]:
    starts = [(whole.text.index(quote), quote) for quote in quotes]
    return tuple(Citation(n, whole, start, start + len(quote), 1.0) for n, (start, quote) in enumerate(starts, start=1))


def test_sentences_are_joined_across_citations_only_where_they_follow_each_other() -> None:
    text = "Hold the power button. It is red. The reset takes a while.\n\n# Cleaning\n\nUse a dry cloth."
    sources = cited(passage(text), "Hold the power button.", "The reset takes a while.", "It is red.")
    assert check_sentence("Hold the power button; it is red.", sources).cites == (1, 3)
    assert not check_sentence("Hold the power button; the reset takes a while.", sources).passes
    apart = (citation("Hold the power button.", 1), citation("It is red.", 2))
    assert not check_sentence("Hold the power button; it is red.", apart).passes


def test_a_quote_that_is_half_a_sentence_is_not_repeated() -> None:
    half = cited(passage("Never forget that opening it is dangerous."), "opening it is dangerous.")
    assert not check_sentence("Opening it is dangerous.", half).passes


def test_a_sentence_that_is_cut_for_its_length_is_whole() -> None:
    long = f"The cover may be opened {'again ' * 70}only if the lamp is off."
    source = citation(long)
    assert check_sentence(long, [source]).passes
    assert not any(check_sentence(part, [source]).passes for part in (long[:320], long[-80:]))


@pytest.mark.parametrize(
    "text",
    [
        "Never do this:\n- Open the cover.\n- Press the button.",
        "Never do this:\nOpen the cover.\nPress the button.",
        "Never do this:\n\nOpen the cover. Press the button.",
        "1. Open the cover.\n2. Press the button.",
        "| Forbidden | Open the cover. |",
    ],
)
def test_an_item_or_what_a_line_introduces_is_not_repeated_alone(text: str) -> None:
    assert not check_sentence("Open the cover.", [citation(text)]).passes
    assert not check_sentence("Press the button.", [citation(text)]).passes


def test_after_what_a_colon_introduces_the_text_goes_on() -> None:
    text = "Never do this:\n\nOpen the cover.\n\nWait for an hour."
    assert check_sentence("Wait for an hour.", [citation(text)]).passes


def test_a_line_without_a_final_mark_is_not_repeated() -> None:
    assert not check_sentence("Opening the cover.", [citation("Opening the cover\n\nIt is forbidden.")]).passes


@pytest.mark.parametrize(("written", "source"), [("NFC", "NFD"), ("NFD", "NFC")])
def test_two_forms_of_unicode_are_one_spelling(written: str, source: str) -> None:
    text = "Ask “Zoë” for the key’s ring."
    quote = citation(unicodedata.normalize(source, text))  # type: ignore[arg-type]
    said = unicodedata.normalize(written, 'Ask "Zoë" for the key\'s ring.')  # type: ignore[arg-type]
    assert check_sentence(said, [quote]).passes


def test_two_spans_of_one_chunk_that_are_stored_apart_are_two_sources() -> None:
    one, other = citation("Hold the power button.", 1), citation("It is red.", 2)
    other = replace(other, passage=replace(other.passage, chunk_id=one.passage.chunk_id))
    assert check_sentence("It is red.", (one, other)).cites == (2,)
    assert not check_sentence("Hold the power button; it is red.", (one, other)).passes


def test_a_failed_sentence_is_about_the_source_that_it_cites_or_that_shares_its_words() -> None:
    assert nearest_citation("Wait until the lamp is on.", SOURCES) == SOURCES[0]
    assert nearest_citation("Die Tür öffnet sich.", SOURCES) == SOURCES[1]
    assert nearest_citation("Die Tür öffnet sich [1].", SOURCES) is None
    assert nearest_citation("Call Bob at home.", SOURCES) is None
    assert nearest_citation("Call Bob at home.", ()) is None
