"""The routes of conversations: follow-ups, who may read them, expiry and deletion."""

from __future__ import annotations

import json
from typing import Any

import pytest

from core.store import conversations, forgetting
from tests.api.conftest import LAMPS, RESET, World
from tests.api.routes.test_answers import events_of

Json = Any
PATH = "/v1/conversations"


def begun(world: World, headers: Json) -> str:
    response = world.client.post(PATH, headers=headers)
    assert response.status_code == 201, response.text
    assert response.headers["location"] == f"{PATH}/{response.json()['id']}"
    conversation_id: str = response.json()["id"]
    return conversation_id


def read(world: World, conversation_id: str, headers: Json) -> Json:
    response = world.client.get(f"{PATH}/{conversation_id}", headers=headers)
    assert response.status_code == 200, response.text
    return response.json()


def status(world: World, conversation_id: str, headers: Json) -> int:
    """Return the status of the response to a question in this conversation."""
    body = {"question": "reset", "conversation_id": conversation_id}
    return world.client.post("/v1/answers", json=body, headers=headers).status_code


def test_a_follow_up_is_searched_and_shown_as_it_is_understood(world: World) -> None:
    world.served()
    headers = world.key("ask")
    conversation_id = begun(world, headers)
    first = world.asked("How do I reset the X200?", conversation_id=conversation_id, headers=headers)
    second = world.asked("And for the X300?", conversation_id=conversation_id, headers=headers)
    assert (first["standalone_question"], second["standalone_question"]) == (None, "How do I reset the X300?")
    assert world.searcher.asked[-1][0] == "How do I reset the X300?"
    assert {first["conversation_id"], second["conversation_id"]} == {conversation_id}


def test_a_question_without_a_conversation_belongs_to_none(world: World) -> None:
    answer = world.asked("How long does it take?")
    assert (answer["conversation_id"], answer["standalone_question"]) == (None, None)
    assert world.searcher.asked[-1][0] == "How long does it take?"


def test_a_conversation_begins_with_its_first_question(world: World) -> None:
    headers = world.key("ask")
    answer = world.asked("How do I reset the X200?", conversation_id="new", headers=headers)
    (card,) = world.client.get(PATH, headers=headers).json()["data"]
    assert (card["id"], card["turn_count"]) == (answer["conversation_id"], 1)


def test_a_conversation_is_returned_with_its_turns(world: World) -> None:
    world.served()
    headers = world.key("ask")
    first = world.asked("How do I reset the X200?", conversation_id="new", headers=headers)
    second = world.asked("Why?", conversation_id=first["conversation_id"], headers=headers)
    found = read(world, first["conversation_id"], headers)
    assert [(turn["question"], turn["standalone_question"]) for turn in found["turns"]] == [
        ("How do I reset the X200?", None),
        ("Why?", "Why (reset the X200)?"),
    ]
    assert [turn["answer_id"] for turn in found["turns"]] == [first["id"], second["id"]]
    assert (found["turns"][0]["text"], found["turns"][0]["status"]) == (first["text"], "answered")
    assert found["expires_at"] > found["updated_at"] > found["created_at"]


def test_a_stream_continues_a_conversation_too(world: World) -> None:
    world.served()
    headers = world.key("ask")
    first = world.asked("How do I reset the X200?", conversation_id="new", headers=headers)
    body = {"question": "And the X300?", "conversation_id": first["conversation_id"], "stream": True}
    *_, (name, final) = events_of(world.client.post("/v1/answers", json=body, headers=headers))
    assert (name, final["standalone_question"]) == ("final", "How do I reset the X300?")


@pytest.mark.parametrize("stranger", [("ask",), ("admin",), ("review", "ask")])
def test_a_conversation_does_not_exist_for_another_key_whatever_its_scopes(
    world: World, stranger: tuple[str, ...]
) -> None:
    mine, theirs = world.key("ask"), world.key(*stranger)
    conversation_id = begun(world, mine)
    missing = world.client.get(f"{PATH}/conv_missing", headers=theirs)
    found = world.client.get(f"{PATH}/{conversation_id}", headers=theirs)
    assert (
        (found.status_code, found.json()["code"]) == (missing.status_code, missing.json()["code"]) == (404, "not_found")
    )
    assert world.client.delete(f"{PATH}/{conversation_id}", headers=theirs).status_code == 404
    assert status(world, conversation_id, theirs) == 404
    assert world.client.get(PATH, headers=theirs).json()["data"] == []
    assert status(world, conversation_id, mine) == 200


