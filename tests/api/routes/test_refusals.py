"""Refusals of the real answerer in every API: contradictions, suggestions, and who may see them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.mcp.rendering import Fence, answer_text
from api.mcp.results import ask_result
from api.schemas.answers import AnswerView
from core.store import jobs, passages
from core.types import Chunk
from generation.answering import Answerer
from service.compose import Engine
from tests.api.conftest import World
from tests.api.doubles import opened
from tests.api.routes.test_answers import events_of

Json = Any
QUESTION = "How long do I hold the reset button?"
FIVE, TEN = "Hold the reset button for 5 seconds.", "Hold the reset button for 10 seconds."


@pytest.fixture
def asking(make_world: Any) -> Iterator[World]:
    """A service with the real answerer and no support threshold."""
    made: World = make_world(support_threshold=0.0)
    answerer = Answerer(made.searcher, None, lambda: None, made.services.settings)
    engine = Engine(made.searcher, answerer, lambda: {"embedder": "cpu"}, index=lambda: "test-1")
    services = replace(made.services, engine=opened(engine))
    with TestClient(create_app(services=services), base_url="http://vouch.test") as client:
        yield replace(made, services=services, client=client)


def put(world: World, title: str, text: str, **form: Json) -> str:
    """Publish a document with one passage without headings."""
    made = world.upload(text.encode(), f"{title}.txt", title=title, **form)
    with world.services.db.write() as session:
        passages.publish(session, made["document_id"], made["version"], title, [Chunk(0, text)], {})
    claim = jobs.claim(world.services.db, made["job_id"], lease_s=30, max_attempts=3)
    assert claim is not None
    with world.services.db.write() as session:
        jobs.finish(session, claim)
    return str(made["document_id"])


def disagreeing(world: World, **form: Json) -> tuple[str, str]:
    return put(world, "Router handbook", FIVE), put(world, "Support notes", TEN, **form)


def resets(world: World, **form: Json) -> list[str]:
    """Publish three documents with the word in their titles, the last with these form fields."""
    made = [put(world, f"Reset the {name}", f"Press the key to reset the {name}.") for name in ("pump", "lamp")]
    return [*made, put(world, "Reset the valve", "Press the key to reset the valve.", **form)]


def test_a_contradiction_is_refused_with_both_quotes_the_newest_first(asking: World) -> None:
    old, new = disagreeing(asking)
    answer = asking.asked(QUESTION)
    assert (answer["status"], answer["text"], answer["refusal"]["code"]) == ("refused", "", "contradictory")
    assert answer["refusal"]["message"].startswith("Two sources disagree: 10 seconds (Support notes, of 20")
    assert [(c["id"], c["document_id"], c["quote"]) for c in answer["citations"]] == [(1, new, TEN), (2, old, FIVE)]
    assert answer["citations"][0]["updated_at"] > answer["citations"][1]["updated_at"]
    assert {passage["document_id"] for passage in answer["closest"]} == {old, new}


def test_a_stream_sends_each_side_as_a_citation(asking: World) -> None:
    disagreeing(asking)
    body = {"question": QUESTION, "stream": True}
    events = events_of(asking.client.post("/v1/answers", json=body, headers=asking.key("ask")))
    assert [name for name, _ in events] == ["search", "citation", "citation", "final"]
    assert [data for name, data in events if name == "citation"] == events[-1][1]["citations"]


def test_found_passages_have_the_time_of_their_version(asking: World) -> None:
    disagreeing(asking)
    found = asking.client.post("/v1/search", json={"query": "reset"}, headers=asking.key("ask")).json()["passages"]
    assert all(passage["updated_at"] for passage in found)


@pytest.mark.parametrize("stream", [False, True])
def test_the_openai_api_returns_both_quotes_with_their_marks(asking: World, *, stream: bool) -> None:
    disagreeing(asking)
    body = {"model": "vouch", "messages": [{"role": "user", "content": QUESTION}], "stream": stream}
    response = asking.client.post("/v1/chat/completions", json=body, headers=asking.key("ask"))
    if stream:
        chunks = [json.loads(line[6:]) for line in response.text.split("\n\n") if line.startswith("data: {")]
        deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
        content, marks = "".join(delta.get("content", "") for delta in deltas), deltas[-1]["annotations"]
    else:
        message = response.json()["choices"][0]["message"]
        content, marks = message["content"], message["annotations"]
    assert content.endswith(f"“{TEN}” [1]\n“{FIVE}” [2]")
    places = [(each["url_citation"]["start_index"], each["url_citation"]["end_index"]) for each in marks]
    assert [content[start:end] for start, end in places] == ["[1]", "[2]"]


def test_mcp_text_names_documents_only_inside_the_fence(asking: World) -> None:
    disagreeing(asking)
    answer = ask_result(AnswerView.model_validate(asking.asked(QUESTION)))
    text = answer_text(answer, Fence("xyz"))
    before, fenced = text.split("<<xyz\n", 1)
    assert before.startswith("Refused (contradictory), answer id ")
    assert "Support notes" not in before
    assert fenced.startswith("Two sources disagree")
    assert f'"{TEN}"' in text
    assert ", version 1 of 20" in text


def test_a_broad_question_gets_suggestions(asking: World) -> None:
    ids = resets(asking)
    answer = asking.asked("reset")
    assert answer["refusal"]["code"] == "question_too_broad"
    assert [each["document_id"] for each in answer["refusal"]["suggestions"]] == ids
    assert "Reset the pump; Reset the lamp; Reset the valve. Which one?" in answer["refusal"]["message"]
    assert len(answer["closest"]) == 3


def test_a_suggestion_can_be_asked(asking: World) -> None:
    resets(asking)
    for suggestion in asking.asked("reset")["refusal"]["suggestions"]:
        answer = asking.asked(suggestion["text"])
        assert answer["citations"][0]["document_id"] == suggestion["document_id"]


def siblings(world: World) -> str:
    """Publish the manuals of two models; return the second document's id."""
    put(world, "X200 handbook", "To reset the X200 hold the red button.")
    return put(world, "X300 handbook", "To reset the X300 hold the green button.")


