"""Answer memory through the API: approved or asked a moment ago, to whom it is given again, and what ends that."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.mcp.rendering import Fence, answer_text
from api.mcp.results import answered
from api.schemas.answers import AnswerView
from api.services import Engine
from core import documents, forgetting, jobs, ledger
from core.ports import Vectors
from core.types import OPERATOR
from generation import quotes
from generation.answering import Answerer
from generation.words import content
from learning.exemplars import Exemplars
from learning.memory import AnswerMemory
from learning.remembering import Remembering
from tests.api.conftest import LAMPS, RESET, World, make_services
from tests.api.doubles import opened
from tests.api.test_answers import events_of
from tests.generation.doubles import OverlapReranker, ScriptedGenerator
from workers.ingesting import purge

Json = Any
QUESTION, NEARLY, UNLIKE = "How do I reset the router?", "How can I reset my router?", "How do I reset the lamps?"


class BagEmbedder:
    """A text is the stems that carry meaning, each in a place of its own."""

    name, dimension, device = "bag", 256, "cpu"

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        return np.stack([self.embed_query(text) for text in texts])

    def embed_query(self, text: str) -> Vectors:
        vector = np.zeros(self.dimension, np.float32)
        for word in content(text):
            vector[sum(word.encode()) % self.dimension] = 1
        return vector / np.linalg.norm(vector)


class RememberingWorld(World):
    """A service whose answers are made by the real answerer; `models` names what finds passages."""

    models: dict[str, str]
    generator: ScriptedGenerator

    def opinion(self, answer: Json, headers: Json, **said: Json) -> str:
        body = {"rating": "up"} | said
        response = self.client.post(f"/v1/answers/{answer['id']}/feedback", json=body, headers=headers)
        assert response.status_code == 200, response.text
        feedback_id: str = response.json()["id"]
        return feedback_id

    def review(self, feedback_id: str, verb: str = "approve", headers: Json = None) -> None:
        headers = headers or self.key("review", "ask")
        assert self.client.post(f"/v1/feedback/{feedback_id}:{verb}", headers=headers).status_code == 200

    def approved(self, question: str = QUESTION, by: Json = None, said: Json = None, **body: Json) -> Json:
        """Ask, praise (or say something else), approve; return the answer."""
        headers = self.key("ask", groups=("inside",))
        answer = self.asked(question, headers=headers, **body)
        self.review(self.opinion(answer, headers, **(said or {})), headers=by)
        return answer


@pytest.fixture
def make(tmp_path: Path, blank_home: Path) -> Iterator[Any]:
    clients: list[TestClient] = []

    def build(**settings: object) -> RememberingWorld:
        given = {"support_threshold": 0.0, "same_question": 0.9, "remember_recent_min": 0} | settings
        services, searcher, answerer, hints = make_services(tmp_path / "home", blank_home, **given)
        models = {"embedder": "bag", "quotes": quotes.VERSION}
        generator = ScriptedGenerator(["Hold the button for ten seconds."])
        examples = Exemplars(services.db, BagEmbedder)
        real = Answerer(searcher, OverlapReranker(), lambda: generator, services.settings, examples=examples)
        memory = AnswerMemory(services.db, services.settings, BagEmbedder, lambda mode: models | real.voice(mode))
        engine = Engine(searcher, Remembering(real, memory, lambda: models), lambda: {"embedder": "cpu"}, memory=memory)
        services = replace(services, engine=opened(engine))
        client = TestClient(create_app(services=services), base_url="http://vouch.test")
        client.__enter__()
        clients.append(client)
        world = RememberingWorld(client, services, searcher, answerer, hints)
        world.models, world.generator = models, generator
        return world

    yield build
    for client in clients:
        client.__exit__(None, None, None)


@pytest.fixture
def world(make: Any) -> RememberingWorld:
    made: RememberingWorld = make()
    made.served()
    return made


def kind(answer: Json) -> str | None:
    return answer["remembered"]["kind"] if answer["remembered"] else None


def test_an_approved_answer_is_given_again_and_says_whose_approval_it_bears(world: RememberingWorld) -> None:
    first = world.approved()
    searches = len(world.searcher.asked)
    again = world.asked("how do i reset the router")
    told = again["remembered"]
    assert (told["kind"], told["approved_by"], told["similarity"]) == ("approved", "test", 1.0)
    assert (told["answer_id"], told["question"]) == (first["id"], QUESTION)
    assert again["id"] != first["id"]
    assert (again["text"], again["support"]) == (first["text"], first["support"])
    assert set(again["timings"]) == {"recall", "total"}
    assert len(world.searcher.asked) == searches
    (citation,) = again["citations"]
    assert citation["quote"] == RESET.decode()[citation["start"] : citation["end"]]


def test_nearly_the_same_question_is_enough_and_another_is_not(world: RememberingWorld) -> None:
    world.served(LAMPS, "lamps.txt")
    world.approved()
    near = world.asked(NEARLY)
    assert (kind(near), near["remembered"]["similarity"]) == ("approved", 1.0)
    assert kind(world.asked(UNLIKE)) is None
    assert kind(world.asked("How do I reset the router X200?")) is None


def test_a_word_that_was_asked_for_and_quoted_tells_questions_apart_that_their_vectors_do_not(make: Any) -> None:
    world = make(same_question=0.45)
    world.served()
    world.approved()
    assert kind(world.asked("How do I reset the router gently?")) == "approved"
    assert kind(world.asked("How do I reset the modem?")) is None


def test_before_it_is_approved_and_after_it_is_rejected_it_is_not_given(world: RememberingWorld) -> None:
    headers = world.key("ask")
    feedback = world.opinion(world.asked(QUESTION, headers=headers), headers)
    assert kind(world.asked(QUESTION)) is None
    world.review(feedback)
    assert kind(world.asked(QUESTION)) == "approved"
    world.review(feedback, "reject")
    assert kind(world.asked(QUESTION)) is None


def test_an_asker_who_changes_his_mind_takes_it_back(world: RememberingWorld) -> None:
    headers = world.key("ask")
    answer = world.asked(QUESTION, headers=headers)
    world.review(world.opinion(answer, headers))
    world.opinion(answer, headers, rating="down")
    assert kind(world.asked(QUESTION)) is None


def test_a_remembered_answer_that_is_called_wrong_goes_with_its_source(world: RememberingWorld) -> None:
    world.approved()
    headers = world.key("ask")
    again = world.asked(QUESTION, headers=headers)
    world.review(world.opinion(again, headers, rating="down"))
    assert (kind(again), kind(world.asked(QUESTION))) == ("approved", None)


def test_it_is_not_given_when_its_document_was_replaced(world: RememberingWorld) -> None:
    world.approved()
    world.served(b"To reset the router hold the button for twenty seconds.")
    fresh = world.asked(QUESTION)
    assert kind(fresh) is None
    assert "twenty" in fresh["text"]


def test_it_is_not_given_when_its_document_was_deleted(world: RememberingWorld) -> None:
    answer = world.approved()
    document = answer["citations"][0]["document_id"]
    world.client.delete(f"/v1/documents/{document}", headers=world.key("admin"))
    gone = world.asked(QUESTION)
    assert (gone["status"], kind(gone)) == ("refused", None)


def test_it_is_for_those_who_may_see_what_it_cites_as_the_groups_are_now(make: Any) -> None:
    world = make()
    world.served(groups="inside")
    world.approved(by=world.key("review", "ask", groups=("inside",)))
    insider, outsider = world.key("ask", groups=("inside",)), world.key("ask")
    assert kind(world.asked(QUESTION, headers=insider)) == "approved"
    assert world.asked(QUESTION, headers=outsider)["status"] == "refused"
    world.upload(groups="elsewhere")
    assert world.asked(QUESTION, headers=insider)["status"] == "refused"


def test_hidden_answers_do_not_stand_in_the_way_of_those_that_may_be_seen(make: Any) -> None:
    world = make()
    world.served()
    world.approved()
    world.served(b"To reset the router call the desk.", "desk.txt", groups="inside", collection="desk")
    reviewer = world.key("review", "ask", groups=("inside",))
    for _ in range(10):
        world.approved(by=reviewer, collections=["desk"])
    again = world.asked(QUESTION, headers=world.key("ask"))
    assert (kind(again), "ten seconds" in again["text"]) == ("approved", True)


def test_what_a_reviewer_may_not_read_he_does_not_vouch_for(make: Any) -> None:
    world = make()
    world.served(groups="inside")
    world.approved(by=world.key("review", "ask"))
    assert kind(world.asked(QUESTION, headers=world.key("ask", groups=("inside",)))) is None


def test_it_is_not_given_when_a_model_or_the_prompt_has_changed_and_is_when_that_is_undone(
    world: RememberingWorld,
) -> None:
    world.approved()
    world.models["embedder"] = "another"
    assert kind(world.asked(QUESTION)) is None
    world.models["embedder"] = "bag"
    assert kind(world.asked(QUESTION)) == "approved"


def test_phrased_words_are_not_quotes_and_stand_for_their_model_alone(world: RememberingWorld) -> None:
    phrased = world.approved(mode="generate")
    assert phrased["phrased"]
    assert world.asked(QUESTION, mode="generate")["remembered"]["kind"] == "approved"
    assert kind(world.asked(QUESTION, mode="quotes")) is None
    world.generator.name = "tuned"
    assert kind(world.asked(QUESTION, mode="generate")) is None


def test_an_answer_from_one_collection_is_not_given_for_all(world: RememberingWorld) -> None:
    world.approved(collections=["default"])
    assert kind(world.asked(QUESTION, collections=["default"])) == "approved"
    assert kind(world.asked(QUESTION)) is None


def test_an_answer_from_all_is_given_for_the_collection_that_it_cites(world: RememberingWorld) -> None:
    world.served(LAMPS, "lamps.txt", collection="lamps")
    world.approved()
    assert kind(world.asked(QUESTION, collections=["default"])) == "approved"
    assert kind(world.asked(QUESTION, collections=["lamps"])) is None


def test_a_correction_is_given_in_its_words_with_the_quotes_that_hold_them(world: RememberingWorld) -> None:
    said = {"rating": "down", "correction": "Hold the button for ten seconds."}
    world.approved(said=said)
    again = world.asked(QUESTION)
    assert again["text"] == "Hold the button for ten seconds. [1]"
    assert (again["remembered"]["corrected"], again["phrased"]) == (True, False)
    assert "ten seconds" in again["citations"][0]["quote"]
    assert kind(world.asked(QUESTION, mode="quotes")) is None


def test_a_correction_that_no_document_holds_is_not_given(world: RememberingWorld) -> None:
    world.approved(said={"rating": "down", "correction": "Press F9 for 30 minutes."})
    assert kind(world.asked(QUESTION)) is None


def test_a_correction_cites_another_passage_when_the_cited_one_was_wrong(world: RememberingWorld) -> None:
    world.served(b"The lamps blink twice when the router was reset.", "lamps.txt")
    headers = world.key("ask")
    question = "How does the router show a reset?"
    answer = world.asked(question, headers=headers)
    wrong = [citation["id"] for citation in answer["citations"] if "button" in citation["quote"]]
    said = {"rating": "down", "correction": "The lamps blink twice.", "wrong_citations": wrong}
    world.review(world.opinion(answer, headers, **said))
    again = world.asked(question)
    assert again["text"].startswith("The lamps blink twice. [1]")
    assert ["lamps blink" in citation["quote"] for citation in again["citations"]] == [True]


def test_a_refused_question_is_answered_in_the_words_of_an_approved_correction(make: Any) -> None:
    world = make(support_threshold=1.0)
    world.served()
    refused = world.approved(said={"rating": "down", "correction": "Hold the button for ten seconds."})
    again = world.asked(QUESTION)
    assert (refused["status"], again["status"]) == ("refused", "answered")
    assert again["text"] == "Hold the button for ten seconds. [1]"


def test_a_question_that_named_a_person_is_not_remembered(world: RememberingWorld) -> None:
    world.approved("How does Smith reset the router?")
    assert kind(world.asked("How does Smith reset the router?")) is None


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
    told = answered(AnswerView.model_validate(world.asked(QUESTION)))
    assert told.remembered is not None
    assert told.remembered.sentence() in answer_text(told, Fence("mark")).split("<<mark")[0]


def test_what_is_given_again_is_counted_by_kind(world: RememberingWorld) -> None:
    world.approved()
    world.asked(QUESTION)
    assert 'vouch_answers_remembered_total{kind="approved"} 1.0' in world.client.get("/metrics").text


def test_approval_is_in_the_audit_with_whether_it_is_remembered(world: RememberingWorld) -> None:
    world.approved()
    with world.services.db.read() as session:
        entry = ledger.list_audit(session).data[0]
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
        entry = ledger.list_audit(session).data[0]
    assert (entry.action, entry.target, entry.detail) == ("document.purge", document_id, {"remembered": 1})


def test_switched_off_nothing_is_given_again(make: Any) -> None:
    world = make(remember_approved=False)
    world.served()
    world.approved()
    assert kind(world.asked(QUESTION)) is None


LIKE, OTHER = "How do I reset the big black round router?", "How do I reset the big black round lamps?"


def heard(world: RememberingWorld) -> str:
    return world.generator.heard[-1][-1].content


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
    assert len(world.generator.heard) == 2


def test_a_question_like_no_approved_one_gets_no_example(world: RememberingWorld) -> None:
    world.approved(LIKE)
    world.asked("How do I dim the lamps?", mode="generate")
    assert not world.generator.heard or "<example>" not in heard(world)
