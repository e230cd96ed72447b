"""The routes of answers: ask, as JSON and as a stream; read answers again; rate them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from api.answering import answer_events
from api.schemas.answers import AskBody
from core.errors import Unavailable
from core.store import journal
from core.types import OPERATOR
from tests.api.conftest import LAMPS, RESET, World

Json = Any


def events_of(response: Json) -> list[tuple[str, Json]]:
    """Parse a stream strictly: one line for the event, one for its data, then a blank line."""
    assert response.headers["content-type"].startswith("text/event-stream")
    found = []
    for block in response.text.removesuffix("\n\n").split("\n\n"):
        name, data = block.split("\n")
        assert name.startswith("event: ")
        assert data.startswith("data: ")
        found.append((name[7:], json.loads(data[6:])))
    return found


def test_an_answer_quotes_the_stored_text_letter_by_letter(world: World) -> None:
    document_id = world.served()
    answer = world.asked("how to reset")
    (citation,) = answer["citations"]
    chunks = world.client.get(f"/v1/documents/{document_id}/chunks", headers=world.key("ask")).json()["data"]
    assert answer["status"] == "answered"
    assert citation["quote"] == chunks[0]["text"][citation["start"] : citation["end"]]
    assert (citation["document_id"], citation["chunk_id"]) == (document_id, chunks[0]["chunk_id"])
    assert (citation["page"], citation["heading"]) == (3, ["Care"])


def test_an_answer_has_every_field_of_the_contract(world: World) -> None:
    world.served()
    answer = world.asked()
    contract = (
        "id status text units missing sentences citations refusal closest support versions timings phrased fallback "
    )
    contract += "conversation_id standalone_question remembered stored"
    assert set(answer) == set(contract.split())
    cited = "id chunk_id document_id version title page boxes heading quote start end blocks updated_at duplicates "
    cited += "marks"
    assert set(answer["citations"][0]) == set(cited.split())
    assert set(answer["sentences"][0]) == {"text", "kind", "citations"}
    assert set(answer["units"][0]) == {"kind", "text", "citations", "steps", "table"}


def test_a_question_that_the_documents_do_not_answer_is_refused_with_a_reason(world: World) -> None:
    answer = world.asked("anything")
    assert (answer["status"], answer["refusal"]["code"], answer["citations"]) == ("refused", "nothing_found", [])


def test_a_question_is_answered_only_from_documents_that_the_caller_may_see(world: World) -> None:
    world.served(groups="staff")
    assert world.asked("reset", headers=world.key("ask"))["status"] == "refused"
    assert world.asked("reset", headers=world.key("ask", groups=("staff",)))["status"] == "answered"


def test_a_question_is_limited_to_its_collections(world: World) -> None:
    world.served(collection="routers")
    assert world.asked("reset", collections=["phones"])["status"] == "refused"
    assert world.asked("reset", collections=["routers"])["status"] == "answered"


@pytest.mark.parametrize(
    "body", [{"question": ""}, {"question": "x", "mode": "fast"}, {"question": "x", "conversation_id": "a b"}, {}]
)
@pytest.mark.parametrize("stream", [False, True])
def test_an_invalid_question_is_refused_also_as_a_stream(world: World, body: Json, stream: bool) -> None:
    response = world.client.post("/v1/answers", json={**body, "stream": stream}, headers=world.key("ask"))
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


def test_a_stream_sends_passages_then_text_then_citations_then_the_answer(world: World) -> None:
    world.served()
    response = world.client.post("/v1/answers", json={"question": "reset", "stream": True}, headers=world.key("ask"))
    events = events_of(response)
    whole = events[-1][1]
    assert [name for name, _ in events] == ["search", "delta", "citation", "final"]
    assert events[0][1]["passages"][0]["text"] == RESET.decode()
    assert "".join(data["text"] for name, data in events if name == "delta") == whole["text"]
    assert events[2][1] == whole["citations"][0]


def test_a_stream_and_its_stored_answer_agree(world: World) -> None:
    world.served()
    headers = world.key("ask")
    response = world.client.post("/v1/answers", json={"question": "reset", "stream": True}, headers=headers)
    whole = events_of(response)[-1][1]
    stored = world.client.get(f"/v1/answers/{whole['id']}", headers=headers).json()
    assert {name: stored[name] for name in whole} == whole


def test_an_error_before_a_stream_begins_has_its_own_status(world: World) -> None:
    world.searcher.error = Unavailable("The index is away.")
    response = world.client.post("/v1/answers", json={"question": "reset", "stream": True}, headers=world.key("ask"))
    assert response.status_code == 503


@pytest.mark.parametrize(
    ("error", "code"), [(Unavailable("The model is away."), "unavailable"), (RuntimeError("Mrs Smith"), "internal")]
)
def test_the_last_event_of_an_interrupted_stream_is_the_error(world: World, error: Exception, code: str) -> None:
    world.served()
    world.answerer.breaks_after_search = error
    response = world.client.post("/v1/answers", json={"question": "reset", "stream": True}, headers=world.key("ask"))
    name, data = events_of(response)[-1]
    assert (name, data["code"]) == ("error", code)
    assert data["request_id"] == response.headers["x-request-id"]
    assert "Smith" not in response.text


def test_an_answer_is_visible_to_its_caller_and_to_reviewers(world: World) -> None:
    mine = world.key("ask")
    path = f"/v1/answers/{world.asked(headers=mine)['id']}"
    statuses = [world.client.get(path, headers=h).status_code for h in (mine, world.key("ask"), world.key("review"))]
    assert statuses == [200, 404, 200]


def test_a_question_is_stored_redacted(world: World) -> None:
    headers = world.key("ask")
    answer = world.asked("How does Mr Smith reset it?", headers=headers)
    stored = world.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert stored["question"] == "How does Mr [PERSON] reset it?"


def test_a_stored_answer_names_its_passages_and_versions(world: World) -> None:
    document_id = world.served()
    world.served(b"Never reset it at night.", "warning.txt")
    answer = world.asked("reset", conversation_id="new")
    with world.services.db.read() as session:
        record = journal.get_answer(session, answer["id"], OPERATOR)
    assert record.passages[0]["document_id"] == document_id
    assert len(record.passages) == 2
    assert set(record.passages[0]) == {"chunk_id", "document_id", "version", "sha256"}
    assert (record.versions, record.conversation_id, record.mode) == (
        {"index": "test-1"},
        answer["conversation_id"],
        "auto",
    )


def test_a_stored_answer_loses_its_quotes_when_the_document_is_deleted(world: World) -> None:
    document_id, headers = world.served(), world.key("ask")
    answer = world.asked(headers=headers)
    world.client.delete(f"/v1/documents/{document_id}", headers=world.key("ingest"))
    stored = world.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert (stored["withdrawn"], stored["citations"], stored["text"], stored["units"]) == (True, [], "", [])
    assert "button" not in json.dumps(stored)


def test_a_stored_answer_loses_quotes_that_its_reader_may_no_longer_see(world: World) -> None:
    world.served()
    headers = world.key("ask")
    answer = world.asked(headers=headers)
    world.upload(RESET, groups="staff")
    stored = world.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert "button" not in json.dumps(stored)


def test_closest_passages_that_may_not_be_seen_are_left_out(world: World) -> None:
    world.served()
    gone = world.served(LAMPS + b" reset", "lamps.txt")
    headers = world.key("ask")
    answer = world.asked(headers=headers)
    assert [passage["document_id"] for passage in answer["closest"]] == [gone]
    world.client.delete(f"/v1/documents/{gone}", headers=world.key("ingest"))
    stored = world.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert (stored["closest"], stored["withdrawn"], stored["text"]) == ([], False, answer["text"])


def test_answers_are_counted_by_status(world: World) -> None:
    world.served()
    world.asked("reset")
    world.asked("anything")
    text = world.metrics()
    assert 'vouch_answers_total{by="quotes",status="answered"} 1.0' in text
    assert 'vouch_answers_total{by="quotes",status="refused"} 1.0' in text


def test_a_client_that_disconnects_ends_the_answer(world: World) -> None:
    world.served()
    from api.metrics import Metrics

    events = answer_events(world.services, Metrics(), OPERATOR, AskBody(question="reset"))
    next(events)
    events.close()
    assert list(events) == []


def test_a_later_opinion_replaces_the_earlier_one(world: World) -> None:
    world.served()
    headers = world.key("ask")
    path = f"/v1/answers/{world.asked(headers=headers)['id']}/feedback"
    first = world.client.post(path, json={"rating": "up"}, headers=headers).json()
    opinion = {"rating": "down", "reasons": ["incomplete"], "wrong_citations": [1], "correction": "Hold it longer."}
    second = world.client.post(path, json=opinion, headers=headers).json()
    assert second["id"] == first["id"]
    assert {name: second[name] for name in opinion} == opinion
    assert (second["state"], second["comment"]) == ("pending", None)


def test_the_texts_of_an_opinion_are_redacted(world: World) -> None:
    world.served()
    headers = world.key("ask")
    path = f"/v1/answers/{world.asked(headers=headers)['id']}/feedback"
    opinion = {"rating": "down", "correction": "Call Smith.", "comment": "Smith told me."}
    stored = world.client.post(path, json=opinion, headers=headers).json()
    assert (stored["correction"], stored["comment"]) == ("Call [PERSON].", "[PERSON] told me.")


@pytest.mark.parametrize(
    "opinion",
    [
        {"rating": "sideways"},
        {"rating": "down", "wrong_citations": [7]},
        {"rating": "down", "reasons": ["Not A Code"]},
        {"rating": "up", "correction": ""},
        {"rating": "up", "stars": 5},
    ],
)
def test_an_invalid_opinion_is_refused(world: World, opinion: Json) -> None:
    world.served()
    headers = world.key("ask")
    path = f"/v1/answers/{world.asked(headers=headers)['id']}/feedback"
    assert world.client.post(path, json=opinion, headers=headers).status_code == 422


def test_nobody_rates_the_answer_of_another_key(world: World) -> None:
    path = f"/v1/answers/{world.asked()['id']}/feedback"
    assert world.client.post(path, json={"rating": "up"}, headers=world.key("ask")).status_code == 404
