"""What is replaced in texts and, as important for manuals, what stays."""

from __future__ import annotations

import pytest

from core.errors import SettingsError
from core.ports import Redactor
from core.settings import load_settings
from ingest.redaction.redactor import open_redactor

pytestmark = pytest.mark.weights


def redacted(redactor: Redactor, text: str, language: str | None = "en") -> str:
    return redactor.redact([text], language)[0].text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Write to jane.doe@example.com today.", "Write to [EMAIL_ADDRESS] today."),
        ("Please call Maria Gonzales about it.", "Please call [PERSON] about it."),
        ("Call me at 212-555-0147 tomorrow.", "Call me at [PHONE_NUMBER] tomorrow."),
        ("Phone: +49 30 1234567", "Phone: [PHONE_NUMBER]"),
        ("My card is 4111 1111 1111 1111.", "My card is [CREDIT_CARD]."),
        ("IBAN GB29NWBK60161331926819", "IBAN [IBAN_CODE]"),
        ("His SSN is 536-90-4399.", "His SSN is [US_SSN]."),
        ("She lives at 350 Fifth Avenue, Suite 12", "She lives at [STREET_ADDRESS]"),
        ("Hauptstraße 12", "[STREET_ADDRESS]"),
        ("My name is Rubija", "My name is [PERSON]"),
        ("Ask Dr. Watson for help", "Ask Dr. [PERSON] for help"),
        ("Ask Jonathan Smith at jonathan.smith@example.com", "Ask [PERSON] at [EMAIL_ADDRESS]"),
        ("Please e-mail Wei Zhang or Priya Patel.", "Please e-mail [PERSON] or [PERSON]."),
        ("Requests came from 81.2.69.142 at noon.", "Requests came from [IP_ADDRESS] at noon."),
    ],
)
def test_personal_data_becomes_a_typed_placeholder(redactor: Redactor, text: str, expected: str) -> None:
    assert redacted(redactor, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Press Menu, then select Settings > General > Power Saving Mode.",
        "To run Accessibility Shortcuts, press and hold the Volume button.",
        "Dolby Digital Plus is supported by Blu-ray players.",
        "The receiver answers at 192.168.1.1 with firmware 4.2.1.7.",
        "Overexpression of Akt and Casein Kinase was measured in mice.",
        "Samsung sells the QN65 in France since March 2021.",
        "Order part 4471-2290-11 or 88231045 from the list.",
        "Wash the filter. Rinse the Drip Tray. Refresh the page.",
        "The unit weighs 12.5 kg and draws 230 V at 50 Hz.",
    ],
)
def test_product_words_addresses_of_devices_and_part_numbers_stay(redactor: Redactor, text: str) -> None:
    assert redacted(redactor, text) == text


def test_spans_point_into_the_original_text(redactor: Redactor) -> None:
    text = "Write to jane.doe@example.com or call Maria Gonzales."

    spans = redactor.redact([text], "en")[0].spans

    assert [(span.label, text[span.start : span.end]) for span in spans] == [
        ("EMAIL_ADDRESS", "jane.doe@example.com"),
        ("PERSON", "Maria Gonzales"),
    ]


def test_a_name_found_once_is_found_again_in_the_same_document(redactor: Redactor) -> None:
    results = redactor.redact(["The report was written by Maria Gonzales.", "Gonzales also drew the plans."], "en")

    assert results[1].text == "[PERSON] also drew the plans."


def test_a_given_name_that_is_also_a_product_name_stays_in_its_manual(redactor: Redactor) -> None:
    manual = ["Orion X200 label printer", "The Orion X200 prints labels.", "Orion Smith owns one, says Martin X."]
    assert [each.text for each in redactor.redact(manual, "en")][:2] == manual[:2]
    assert redactor.redact(["Orion called about it."], "en")[0].text == "[PERSON] called about it."


def test_languages_other_than_english_get_only_the_patterns(redactor: Redactor) -> None:
    text = "Schreiben Sie an max@example.com oder rufen Sie +49 30 1234567 an."

    assert redacted(redactor, text, "de") == "Schreiben Sie an [EMAIL_ADDRESS] oder rufen Sie [PHONE_NUMBER] an."
    assert "English only" in redactor.name


def test_the_settings_choose_the_types() -> None:
    only_mail = open_redactor(load_settings({}, pii_entities="EMAIL_ADDRESS"))

    assert redacted(only_mail, "Maria Gonzales, maria@example.com") == "Maria Gonzales, [EMAIL_ADDRESS]"
    assert only_mail.name != open_redactor(load_settings({})).name


def test_an_unknown_type_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match="SHOE_SIZE"):
        open_redactor(load_settings({}, pii_entities="PERSON,SHOE_SIZE"))


def test_the_name_of_the_redactor_says_that_redaction_is_off() -> None:
    off = open_redactor(load_settings({}, redact=False))

    assert redacted(off, "jane.doe@example.com") == "jane.doe@example.com"
    assert "off" in off.name
