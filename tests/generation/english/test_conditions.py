"""A claim repeats the condition of its source, unless the question asks about that case."""

from __future__ import annotations

import pytest

from generation.english.conditions import conditions, missing_condition

LAMP = "If the red lamp blinks, press the reset button for five seconds."
SEAL = "Opening the housing ends the warranty unless a certified technician does it."


@pytest.mark.parametrize(
    ("claim", "question", "source", "missing"),
    [
        ("Press the reset button for five seconds.", "How do I reset it?", LAMP, "If the red lamp blinks"),
        ("Press the reset button for five seconds.", "What if the red lamp blinks?", LAMP, ""),
        ("When the red lamp blinks, press the reset button.", "How do I reset it?", LAMP, ""),
        ("Opening the housing ends the warranty.", "May I open it?", SEAL, "unless a certified technician does it"),
        ("The door opens.", "", "Wait until the drum stands still; the door opens by itself.", ""),
        ("Hold it for 5 s.", "", "Hold it for 5 s. If that fails, call support.", ""),
        ("Clean the filter.", "", "If necessary, clean the filter.", ""),
        ("Clean the filter.", "", "Clean the filter when the lamp is lit.", "when the lamp is lit"),
        ("Clean the filter.", "", "Clean the filter only when the pump rests.", "only when the pump rests"),
    ],
)
def test_conditions_that_are_left_out(claim: str, question: str, source: str, missing: str) -> None:
    assert missing_condition(claim, question, source) == missing


def test_a_sentence_may_have_several_conditions() -> None:
    found = [written for written, _ in conditions("If it rains, close the lid unless the lamp is lit.")]
    assert found == ["If it rains", "unless the lamp is lit"]
