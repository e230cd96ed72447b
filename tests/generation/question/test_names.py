"""Names with a number: one spelling for all ways to write them, siblings from the documents, quantities left alone."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generation.question.names import Known, asked, keys, names, others


def known(*heads: str, text: str = "") -> Known:
    """Return the names of titles, headings and rows, and of a text."""
    found = Known()
    for head in heads:
        found.add(head, heads=True)
    found.add(text, heads=False)
    return found


def asked_for(question: str, found: Known) -> list[str]:
    return [name.text for name in asked(question, found)]


@pytest.mark.parametrize(
    "text", ["E47", "e47", "E-47", "e 47", "E 47", "E–47", "error E47!", "What does (e-47) mean?", "E47's", "E.47"]
)
def test_a_code_has_one_spelling(text: str) -> None:
    assert keys(text) == {"e47"}


@pytest.mark.parametrize("text", ["Hydra 50", "hydra 50", "Hydra50", "HYDRA 50", "Hydra-50", "the Hydra 50?"])
def test_a_model_of_a_word_and_a_number_has_one_spelling(text: str) -> None:
    assert keys(text) == {"hydra50"}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("E46/E47", ["e46", "e47"]),
        ("Hydra 10, 20, 30 and 40", ["hydra10", "hydra20", "hydra30", "hydra40"]),
        ("Hydra 10 oder 20", ["hydra10", "hydra20"]),
        ("part 4711-22-8", ["4711228"]),
        ("version 4.1 or v4.2", ["version41", "v42"]),
        ("Python 3.11.2", ["python3112"]),
        ("Leave policy 2026", ["2026"]),
        ("the X200 at 40 °C", ["x200"]),
    ],
)
def test_names_are_found_in_order(text: str, found: list[str]) -> None:
    assert [name.key for name in names(text)] == found


@pytest.mark.parametrize(
    "text",
    ["9 hours", "16 GB", "5 A", "12kg", "100 %", "24/7", "10:30", "12.03.2026", "10-40 °C", "a 40 W bulb", "1st"],
)
def test_a_quantity_is_no_name(text: str) -> None:
    assert keys(text) == frozenset()


def test_the_siblings_of_a_name_are_told_as_they_are_written() -> None:
    found = known("Hydra 10", "Hydra 20", "Hydra 40", text="The Hydra 10 is small. E-47 is an error, and so is E-100.")
    assert found.siblings(next(names("hydra 50"))) == ("Hydra 10", "Hydra 20", "Hydra 40")
    assert found.siblings(next(names("e48"))) == ("E-47", "E-100")
    assert found.siblings(next(names("Kestrel 50"))) == ()


@pytest.mark.parametrize(
    ("question", "names_"),
    [
        ("How heavy is the hydra 50?", ["hydra 50"]),
        ("how heavy is the hydra 20", ["hydra 20"]),
        ("hydra40 weight", ["hydra40"]),
        ("what is the fuse of the x400", ["x400"]),
        ("x 300 fuse", ["x 300"]),
        ("Compare the Hydra 10, 20 and 40", ["Hydra 10", "Hydra 20", "Hydra 40"]),
        ("Does the X200 work at 40 degrees?", ["X200"]),
        ("Does the Hydra 10, 55 kg, fit?", ["Hydra 10"]),
        ("Is the Kestrel 50 loud?", []),
        ("How do I use it?", []),
    ],
)
def test_a_question_asks_about_names_of_the_documents_and_their_siblings(question: str, names_: list[str]) -> None:
    found = known("Hydra 10", "Hydra 20", "Hydra 40", text="The X200 and the X300 have a fuse.")
    assert asked_for(question, found) == names_


@pytest.mark.parametrize(
    "question",
    [
        "Can I return it within 14 days?",
        "What happens after 9 hours?",
        "Does it need 16 GB?",
        "Is it covered for up to 36 months?",
        "What weighs 25 kg?",
        "Where are the 4 screws?",
        "Wo sind die 4 Tasten?",
        "Can I use a 40 W bulb?",
        "May it be stored at 10-40 °C?",
    ],
)
def test_a_quantity_is_never_asked_for_as_a_name(question: str) -> None:
    found = known(
        "Within 30 days",
        "After 3 hours",
        "Die 3 Modi",
        "Die 5 Lampen",
        "The 2 plates",
        text="Return it within 30 days. After 3 hours it stops. It weighs 20 kg. Drücke die 3 Tasten. "
        "Print on A4 or A5. Within 5 days you get a mail. Store it at 10-35 °C.",
    )
    assert asked_for(question, found) == []


def test_a_word_and_a_number_are_a_name_if_the_word_has_a_capital_within_a_sentence() -> None:
    found = known("Manual of the Hydra 10", text="Start the Hydra 10. Then start the Hydra 20.")
    assert asked_for("hydra 50", found) == ["hydra 50"]
    assert asked_for("hydra 50", known("Pumps", text="Start it. Hydra 10 starts.")) == []


def test_a_year_is_a_name_if_titles_and_headings_have_years() -> None:
    assert asked_for("What is the allowance in 2027?", known("Travel rules 2025", "Travel rules 2026")) == ["2027"]
    assert asked_for("What happened in 2027?", known("Travel rules", text="Valid from 2026.")) == []


def test_versions_are_siblings() -> None:
    found = known("Version 4.1", "Version 4.2")
    assert found.siblings(next(names("version 4.3"))) == ("Version 4.1", "Version 4.2")


def test_a_number_in_a_range_of_models_is_not_missing() -> None:
    found = known("Hydra 10", "Hydra 40", text="This is the manual of the Hydra 10-40.")
    assert found.siblings(next(names("Hydra 30"))) == ()
    assert found.siblings(next(names("Hydra 50"))) == ("Hydra 10", "Hydra 40")


@pytest.mark.parametrize(
    ("text", "is_other"),
    [
        ("Fuse of the X300", True),
        ("Fuses of the X200 and the X300", False),
        ("Fuses of the X200/X300", False),
        ("Fuses", False),
        ("E-47 of the x 200", False),
    ],
)
def test_a_text_is_about_another_model_if_it_names_only_siblings(text: str, is_other: bool) -> None:
    assert others(text, names("X200")) is is_other


@settings(deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    found = known(text, text=text)
    for name in names(text):
        assert name.key
        assert name.family
        found.siblings(name)
    asked(text, found)
