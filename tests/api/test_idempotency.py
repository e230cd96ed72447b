"""A request that is sent twice with one idempotency key is executed once."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from core.clock import now
from core.errors import Unavailable
from core.store.access import idempotency, keys
from core.store.tables import IdempotencyRow
from tests.api.conftest import LAMPS, RESET, World
from tests.api.routes.test_answers import events_of

Json = Any


def test_an_upload_sent_twice_is_one_upload_with_one_response(world: World) -> None:
    headers = world.key("ingest") | {"Idempotency-Key": "once"}
    first, second = (
        world.client.post("/v1/documents", files={"file": ("a.txt", RESET)}, headers=headers) for _ in range(2)
    )
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    assert second.headers["location"] == first.headers["location"]
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (None, "true")
    assert len(world.queue.sent) == 1


@pytest.mark.parametrize(
    ("name", "data", "form"),
    [("a.txt", LAMPS, {}), ("b.txt", RESET, {}), ("a.txt", RESET, {"collection": "other"})],
)
def test_the_same_key_for_another_upload_is_a_conflict(world: World, name: str, data: bytes, form: Json) -> None:
    headers = world.key("ingest") | {"Idempotency-Key": "once"}
    world.client.post("/v1/documents", files={"file": ("a.txt", RESET)}, headers=headers)
    response = world.client.post("/v1/documents", files={"file": (name, data)}, data=form, headers=headers)
    assert (response.status_code, response.json()["code"]) == (409, "conflict")


def test_the_same_idempotency_key_of_two_callers_is_two_keys(world: World) -> None:
    for expected in (202, 200):
        headers = world.key("ingest") | {"Idempotency-Key": "once"}
        response = world.client.post("/v1/documents", files={"file": ("a.txt", RESET)}, headers=headers)
        assert response.status_code == expected


def test_a_request_that_failed_may_be_sent_again(world: World) -> None:
    headers = world.key("ask") | {"Idempotency-Key": "once"}
    world.searcher.error = Unavailable("The index is away.")
    failed = world.client.post("/v1/answers", json={"question": "reset"}, headers=headers)
    world.searcher.error = None
    again = world.client.post("/v1/answers", json={"question": "reset"}, headers=headers)
    assert (failed.status_code, again.status_code) == (503, 200)


def test_a_question_sent_twice_has_one_answer(world: World) -> None:
    headers = world.key("ask") | {"Idempotency-Key": "once"}
    first, second = (world.client.post("/v1/answers", json={"question": "x"}, headers=headers) for _ in range(2))
    assert second.json() == first.json()
    assert len(world.searcher.asked) == 1


def test_a_stream_sent_twice_repeats_its_last_event(world: World) -> None:
    world.served()
    headers = world.key("ask") | {"Idempotency-Key": "once"}
    asked = {"question": "reset", "stream": True}
    first, second = (events_of(world.client.post("/v1/answers", json=asked, headers=headers)) for _ in range(2))
    assert second == [first[-1]]
    assert len(world.searcher.asked) == 1


@pytest.mark.parametrize("error", [Unavailable("The model is away."), RuntimeError("broken")])
def test_an_interrupted_stream_may_be_requested_again(world: World, error: Exception) -> None:
    headers = world.key("ask") | {"Idempotency-Key": "once"}
    asked = {"question": "reset", "stream": True}
    world.answerer.breaks_after_search = error
    broken = events_of(world.client.post("/v1/answers", json=asked, headers=headers))
    world.answerer.breaks_after_search = None
    again = events_of(world.client.post("/v1/answers", json=asked, headers=headers))
    assert (broken[-1][0], again[-1][0]) == ("error", "final")


def test_the_token_of_a_new_key_is_never_stored(world: World) -> None:
    headers = world.key("admin") | {"Idempotency-Key": "once"}
    body = {"name": "support", "scopes": ["ask"]}
    first, second = (world.client.post("/v1/keys", json=body, headers=headers) for _ in range(2))
    token = first.json()["token"]
    assert second.json() == {**first.json(), "token": None}
    with world.services.db.read() as session:
        assert all(token.encode() not in (row.body or b"") for row in session.query(IdempotencyRow))


@pytest.mark.parametrize(
    ("path", "body"),
    [("/v1/training-runs", {}), ("/v1/keys", {"name": "x", "scopes": ["ask"]})],
)
def test_other_creating_requests_are_executed_once_too(world: World, path: str, body: Json) -> None:
    headers = world.key("admin") | {"Idempotency-Key": "once"}
    ids = [world.client.post(path, json=body, headers=headers).json()["id"] for _ in range(2)]
    assert ids[0] == ids[1]
    assert len(world.client.get(path, headers=world.key("admin")).json()["data"]) == (1 if "runs" in path else 3)


def test_an_opinion_sent_twice_is_stored_once(world: World) -> None:
    headers = world.key("ask")
    path = f"/v1/answers/{world.asked(headers=headers)['id']}/feedback"
    sent = [
        world.client.post(path, json={"rating": "up"}, headers=headers | {"Idempotency-Key": "once"}) for _ in range(2)
    ]
    assert json.loads(sent[0].text) == json.loads(sent[1].text)


@pytest.mark.parametrize("key", ["", "with space", "x" * 256, "\u00e9"])
def test_an_idempotency_key_that_cannot_be_stored_is_invalid(world: World, key: str) -> None:
    headers: Json = {name: value.encode() for name, value in world.key("ask").items()}
    response = world.client.post(
        "/v1/answers", json={"question": "x"}, headers=headers | {"Idempotency-Key": key.encode()}
    )
    assert response.status_code == 422


def test_an_idempotency_key_is_free_again_after_its_process_died(world: World) -> None:
    headers = world.key("ask")
    with world.services.db.read() as session:
        caller = keys.caller_of(session, headers["Authorization"].split()[1])
    idempotency.begin_request(world.services.db, caller, "once", "0" * 64)
    asked: Json = {"json": {"question": "x"}, "headers": headers | {"Idempotency-Key": "once"}}
    running = world.client.post("/v1/answers", **asked)
    with world.services.db.write() as session:
        session.execute(update(IdempotencyRow).values(created_at=now() - timedelta(minutes=11)))
    again = world.client.post("/v1/answers", **asked)
    assert (running.status_code, again.status_code) == (409, 200)


def test_a_repeated_question_gets_no_quotes_of_a_document_deleted_meanwhile(world: World) -> None:
    document_id, headers = world.served(), world.key("ask") | {"Idempotency-Key": "once"}
    first = world.client.post("/v1/answers", json={"question": "reset"}, headers=headers)
    world.client.delete(f"/v1/documents/{document_id}", headers=world.key("ingest"))

    second = world.client.post("/v1/answers", json={"question": "reset"}, headers=headers)

    assert "button" in first.text
    assert second.json()["id"] == first.json()["id"]
    assert "button" not in second.text
