"""Approved answers in the cache: for which questions and keys they are given again, and what ends that."""

from __future__ import annotations

from typing import Any

from tests.api.answer_cache.cached_answers import NEARLY, QUESTION, UNLIKE, CachingWorld, kind
from tests.api.answer_cache.cached_answers import make as make
from tests.api.answer_cache.cached_answers import world as world
from tests.api.conftest import LAMPS, RESET


def test_an_approved_answer_is_given_again_with_the_name_of_its_reviewer(world: CachingWorld) -> None:
    first = world.approved()
    searches = len(world.searcher.asked)
    again = world.asked("how do i reset the router")
    source = again["remembered"]
    assert (source["kind"], source["approved_by"], source["similarity"]) == ("approved", "test", 1.0)
    assert (source["answer_id"], source["question"]) == (first["id"], QUESTION)
    assert again["id"] != first["id"]
    assert (again["text"], again["support"]) == (first["text"], first["support"])
    assert set(again["timings"]) == {"recall", "total"}
    assert len(world.searcher.asked) == searches
    (citation,) = again["citations"]
    assert citation["quote"] == RESET.decode()[citation["start"] : citation["end"]]


def test_a_paraphrase_gets_the_answer_and_another_question_does_not(world: CachingWorld) -> None:
    world.served(LAMPS, "lamps.txt")
    world.approved()
    near = world.asked(NEARLY)
    assert (kind(near), near["remembered"]["similarity"]) == ("approved", 1.0)
    assert kind(world.asked(UNLIKE)) is None
    assert kind(world.asked("How do I reset the router X200?")) is None


def test_the_reader_separates_questions_with_similar_vectors(make: Any) -> None:
    world = make(same_question=0.45)
    world.served()
    world.approved()
    assert kind(world.asked("How do I reset the router with the button?")) == "approved"
    assert kind(world.asked("How do I reset the modem?")) is None


def test_an_answer_is_given_again_only_while_it_is_approved(world: CachingWorld) -> None:
    headers = world.key("ask")
    feedback = world.opinion(world.asked(QUESTION, headers=headers), headers)
    assert kind(world.asked(QUESTION)) is None
    world.review(feedback)
    assert kind(world.asked(QUESTION)) == "approved"
    world.review(feedback, "reject")
    assert kind(world.asked(QUESTION)) is None


def test_a_later_rating_down_ends_the_approval(world: CachingWorld) -> None:
    headers = world.key("ask")
    answer = world.asked(QUESTION, headers=headers)
    world.review(world.opinion(answer, headers))
    world.opinion(answer, headers, rating="down")
    assert kind(world.asked(QUESTION)) is None


def test_a_reused_answer_that_is_rated_down_ends_its_source(world: CachingWorld) -> None:
    world.approved()
    headers = world.key("ask")
    again = world.asked(QUESTION, headers=headers)
    world.review(world.opinion(again, headers, rating="down"))
    assert (kind(again), kind(world.asked(QUESTION))) == ("approved", None)


def test_an_answer_is_not_given_again_when_its_document_is_replaced(world: CachingWorld) -> None:
    world.approved()
    world.served(b"To reset the router hold the button for twenty seconds.")
    fresh = world.asked(QUESTION)
    assert kind(fresh) is None
    assert "twenty" in fresh["text"]


def test_an_answer_is_not_given_again_when_its_document_is_deleted(world: CachingWorld) -> None:
    answer = world.approved()
    document = answer["citations"][0]["document_id"]
    world.client.delete(f"/v1/documents/{document}", headers=world.key("admin"))
    gone = world.asked(QUESTION)
    assert (gone["status"], kind(gone)) == ("refused", None)


def test_an_answer_is_given_again_only_to_keys_that_may_see_its_sources_now(make: Any) -> None:
    world = make()
    world.served(groups="inside")
    world.approved(by=world.key("review", "ask", groups=("inside",)))
    insider, outsider = world.key("ask", groups=("inside",)), world.key("ask")
    assert kind(world.asked(QUESTION, headers=insider)) == "approved"
    assert world.asked(QUESTION, headers=outsider)["status"] == "refused"
    world.upload(groups="elsewhere")
    assert world.asked(QUESTION, headers=insider)["status"] == "refused"


