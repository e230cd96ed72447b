"""What is said of a remembered answer, in each format; what is written of it; and what a generator is shown."""

from __future__ import annotations

import json
from typing import Any

from api.mcp.rendering import Fence, answer_text
from api.mcp.results import ask_result
from api.schemas.answers import AnswerView
from core.store import audit, documents, forgetting, jobs
from core.types import OPERATOR
from service.forget import purge
from tests.api.conftest import LAMPS, RESET
from tests.api.routes.remembering import NEARLY, QUESTION, RememberingWorld, kind
from tests.api.routes.remembering import make as make
from tests.api.routes.remembering import world as world
from tests.api.routes.test_answers import events_of


def test_it_streams_as_every_answer_does(world: RememberingWorld) -> None:
    first = world.approved()
    body = {"question": QUESTION, "stream": True}
    events = events_of(world.client.post("/v1/answers", json=body, headers=world.key("ask")))
    names = [name for name, _ in events]
    assert names == ["search", "delta", "citation", "final"]
    assert "".join(data["text"] for name, data in events if name == "delta") == first["text"]
    assert [p["chunk_id"] for p in events[0][1]["passages"]] == [events[2][1]["chunk_id"]]


def test_read_again_it_still_says_so_but_not_what_was_asked_then(world: RememberingWorld) -> None:
    world.approved()
    headers = world.key("ask")
    again = world.asked(NEARLY, headers=headers)
    kept = world.client.get(f"/v1/answers/{again['id']}", headers=headers).json()
    assert (again["remembered"]["question"], kept["remembered"]["question"]) == (QUESTION, None)
    assert kept["remembered"]["approved_by"] == "test"


def test_openai_clients_are_told_in_words(world: RememberingWorld) -> None:
    world.approved()
    body = {"model": "vouch", "messages": [{"role": "user", "content": QUESTION}]}
    reply = world.client.post("/v1/chat/completions", json=body, headers=world.key("ask")).json()
    assert "(Remembered answer: approved by test on " in reply["choices"][0]["message"]["content"]
    assert reply["vouch"]["remembered"]["kind"] == "approved"
    (cited,) = reply["choices"][0]["message"]["annotations"]
    assert cited["url_citation"]["end_index"] < len(reply["vouch"]["text"]) + 1


def test_in_a_stream_of_openais_it_is_said_behind_the_answer(world: RememberingWorld) -> None:
    first = world.approved()
    body = {"model": "vouch", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    stream = world.client.post("/v1/chat/completions", json=body, headers=world.key("ask")).text
    chunks = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: {")]
    said = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert said.startswith(first["text"] + "\n\n(Remembered answer: approved by test on ")


def test_assistants_are_told_in_words_and_in_fields(world: RememberingWorld) -> None:
    world.approved()
    told = ask_result(AnswerView.model_validate(world.asked(QUESTION)))
    assert told.remembered is not None
    assert told.remembered.sentence() in answer_text(told, Fence("mark")).split("<<mark")[0]


def test_what_is_given_again_is_counted_by_kind(world: RememberingWorld) -> None:
    world.approved()
    world.asked(QUESTION)
    assert 'vouch_answers_remembered_total{kind="approved"} 1.0' in world.client.get("/metrics").text


def test_approval_is_in_the_audit_with_whether_it_is_remembered(world: RememberingWorld) -> None:
    world.approved()
    with world.services.db.read() as session:
        entry = audit.list_audit(session).data[0]
    assert (entry.action, entry.detail["remembered"]) == ("feedback.approved", True)


def test_forgetting_the_document_erases_what_was_remembered_and_says_so(world: RememberingWorld) -> None:
    answer = world.approved()
    with world.services.db.write() as session:
        receipt = forgetting.forget_learned(session, answer["citations"][0]["document_id"])
    assert receipt.remembered == 1
    assert kind(world.asked(QUESTION)) is None


def test_purging_a_deleted_document_takes_it_out_of_memory_and_the_audit_says_so(world: RememberingWorld) -> None:
    document_id = world.approved()["citations"][0]["document_id"]
    services = world.services
    with services.db.write() as session:
        job_id = documents.delete_document(session, document_id, OPERATOR)
    claim = jobs.claim(services.db, job_id, lease_s=30, max_attempts=1)
    assert claim is not None
    purge(services.db, services.blobs, claim)
    with services.db.read() as session:
        entry = audit.list_audit(session).data[0]
    assert (entry.action, entry.target, entry.detail) == ("document.purge", document_id, {"remembered": 1})


LIKE, OTHER = "How do I reset the big black round router?", "How do I reset the big black round lamps?"


def heard(world: RememberingWorld) -> str:
    return world.generator.received[-1][-1].content


def test_the_generator_is_shown_approved_answers_to_like_questions(world: RememberingWorld) -> None:
    world.approved(LIKE)
    world.asked(OTHER, mode="generate")
    said = RESET.decode().rstrip(".")
    assert f"<example>\nQuestion: {LIKE}\nAnswer: {said} [1].\n</example>" in heard(world)


def test_an_example_is_shown_only_to_whom_its_sources_are_open(make: Any) -> None:
    world = make()
    world.served(groups="inside")
    world.served(LAMPS, "lamps.txt")
    world.approved(LIKE, by=world.key("review", "ask", groups=("inside",)))
    world.asked(OTHER, mode="generate", headers=world.key("ask", groups=("inside",)))
    inside = heard(world)
    world.asked(OTHER, mode="generate", headers=world.key("ask"))
    assert ("<example>" in inside, "<example>" in heard(world)) == (True, False)
    assert len(world.generator.received) == 2


def test_a_question_like_no_approved_one_gets_no_example(world: RememberingWorld) -> None:
    world.approved(LIKE)
    world.asked("How do I dim the lamps?", mode="generate")
    assert not world.generator.received or "<example>" not in heard(world)