@pytest.mark.parametrize("stream", [False, True])
def test_an_unknown_conversation_is_not_found_and_nothing_is_searched(world: World, stream: bool) -> None:
    body = {"question": "reset", "conversation_id": "conv_missing", "stream": stream}
    response = world.client.post("/v1/answers", json=body, headers=world.key("ask"))
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert world.searcher.asked == []


def test_a_conversation_id_that_is_too_long_is_invalid(world: World) -> None:
    assert status(world, "c" * 81, world.key("ask")) == 422


def test_a_deleted_conversation_is_erased_with_its_questions_and_answers(world: World) -> None:
    world.served()
    headers = world.key("ask")
    answer = world.asked("How do I reset the pomegranate?", conversation_id="new", headers=headers)
    conversation_id = answer["conversation_id"]
    world.asked("Why?", conversation_id=conversation_id, headers=headers)
    assert world.client.delete(f"{PATH}/{conversation_id}", headers=headers).status_code == 204
    assert world.client.get(f"/v1/answers/{answer['id']}", headers=headers).status_code == 404
    assert status(world, conversation_id, headers) == 404
    assert world.client.delete(f"{PATH}/{conversation_id}", headers=headers).status_code == 404
    with world.services.db.engine.connect() as connection:
        assert "pomegranate" not in "\n".join(connection.connection.iterdump())


def test_a_conversation_deleted_during_an_answer_stores_nothing_of_it(world: World) -> None:
    world.served()
    headers = world.key("ask")
    conversation_id = begun(world, headers)
    search = world.searcher.search

    def deleting(*args: Json, **given: Json) -> Json:
        world.client.delete(f"{PATH}/{conversation_id}", headers=headers)
        return search(*args, **given)

    world.searcher.search = deleting  # type: ignore[method-assign]
    assert status(world, conversation_id, headers) == 404
    with world.services.db.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM answers").scalar() == 0


def test_an_expired_conversation_is_not_found(make_world: Json, monkeypatch: pytest.MonkeyPatch) -> None:
    world: World = make_world(keep_conversations_days=1)
    headers = world.key("ask")
    conversation_id = begun(world, headers)
    with world.services.db.write() as session:
        session.connection().exec_driver_sql("UPDATE conversations SET updated_at = '2020-01-01 00:00:00.000000'")
    assert status(world, conversation_id, headers) == 404
    with world.services.db.write() as session:
        assert conversations.delete_expired(session, 1) == 1


def test_a_long_conversation_keeps_its_newest_turns_and_its_topic(make_world: Json) -> None:
    world: World = make_world(conversation_turns=2)
    headers = world.key("ask")
    conversation_id = begun(world, headers)
    for question in ("How do I reset the X200?", "Why?", "How long?"):
        answer = world.asked(question, conversation_id=conversation_id, headers=headers)
    assert answer["standalone_question"] == "How long (reset X200)?"
    assert [turn["question"] for turn in read(world, conversation_id, headers)["turns"]] == ["Why?", "How long?"]


def test_a_first_question_that_refers_to_nothing_is_refused_as_unclear(world: World) -> None:
    world.served()
    answer = world.asked("Why?", conversation_id="new")
    assert (answer["status"], answer["refusal"]["code"]) == ("refused", "question_unclear")
    assert "nothing was asked before it" in answer["refusal"]["message"]
    assert world.searcher.asked == []


def test_a_first_question_with_a_subject_is_answered_as_it_is(world: World) -> None:
    world.served()
    answer = world.asked("And how does it reset", conversation_id="new")
    assert (answer["status"], answer["standalone_question"]) == ("answered", None)


@pytest.mark.parametrize("question", ["", "  ", "x" * 4001])
def test_an_invalid_question_is_refused_also_in_a_conversation(world: World, question: str) -> None:
    headers = world.key("ask")
    body = {"question": question, "conversation_id": begun(world, headers)}
    assert world.client.post("/v1/answers", json=body, headers=headers).status_code == 422


