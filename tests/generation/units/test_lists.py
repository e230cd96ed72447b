"""Procedures and lists are whole, in order, with their lead-in and what stands between; neighbours stay apart."""

from __future__ import annotations

import pytest

from core.types import Answer, Unit
from tests.generation.library import document
from tests.generation.units.asked import answer
from tests.ingest.files import word

LONG_STEP = "with the left hand, while the right hand holds the handle and the lamp on the front is green, then wait"
STEPS = "\n".join(
    f"{number}. Turn wheel {number} {LONG_STEP} until gauge {number} has settled on its mark."
    + ("\n\n   > **Warning:** Hot steam comes out of the valve.\n" if number == 17 else "")
    for number in range(1, 31)
)
PROCEDURE = (
    f"# Pump\n\nA pump.\n\n## Start\n\nTo make the pump ready:\n\n{STEPS}\n\n## Stop\n\n1. Press stop.\n2. Wait.\n"
)


def unit(made: Answer) -> Unit:
    """Return the unit of an answer that has one."""
    (found,) = made.units
    return found


def shown(found: Unit) -> list[str]:
    """Return the lines of steps, as a person sees them."""
    return [f"{step.number or ''} {' '.join(step.text.split())}".strip() for step in found.steps]


@pytest.mark.parametrize("chosen", [("wheel 2 ", "wheel 3 "), ("wheel 16 ", "wheel 18 "), ("wheel 29 ", "wheel 30 ")])
def test_a_procedure_of_thirty_steps_comes_whole_and_in_order_from_all_its_passages(chosen: tuple[str, str]) -> None:
    assert len(document(PROCEDURE)) > 4
    found = unit(answer(PROCEDURE, dict.fromkeys(chosen, 3.0)))
    assert found.kind == "steps"
    assert found.steps[0].kind == "lead"
    assert found.steps[0].text == "To make the pump ready:"
    assert [step.number for step in found.steps if step.kind == "step"] == [f"{number}." for number in range(1, 31)]
    assert [(step.kind, step.text) for step in found.steps[18:19]] == [
        ("note", "Warning: Hot steam comes out of the valve.")
    ]
    assert "Press stop" not in found.text


def test_steps_in_two_passages_make_the_whole_procedure() -> None:
    """The answer must not depend on where the procedure was cut."""
    found = unit(answer(PROCEDURE, {"wheel 5 ": 3.0, "wheel 12 ": 2.0}))
    assert len(found.steps) == 32


def test_each_passage_of_a_procedure_is_cited_once() -> None:
    made = answer(PROCEDURE, {"wheel 2 ": 3.0, "wheel 3 ": 3.0})
    passages = [each.passage.chunk_id for each in made.citations]
    assert len(set(passages)) == len(passages) > 4
    assert passages == sorted(passages)


SHORT = """# Pump

Before the start, do this:

1. Open the valve.

It opens to the left.

2. Fill the chamber:
   - with water
   - up to the mark

> **Warning:** Never run it dry.

3. Check it:

   ```sh
   pump --check
     --all
   ```

4. Press start.

The pump hums. It needs:

- clean water
- a dry place
- one fuse

It must not stand near:

- a heater
- a window
- a bed
"""


def test_numbers_go_on_after_a_paragraph_and_a_note() -> None:
    found = unit(answer(SHORT, {"Open the valve": 2.0, "Press start": 1.0}))
    assert shown(found) == [
        "Before the start, do this:",
        "1. Open the valve.",
        "It opens to the left.",
        "2. Fill the chamber:",
        "with water",
        "up to the mark",
        "Warning: Never run it dry.",
        "3. Check it:",
        "pump --check --all",
        "4. Press start.",
    ]
    assert [step.level for step in found.steps][3:6] == [0, 1, 1]


def test_a_lead_in_brings_its_whole_list() -> None:
    assert unit(answer(SHORT, {"Before the start": 2.0})).steps[-1].text == "Press start."


def test_a_list_and_its_parts_that_were_chosen_too_come_once() -> None:
    logits = {"Before the start": 1.0, "Open the": 1.0, "opens to the left": 2.0, "Never run": 1.0, "Press": 2.0}
    assert unit(answer(SHORT, logits)).kind == "steps"


def test_one_step_is_one_step() -> None:
    found = unit(answer(SHORT, {"Press start": 2.0}))
    assert (found.kind, found.text) == ("fact", "“4. Press start.” [1]")


def test_two_neighbouring_lists_without_numbers_stay_apart() -> None:
    found = unit(answer(SHORT, {"clean water": 2.0, "one fuse": 1.0}))
    assert found.kind == "list"
    assert shown(found) == ["The pump hums. It needs:", "clean water", "a dry place", "one fuse"]


def test_one_bullet_comes_with_its_lead_in_and_without_the_others() -> None:
    made = answer(SHORT, {"a window": 2.0})
    found = unit(made)
    assert found.text == "It must not stand near: [1]\n\n- a window [2]"
    assert [each.quote for each in made.citations] == ["It must not stand near:", "a window"]