def test_what_the_documents_have_instead_can_be_asked(asking: World) -> None:
    second = siblings(asking)
    refusal = asking.asked("How do I reset the X400?")["refusal"]
    assert (refusal["code"], refusal["message"]) == (
        "not_answered",
        "The documents speak of X200 and X300, not of X400.",
    )
    assert refusal["suggestions"][1] == {"text": "X300", "document_id": second, "question": "How do I reset the X300?"}
    answer = asking.asked(refusal["suggestions"][1]["question"])
    assert [citation["document_id"] for citation in answer["citations"]] == [second]


def test_a_stored_refusal_says_nothing_of_a_model_whose_manual_is_hidden_since(asking: World) -> None:
    second = siblings(asking)
    headers = asking.key("ask")
    answer = asking.asked("How do I reset the X400?", headers=headers)
    asking.client.delete(f"/v1/documents/{second}", headers=asking.key("ingest"))
    stored = asking.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert stored["refusal"]["message"] == "The documents that you can see do not answer this."
    assert [(each["text"], each["question"]) for each in stored["refusal"]["suggestions"]] == [("X200", None)]
    assert "X300" not in json.dumps(stored)


def visible_parts(answer: Json) -> Json:
    """Return all parts of an answer that depend on documents."""
    names = ("status", "text", "refusal", "citations", "closest", "support", "fallback", "phrased")
    return {name: answer[name] for name in names} | {"timings": set(answer["timings"])}


def test_a_hidden_source_contradicts_nothing(asking: World) -> None:
    put(asking, "Router handbook", FIVE)
    headers = asking.key("ask")
    before = asking.asked(QUESTION, headers=headers)
    put(asking, "Support notes", TEN, groups="staff")
    assert visible_parts(asking.asked(QUESTION, headers=headers)) == visible_parts(before)
    insider = asking.asked(QUESTION, headers=asking.key("ask", groups=("staff",)))
    assert insider["refusal"]["code"] == "contradictory"


def test_a_hidden_document_is_not_suggested_and_makes_no_question_broad(asking: World) -> None:
    resets(asking, groups="staff")
    outside = asking.asked("reset")
    assert outside["status"] == "answered"
    assert "valve" not in json.dumps(outside)
    assert "valve" in json.dumps(asking.asked("reset", headers=asking.key("ask", groups=("staff",)))["refusal"])


def test_a_stored_contradiction_names_no_document_that_its_reader_may_no_longer_see(asking: World) -> None:
    _, new = disagreeing(asking)
    headers = asking.key("ask")
    answer = asking.asked(QUESTION, headers=headers)
    asking.client.delete(f"/v1/documents/{new}", headers=asking.key("ingest"))
    stored = asking.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert stored["withdrawn"] is True
    assert stored["refusal"]["code"] == "contradictory"
    assert [citation["quote"] for citation in stored["citations"]] == [FIVE]
    assert "Support notes" not in json.dumps(stored)
    assert "10 seconds" not in json.dumps(stored)


def test_stored_suggestions_leave_out_documents_that_the_reader_may_no_longer_see(asking: World) -> None:
    resets(asking)
    headers = asking.key("ask")
    answer = asking.asked("reset", headers=headers)
    put(asking, "Reset the valve", "Press the key to reset the valve, or the tap.", groups="staff")
    stored = asking.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert [each["text"] for each in stored["refusal"]["suggestions"]] == ["Reset the pump", "Reset the lamp"]
    assert "valve" not in json.dumps(stored)
    assert stored["refusal"]["message"].endswith("Reset the pump; Reset the lamp. Which one?")


def test_the_api_reference_names_every_refusal_code(asking: World) -> None:
    shape = asking.client.get("/openapi.json").json()["components"]["schemas"]["RefusalView"]
    assert set(shape["properties"]["code"]["enum"]) == {
        "nothing_found",
        "not_answered",
        "question_unclear",
        "question_too_broad",
        "contradictory",
    }


def test_a_refusal_says_that_a_document_is_still_being_read(asking: World) -> None:
    asking.upload(b"Hold it.", "late.txt", collection="manuals")
    refusal = asking.asked("Where is the valve?")["refusal"]
    assert refusal["code"] == "nothing_found"
    assert refusal["message"].endswith(" A document is still being read: ask again in a moment.")
    assert "still being read" in asking.asked("Where is the valve?", collections=["manuals"])["refusal"]["message"]
    assert "still being read" not in asking.asked("Where is the valve?", collections=["plans"])["refusal"]["message"]


def test_nobody_learns_that_a_document_is_being_read_which_they_may_not_see(asking: World) -> None:
    asking.upload(b"Hold it.", "late.txt", groups="staff")
    assert "still being read" not in asking.asked("Where is the valve?")["refusal"]["message"]
    insider = asking.asked("Where is the valve?", headers=asking.key("ask", groups=("staff",)))
    assert "still being read" in insider["refusal"]["message"]


def test_a_document_that_is_read_is_not_being_read(asking: World) -> None:
    put(asking, "Pump", "The pump is blue.")
    assert "still being read" not in asking.asked("qqqq zzzz?")["refusal"]["message"]