def test_hidden_answers_do_not_displace_visible_ones(make: Any) -> None:
    world = make()
    world.served()
    world.approved()
    world.served(b"To reset the router call the desk.", "desk.txt", groups="inside", collection="desk")
    reviewer = world.key("review", "ask", groups=("inside",))
    for _ in range(10):
        world.approved(by=reviewer, collections=["desk"])
    again = world.asked(QUESTION, headers=world.key("ask"))
    assert (kind(again), "ten seconds" in again["text"]) == ("approved", True)


def test_a_reviewer_cannot_approve_sources_that_they_may_not_read(make: Any) -> None:
    world = make()
    world.served(groups="inside")
    world.approved(by=world.key("review", "ask"))
    assert kind(world.asked(QUESTION, headers=world.key("ask", groups=("inside",)))) is None


def test_an_answer_is_given_again_only_by_the_models_that_made_it(
    world: CachingWorld,
) -> None:
    world.approved()
    world.models["embedder"] = "another"
    assert kind(world.asked(QUESTION)) is None
    world.models["embedder"] = "bag"
    assert kind(world.asked(QUESTION)) == "approved"


def test_a_phrased_answer_is_given_again_only_by_its_generator_and_not_as_quotes(world: CachingWorld) -> None:
    phrased = world.approved(mode="generate")
    assert phrased["phrased"]
    assert world.asked(QUESTION, mode="generate")["remembered"]["kind"] == "approved"
    assert kind(world.asked(QUESTION, mode="quotes")) is None
    world.generator.name = "tuned"
    assert kind(world.asked(QUESTION, mode="generate")) is None


def test_an_answer_from_one_collection_is_not_given_for_all_collections(world: CachingWorld) -> None:
    world.approved(collections=["default"])
    assert kind(world.asked(QUESTION, collections=["default"])) == "approved"
    assert kind(world.asked(QUESTION)) is None


def test_an_answer_from_all_collections_is_given_for_the_one_that_it_cites(world: CachingWorld) -> None:
    world.served(LAMPS, "lamps.txt", collection="lamps")
    world.approved()
    assert kind(world.asked(QUESTION, collections=["default"])) == "approved"
    assert kind(world.asked(QUESTION, collections=["lamps"])) is None


def test_an_approved_correction_is_given_with_the_quotes_that_support_it(world: CachingWorld) -> None:
    opinion = {"rating": "down", "correction": "Hold the button for ten seconds."}
    world.approved(opinion=opinion)
    again = world.asked(QUESTION)
    assert again["text"] == "Hold the button for ten seconds. [1]"
    assert (again["remembered"]["corrected"], again["phrased"]) == (True, False)
    assert "ten seconds" in again["citations"][0]["quote"]
    assert kind(world.asked(QUESTION, mode="quotes")) is None


def test_a_correction_that_no_document_supports_is_not_given(world: CachingWorld) -> None:
    world.approved(opinion={"rating": "down", "correction": "Press F9 for 30 minutes."})
    assert kind(world.asked(QUESTION)) is None


def test_a_correction_cites_another_passage_when_the_cited_one_was_wrong(world: CachingWorld) -> None:
    world.served(b"The lamps blink twice when the router was reset.", "lamps.txt")
    headers = world.key("ask")
    question = "How does the router show a reset?"
    answer = world.asked(question, headers=headers)
    wrong = [citation["id"] for citation in answer["citations"] if "button" in citation["quote"]]
    opinion = {"rating": "down", "correction": "The lamps blink twice.", "wrong_citations": wrong}
    world.review(world.opinion(answer, headers, **opinion))
    again = world.asked(question)
    assert again["text"].startswith("The lamps blink twice. [1]")
    assert ["lamps blink" in citation["quote"] for citation in again["citations"]] == [True]


def test_a_refused_question_is_answered_with_its_approved_correction(make: Any) -> None:
    world = make(support_threshold=1.0)
    world.served()
    refused = world.approved(opinion={"rating": "down", "correction": "Hold the button for ten seconds."})
    again = world.asked(QUESTION)
    assert (refused["status"], again["status"]) == ("refused", "answered")
    assert again["text"] == "Hold the button for ten seconds. [1]"


def test_the_answer_to_a_question_that_names_a_person_is_not_cached(world: CachingWorld) -> None:
    world.approved("How does Smith reset the router?")
    assert kind(world.asked("How does Smith reset the router?")) is None


def test_with_the_cache_off_nothing_is_given_again(make: Any) -> None:
    world = make(remember_approved=False)
    world.served()
    world.approved()
    assert kind(world.asked(QUESTION)) is None
