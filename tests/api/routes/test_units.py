"""Units of an answer in the API: their fields, as a stream, stored, and left out where a document is hidden."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.store import journal
from core.types import OPERATOR
from tests.api.conftest import LAMPS, World
from tests.api.routes.test_answers import events_of
from tests.api.routes.united import QUESTION, united
from tests.service.content.answers import KINDS, STEPS

Json = Any
LACKS = "“Does Smith open it?”: The documents speak of the X300, not of the X400."


def test_steps_have_their_numbers_levels_and_citations(world: World) -> None:
    answer = united(world, "steps").asked(QUESTION)
    (unit,) = answer["units"]
    lead, *parts = unit["steps"]
    assert (unit["kind"], unit["citations"], unit["table"]) == ("steps", [1], [])
    assert lead == {"kind": "lead", "text": "To change the filter:", "citation": 1, "number": None, "level": 0}
    assert parts[1] == {"kind": "step", "text": "Turn left.", "citation": 1, "number": "a)", "level": 1}
    assert sum(part["kind"] == "step" for part in parts) == STEPS
    assert [part["text"][:9] for part in parts if part["kind"] == "code"] == ["vouch up "]
    assert all(part["text"] in answer["citations"][0]["quote"] for part in (lead, *parts))


def test_rows_have_their_names_and_the_names_of_their_columns(world: World) -> None:
    (unit,) = united(world, "table").asked(QUESTION)["units"]
    assert [row["name"] for row in unit["table"]] == ["Hydra 30", "Hydra 40"]
    assert unit["table"][1]["cells"] == [
        {"column": "Model", "text": "Hydra 40", "citation": None},
        {"column": "Price", "text": "<b>120</b> EUR", "citation": 2},
    ]


def test_the_units_are_the_text(world: World) -> None:
    answer = united(world, *KINDS).asked(QUESTION)
    assert [unit["kind"] for unit in answer["units"]] == list(KINDS)
    assert answer["text"] == "\n\n".join(unit["text"] for unit in answer["units"])


def test_a_stream_sends_the_text_and_ends_with_the_units(world: World) -> None:
    made = united(world, *KINDS)
    headers = made.key("ask")
    response = made.client.post("/v1/answers", json={"question": QUESTION, "stream": True}, headers=headers)
    events = events_of(response)
    whole = events[-1][1]
    stored = made.client.get(f"/v1/answers/{whole['id']}", headers=headers).json()
    assert "".join(data["text"] for name, data in events if name == "delta") == whole["text"]
    assert len(whole["units"]) == len(KINDS)
    assert stored["units"] == whole["units"]


@pytest.mark.parametrize("hide", ["delete", "groups"])
def test_a_stored_answer_has_no_units_of_a_hidden_document(world: World, hide: str) -> None:
    made = united(world, *KINDS, missing=LACKS)
    headers = made.key("ask")
    answer = made.asked(QUESTION, headers=headers)
    if hide == "delete":
        document_id = answer["citations"][0]["document_id"]
        made.client.delete(f"/v1/documents/{document_id}", headers=made.key("ingest"))
    else:
        made.upload(b"the manual", "pump.txt", groups="staff")
    stored = made.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert (stored["withdrawn"], stored["units"], stored["missing"]) == (True, [], None)
    assert "valve" not in json.dumps({**stored, "question": ""})


def test_what_is_missing_is_said_and_stored_redacted(world: World) -> None:
    made = united(world, "fact", missing=LACKS)
    answer = made.asked(QUESTION)
    with made.services.db.read() as session:
        record = journal.get_answer(session, answer["id"], OPERATOR)
    assert answer["missing"] == LACKS
    assert record.body["missing"] == LACKS.replace("Smith", "[PERSON]")


def test_what_is_missing_names_nothing_of_a_document_that_is_hidden_since(world: World) -> None:
    world.served(LAMPS + b" Open it.", "lamps.txt")
    made = united(world, "fact", missing=LACKS)
    headers = made.key("ask")
    answer = made.asked(QUESTION, headers=headers)
    gone = answer["closest"][0]["document_id"]
    made.client.delete(f"/v1/documents/{gone}", headers=made.key("ingest"))
    stored = made.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert (stored["withdrawn"], stored["units"]) == (False, answer["units"])
    assert stored["missing"] == "A part of the question has no answer in the documents."
