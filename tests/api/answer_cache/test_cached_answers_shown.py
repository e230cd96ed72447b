"""How a cached answer is shown in each format, counted and audited; and approved answers as few-shot examples."""

from __future__ import annotations

import json
from typing import Any

from api.mcp.rendering import Fence, answer_text
from api.mcp.results import ask_result
from api.schemas.answers import AnswerView
from core.store import documents, forgetting, jobs
from core.store.access import audit
from core.types import OPERATOR
from service.forget import purge
from tests.api.answer_cache.cached_answers import NEARLY, QUESTION, CachingWorld, kind
from tests.api.answer_cache.cached_answers import make as make
from tests.api.answer_cache.cached_answers import world as world
from tests.api.conftest import LAMPS, RESET
from tests.api.routes.test_answers import events_of


def test_a_cached_answer_streams_as_every_answer_does(world: CachingWorld) -> None:
    first = world.approved()
    body = {"question": QUESTION, "stream": True}
    events = events_of(world.client.post("/v1/answers", json=body, headers=world.key("ask")))
    names = [name for name, _ in events]
    assert names == ["search", "delta", "citation", "final"]
    assert "".join(data["text"] for name, data in events if name == "delta") == first["text"]
    assert [p["chunk_id"] for p in events[0][1]["passages"]] == [events[2][1]["chunk_id"]]


def test_a_stored_answer_names_its_source_but_not_the_sources_question(world: CachingWorld) -> None:
    world.approved()
    headers = world.key("ask")
    again = world.asked(NEARLY, headers=headers)
    stored = world.client.get(f"/v1/answers/{again['id']}", headers=headers).json()
    assert (again["remembered"]["question"], stored["remembered"]["question"]) == (QUESTION, None)
    assert stored["remembered"]["approved_by"] == "test"


def test_the_openai_api_names_the_approval_in_the_text(world: CachingWorld) -> None:
    world.approved()
    body = {"model": "vouch", "messages": [{"role": "user", "content": QUESTION}]}
    reply = world.client.post("/v1/chat/completions", json=body, headers=world.key("ask")).json()
    assert "(Remembered answer: approved by test on " in reply["choices"][0]["message"]["content"]
    assert reply["vouch"]["remembered"]["kind"] == "approved"
    (cited,) = reply["choices"][0]["message"]["annotations"]
    assert cited["url_citation"]["end_index"] < len(reply["vouch"]["text"]) + 1


def test_a_stream_of_the_openai_api_names_the_approval_after_the_answer(world: CachingWorld) -> None:
    first = world.approved()
    body = {"model": "vouch", "stream": True, "messages": [{"role": "user", "content": QUESTION}]}
    stream = world.client.post("/v1/chat/completions", json=body, headers=world.key("ask")).text
    chunks = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: {")]
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert text.startswith(first["text"] + "\n\n(Remembered answer: approved by test on ")


def test_mcp_results_name_the_approval_in_text_and_in_fields(world: CachingWorld) -> None:
    world.approved()
    result = ask_result(AnswerView.model_validate(world.asked(QUESTION)))
    assert result.remembered is not None
    assert result.remembered.sentence() in answer_text(result, Fence("mark")).split("<<mark")[0]


def test_cached_answers_are_counted_by_kind(world: CachingWorld) -> None:
    world.approved()
    world.asked(QUESTION)
    assert 'vouch_answers_remembered_total{kind="approved"} 1.0' in world.metrics()


def test_the_audit_trail_says_whether_an_approved_answer_is_cached(world: CachingWorld) -> None:
    world.approved()
    with world.services.db.read() as session:
        entry = audit.list_audit(session).data[0]
    assert (entry.action, entry.detail["remembered"]) == ("feedback.approved", True)


def test_forgetting_a_document_deletes_its_cached_answers_and_counts_them(world: CachingWorld) -> None:
    answer = world.approved()
    with world.services.db.write() as session:
        receipt = forgetting.forget_learned(session, answer["citations"][0]["document_id"])
    assert receipt.remembered == 1
    assert kind(world.asked(QUESTION)) is None


def test_purging_a_document_deletes_its_cached_answers_and_the_audit_counts_them(world: CachingWorld) -> None:
    document_id = world.approved()["citations"][0]["document_id"]
    services = world.services
    with services.db.write() as session:
        job_id = documents.delete_document(session, document_id, OPERATOR)
    claim = jobs.claim(services.db, job_id, lease_s=30, max_attempts=1)
    assert claim is not None
    purge(services.db, services.blobs, claim)
    with services.db.read() as session:
        entry = audit.list_audit(session).data[0]
    assert (entry.action, entry.target, entry.detail["remembered"]) == ("document.purge", document_id, 1)


LIKE, OTHER = "How do I reset the big black round router?", "How do I reset the big black round lamps?"


def heard(world: CachingWorld) -> str:
    return world.generator.received[-1][-1].content


def test_the_prompt_has_approved_answers_to_similar_questions(world: CachingWorld) -> None:
    world.approved(LIKE)
    world.asked(OTHER, mode="generate")
    quote = RESET.decode().rstrip(".")
    assert f"<example>\nQuestion: {LIKE}\nAnswer: {quote} [1].\n</example>" in heard(world)


def test_an_example_is_used_only_for_keys_that_may_see_its_sources(make: Any) -> None:
    world = make()
    world.served(groups="inside")
    world.served(LAMPS, "lamps.txt")
    world.approved(LIKE, by=world.key("review", "ask", groups=("inside",)))
    world.asked(OTHER, mode="generate", headers=world.key("ask", groups=("inside",)))
    inside = heard(world)
    world.asked(OTHER, mode="generate", headers=world.key("ask"))
    assert ("<example>" in inside, "<example>" in heard(world)) == (True, False)
    assert len(world.generator.received) == 2


def test_a_question_unlike_all_approved_ones_gets_no_example(world: CachingWorld) -> None:
    world.approved(LIKE)
    world.asked("How do I dim the lamps?", mode="generate")
    assert not world.generator.received or "<example>" not in heard(world)