def test_half_of_the_bullets_are_the_whole_list() -> None:
    assert len(unit(answer(SHORT, {"a window": 2.0, "a heater": 1.0})).steps) == 4


def test_a_bullet_in_a_step_comes_with_that_step() -> None:
    assert shown(unit(answer(SHORT, {"up to the mark": 2.0}))) == ["Fill the chamber:", "up to the mark"]


def test_a_step_that_ends_in_a_colon_brings_what_it_introduces() -> None:
    assert shown(unit(answer(SHORT, {"Fill the": 2.0}))) == ["Fill the chamber:", "with water", "up to the mark"]


@pytest.mark.parametrize("chosen", ["pump --check", "Check it"])
def test_code_in_a_step_comes_as_code_with_the_words_of_that_step(chosen: str) -> None:
    found = unit(answer(SHORT, {chosen: 2.0}))
    assert found.kind == "code"
    assert found.text == "Check it: [1]\n\n```\npump --check\n  --all\n```\n[2]"


def test_steps_are_markdown_that_keeps_numbers_levels_and_code() -> None:
    assert unit(answer(SHORT, {"Open the valve": 2.0, "Press start": 1.0})).text == (
        "Before the start, do this:\n\n"
        "1. Open the valve.\n\n"
        "> It opens to the left.\n\n"
        "2. Fill the chamber:\n    - with water\n    - up to the mark\n\n"
        "> Warning: Never run it dry.\n\n"
        "3. Check it:\n\n    ```\n    pump --check\n      --all\n    ```\n\n"
        "4. Press start. [1]"
    )


def test_a_marker_never_stands_in_a_fence_or_a_table() -> None:
    code = "# P\n\n1. Open it.\n2. Run:\n\n   ```\n   pump\n   ```\n"
    assert unit(answer(code, {"Open": 1.0, "Run": 1.0})).text.endswith("    ```\n    [1]")
    table = "# P\n\n1. Open it.\n2. Fill in:\n\n   | a | b |\n   |---|---|\n   | c | d |\n"
    assert unit(answer(table, {"Open": 1.0, "Fill": 1.0})).text.endswith("    | c | d |\n    [1]")


def test_what_is_not_indented_stays_between_its_steps() -> None:
    source = "# P\n\n1. Run:\n\n```\npump\n```\n\n2. Pick\n- one\n- two\n\n"
    source += "3. Read:\n\n| A | B |\n|---|---|\n| c\\|d | e |\n\n4. End.\n"
    found = unit(answer(source, {"Run": 1.0, "End": 1.0}))
    assert found.text == (
        "1. Run:\n\n```\npump\n```\n\n2. Pick\n- one\n- two\n3. Read:\n\n"
        "| A | B |\n| --- | --- |\n| c\\|d | e |\n\n4. End. [1]"
    )


def test_numbers_that_markdown_does_not_know_stand_behind_a_dash() -> None:
    source = '<h1>P</h1><p>Do:</p><ol type="a"><li>Open it.</li><li>Close it.</li></ol>'
    found = unit(answer(document(source, "p.html"), {"Open": 1.0, "Close": 1.0}))
    assert found.kind == "steps"
    assert found.text.split("\n")[2:] == [
        f"- {step.number} {step.text}" + " [1]" * (step.number[0] == "b") for step in found.steps[1:] if step.number
    ]


def test_two_procedures_of_one_section_stay_apart() -> None:
    source = "# P\n\nTo open it:\n\n1. Pull.\n2. Turn.\n\nTo close it:\n\n1. Turn back.\n2. Push.\n"
    assert shown(unit(answer(source, {"Pull": 1.0, "Turn.": 1.0}))) == ["To open it:", "1. Pull.", "2. Turn."]


def test_a_procedure_of_another_section_is_not_joined() -> None:
    source = "# P\n\nWords. More words.\n\n## Open\n\n1. Pull.\n2. Turn.\n\n## Close\n\n3. Push.\n4. Lock.\n"
    assert shown(unit(answer(source, {"Push": 1.0, "Lock": 1.0}))) == ["3. Push.", "4. Lock."]


def test_a_list_in_a_note_or_a_quoted_mail_has_its_lead_in() -> None:
    source = "# P\n\nText.\n\n> **Note:** Keep away:\n>\n> - fire\n> - water\n> - sand\n\nText.\n"
    assert shown(unit(answer(source, {"fire": 1.0, "sand": 1.0})))[-3:] == ["fire", "water", "sand"]


def test_steps_of_a_word_document_keep_their_numbers() -> None:
    data = word(
        [
            ("Heading 1", "Pump"),
            ("Normal", "To start it:"),
            ("List Number", "Open the valve."),
            ("List Number", "Press start."),
            ("Normal", "It hums."),
        ]
    )
    found = unit(answer(document(data, "pump.docx"), {"Open": 1.0, "Press": 1.0}))
    assert shown(found) == ["To start it:", "1. Open the valve.", "2. Press start."]