def test_questions_are_stored_redacted_as_typed_and_as_understood(world: World) -> None:
    headers = world.key("ask")
    first = world.asked("How does Mr Smith reset the X200?", conversation_id="new", headers=headers)
    second = world.asked("And for Smith the X300?", conversation_id=first["conversation_id"], headers=headers)
    with world.services.db.engine.connect() as connection:
        assert "Smith" not in "\n".join(connection.connection.iterdump())
    assert "[PERSON]" not in (second["standalone_question"] or "")


def test_the_journal_stores_an_answer_with_the_question_that_it_answers(world: World) -> None:
    headers = world.key("ask")
    first = world.asked("How do I reset the X200?", conversation_id="new", headers=headers)
    second = world.asked("And the X300?", conversation_id=first["conversation_id"], headers=headers)
    stored = world.client.get(f"/v1/answers/{second['id']}", headers=headers).json()
    assert stored["question"] == stored["standalone_question"] == "How do I reset the X300?"


def test_a_turn_shows_no_text_of_a_deleted_document(world: World) -> None:
    document_id, headers = world.served(), world.key("ask")
    answer = world.asked("reset", conversation_id="new", headers=headers)
    world.client.delete(f"/v1/documents/{document_id}", headers=world.key("ingest"))
    found = read(world, answer["conversation_id"], headers)
    assert (found["turns"][0]["text"], found["turns"][0]["withdrawn"]) == ("", True)
    assert "button" not in json.dumps(found)


def test_a_turn_shows_no_text_of_a_document_that_its_caller_may_no_longer_see(world: World) -> None:
    world.served()
    headers = world.key("ask")
    answer = world.asked("reset", conversation_id="new", headers=headers)
    world.upload(RESET, groups="staff")
    assert "button" not in json.dumps(read(world, answer["conversation_id"], headers))


def test_forgetting_a_document_deletes_the_turns_that_cite_it(world: World) -> None:
    forgotten = world.served()
    world.served(LAMPS, "lamps.txt")
    headers = world.key("ask")
    first = world.asked("reset", conversation_id="new", headers=headers)
    world.asked("lamps", conversation_id=first["conversation_id"], headers=headers)
    with world.services.db.write() as session:
        forgetting.forget_learned(session, forgotten)
    found = read(world, first["conversation_id"], headers)
    assert [turn["question"] for turn in found["turns"]] == ["lamps"]


def test_beginning_a_conversation_twice_with_one_key_begins_one(world: World) -> None:
    headers = world.key("ask") | {"Idempotency-Key": "one"}
    first, second = (world.client.post(PATH, headers=headers) for _ in range(2))
    assert (second.json(), second.headers["Idempotency-Replayed"]) == (first.json(), "true")
    assert len(world.client.get(PATH, headers=headers).json()["data"]) == 1


def test_asking_twice_with_one_key_stores_one_turn(world: World) -> None:
    world.served()
    headers = world.key("ask") | {"Idempotency-Key": "one"}
    first, second = (world.asked("reset", conversation_id="new", headers=headers) for _ in range(2))
    assert second == first
    assert read(world, first["conversation_id"], headers)["turn_count"] == 1


def test_conversations_are_paged(world: World) -> None:
    headers = world.key("ask")
    made = [begun(world, headers) for _ in range(3)]
    page = world.client.get(PATH, params={"limit": 2}, headers=headers).json()
    rest = world.client.get(PATH, params={"limit": 2, "cursor": page["next_cursor"]}, headers=headers).json()
    assert [each["id"] for each in page["data"] + rest["data"]] == made[::-1]
    assert world.client.get(PATH, params={"cursor": "?"}, headers=headers).status_code == 422


def test_conversations_need_the_scope_ask(world: World) -> None:
    headers = world.key("ingest")
    assert [world.client.get(PATH, headers=headers).status_code, world.client.get(PATH).status_code] == [403, 401]


def test_a_body_with_an_unknown_field_is_refused(world: World) -> None:
    assert world.client.post(PATH, json={"title": "x"}, headers=world.key("ask")).status_code == 422


def test_a_reviewer_reads_the_answer_but_not_the_conversation(world: World) -> None:
    answer = world.asked("reset", conversation_id="new")
    reviewer = world.key("review", "ask")
    assert world.client.get(f"/v1/answers/{answer['id']}", headers=reviewer).status_code == 200
    assert world.client.get(f"{PATH}/{answer['conversation_id']}", headers=reviewer).status_code == 404
