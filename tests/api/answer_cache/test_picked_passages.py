"""Passages that a reader picked as the right ones: who may pick, and how they answer the question once approved."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from core.store.tables import FeedbackRow
from tests.api.answer_cache.cached_answers import NEARLY, QUESTION, UNLIKE, CachingWorld, kind
from tests.api.answer_cache.cached_answers import make as make
from tests.api.answer_cache.cached_answers import world as world

Json = Any
SERVICE = b"Only the service desk may reset a router. Call extension 40."


def passage_of(world: CachingWorld, document_id: str, headers: Json = None) -> Json:
    path = f"/v1/documents/{document_id}/chunks"
    return world.client.get(path, headers=headers or world.key("admin")).json()["data"][0]


def pick(world: CachingWorld, answer: Json, headers: Json, *picked: Json, **fields: Json) -> Json:
    body = {"rating": "down", "right_passages": list(picked)} | fields
    return world.client.post(f"/v1/answers/{answer['id']}/feedback", json=body, headers=headers)


def corrected(world: CachingWorld, *, question: str = QUESTION, groups: str = "", **fields: Json) -> Json:
    """Ask, pick the passage about the service desk, approve; return the passage."""
    desk = world.served(SERVICE, "desk.txt", **({"groups": groups} if groups else {}))
    headers = world.key("ask", groups=("inside",))
    chunk = passage_of(world, desk)
    response = pick(world, world.asked(question, headers=headers), headers, {"chunk_id": chunk["chunk_id"]}, **fields)
    assert response.status_code == 200, response.text
    world.review(response.json()["id"], headers=world.key("review", groups=("inside",)))
    return chunk


def test_the_next_answer_quotes_what_was_picked_and_says_who_picked_it(world: CachingWorld) -> None:
    chunk = corrected(world)
    again = world.asked(QUESTION)
    assert [each["chunk_id"] for each in again["citations"]] == [chunk["chunk_id"]]
    assert again["citations"][0]["quote"] == SERVICE.decode()
    assert [(unit["kind"], unit["citations"]) for unit in again["units"]] == [("fact", [1])]
    source = again["remembered"]
    assert (source["kind"], source["corrected"], source["corrected_by"]) == ("approved", False, "test")


def test_a_span_picks_whole_sentences(world: CachingWorld) -> None:
    desk = world.served(SERVICE, "desk.txt")
    headers = world.key("ask")
    chunk, start = passage_of(world, desk), SERVICE.decode().index("extension")
    picked = {"chunk_id": chunk["chunk_id"], "start": start, "end": start + 5}
    response = pick(world, world.asked(QUESTION, headers=headers), headers, picked)
    world.review(response.json()["id"])
    (given,) = response.json()["right_passages"]
    assert given == picked | {"document_id": desk, "version": 1}
    assert world.asked(QUESTION)["text"] == "“Call extension 40.” [1]"


def test_a_refused_question_is_answered_with_what_was_picked_in_every_mode(make: Any) -> None:
    world = make(support_threshold=1.0)
    world.served()
    corrected(world)
    for mode in ("auto", "quotes", "generate"):
        again = world.asked(QUESTION, mode=mode)
        assert (again["status"], kind(again), again["phrased"]) == ("answered", "approved", False)
    assert kind(world.asked(NEARLY)) == "approved"
    assert kind(world.asked(UNLIKE)) is None


def test_words_that_the_picked_passages_hold_are_the_answer(world: CachingWorld) -> None:
    corrected(world, correction="Call the service desk on extension 40.")
    again = world.asked(QUESTION)
    assert again["text"] == "Call the service desk on extension 40. [1]"
    assert (again["remembered"]["corrected"], again["citations"][0]["quote"]) == (True, SERVICE.decode())


def test_words_that_the_picked_passages_do_not_hold_give_way_to_quotes(world: CachingWorld) -> None:
    corrected(world, correction="Press F9 for 30 minutes.")
    again = world.asked(QUESTION)
    assert ("F9" in again["text"], again["citations"][0]["quote"]) == (False, SERVICE.decode())


def test_what_was_picked_outlives_the_models_that_made_the_wrong_answer(world: CachingWorld) -> None:
    corrected(world)
    world.models["reader"] = "another"
    assert kind(world.asked(QUESTION)) == "approved"


def test_what_was_picked_is_quoted_only_to_keys_that_may_read_it(world: CachingWorld) -> None:
    corrected(world, groups="inside")
    assert kind(world.asked(QUESTION, headers=world.key("ask", groups=("inside",)))) == "approved"
    assert kind(world.asked(QUESTION)) is None


def test_what_was_picked_is_not_quoted_after_a_new_version_or_a_deletion(world: CachingWorld) -> None:
    chunk = corrected(world)
    world.served(SERVICE + b" Ask for Ann.", "desk.txt")
    assert kind(world.asked(QUESTION)) is None
    chunk = corrected(world)
    world.client.delete(f"/v1/documents/{chunk['document_id']}", headers=world.key("admin"))
    assert kind(world.asked(QUESTION)) is None


def test_a_passage_that_the_key_may_not_read_cannot_be_picked(world: CachingWorld) -> None:
    hidden = passage_of(world, world.served(SERVICE, "desk.txt", groups="inside"))["chunk_id"]
    headers = world.key("ask")
    answer = world.asked(QUESTION, headers=headers)
    there, nowhere = (pick(world, answer, headers, {"chunk_id": chunk}) for chunk in (hidden, 4711))
    assert (there.status_code, nowhere.status_code) == (422, 422)
    assert there.json()["detail"].replace(str(hidden), "") == nowhere.json()["detail"].replace("4711", "")


def test_a_span_must_have_text(world: CachingWorld) -> None:
    chunk = passage_of(world, world.served(SERVICE, "desk.txt"))["chunk_id"]
    headers = world.key("ask")
    answer = world.asked(QUESTION, headers=headers)
    for start, end in ((0, 1000), (5, 5), (4, 5), (9, 3)):
        assert pick(world, answer, headers, {"chunk_id": chunk, "start": start, "end": end}).status_code == 422


def test_the_stored_opinion_points_at_the_version_that_was_read(world: CachingWorld) -> None:
    chunk = corrected(world)
    with world.services.db.read() as session:
        (stored,) = session.scalars(select(FeedbackRow.right_passages)).one()
    assert set(stored) == {"chunk_id", "document_id", "version", "sha256", "start", "end"}
    assert (stored["chunk_id"], stored["version"], stored["start"]) == (chunk["chunk_id"], 1, None)


def test_a_later_opinion_replaces_what_was_picked(world: CachingWorld) -> None:
    headers = world.key("ask")
    chunk = passage_of(world, world.served(SERVICE, "desk.txt"))["chunk_id"]
    answer = world.asked(QUESTION, headers=headers)
    world.review(pick(world, answer, headers, {"chunk_id": chunk}).json()["id"])
    replaced = pick(world, answer, headers).json()
    assert (replaced["right_passages"], replaced["state"]) == ([], "pending")
    assert kind(world.asked(QUESTION)) is None


def test_a_reviewer_sees_the_answer_that_an_approval_would_give(world: CachingWorld) -> None:
    headers = world.key("ask", groups=("inside",))
    chunk = passage_of(world, world.served(SERVICE, "desk.txt", groups="inside"))["chunk_id"]
    pick(world, world.asked(QUESTION, headers=headers), headers, {"chunk_id": chunk})
    reviewer, outsider = world.key("review", groups=("inside",)), world.key("review")
    (item,) = world.client.get("/v1/feedback", headers=reviewer).json()["data"]
    (hidden,) = world.client.get("/v1/feedback", headers=outsider).json()["data"]
    assert item["if_approved"]["text"] == f"“{SERVICE.decode()}” [1]"
    assert item["right_citations"][0]["quote"] == SERVICE.decode()
    assert (item["right_passages"][0]["chunk_id"], item["right_passages"][0]["start"]) == (chunk, None)
    assert (hidden["if_approved"], hidden["right_passages"], hidden["right_citations"]) == (None, [], [])


def test_forgetting_a_document_removes_what_was_picked_of_it(world: CachingWorld) -> None:
    chunk = corrected(world, question="How do I reset the lamps?")
    from core.store.forgetting import forget_learned

    with world.services.db.write() as session:
        forget_learned(session, chunk["document_id"])
    with world.services.db.read() as session:
        assert [rows for rows in session.scalars(select(FeedbackRow.right_passages)) if rows] == []


def test_a_reviewer_edits_a_correction_and_sees_what_it_would_answer(world: CachingWorld) -> None:
    headers, reviewer = world.key("ask"), world.key("review")
    chunk = passage_of(world, world.served(SERVICE, "desk.txt"))["chunk_id"]
    given = pick(world, world.asked(QUESTION, headers=headers), headers, {"chunk_id": chunk}, correction="Call Smith.")
    path = f"/v1/feedback/{given.json()['id']}:edit"
    words = {"correction": "Smith says: call extension 40."}
    edited = world.client.post(path, json=words, headers=reviewer).json()
    assert (edited["correction"], edited["state"]) == ("[PERSON] says: call extension 40.", "pending")
    assert edited["if_approved"]["text"] == "[PERSON] says: call extension 40. [1]"
    emptied = world.client.post(path, json={"right_passages": []}, headers=reviewer).json()
    assert (emptied["correction"], emptied["right_passages"], emptied["if_approved"]) == (None, [], None)
    world.review(given.json()["id"])
    assert kind(world.asked(QUESTION)) is None


def test_only_a_reviewer_edits_feedback(world: CachingWorld) -> None:
    headers = world.key("ask")
    feedback = world.opinion(world.asked(QUESTION, headers=headers), headers)
    assert world.client.post(f"/v1/feedback/{feedback}:edit", json={}, headers=headers).status_code == 403
    missing = world.client.post("/v1/feedback/fb_none:edit", json={}, headers=world.key("review"))
    assert missing.status_code == 404
