"""The cache of recent answers: for keys with the same rights, while no document that they may read has changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.answer_cache.cached_answers import NEARLY, QUESTION, CachingWorld, kind
from tests.api.answer_cache.cached_answers import make as make
from tests.api.conftest import LAMPS

Json = Any


@pytest.fixture
def world(make: Any) -> CachingWorld:
    made: CachingWorld = make(remember_recent_min=5)
    made.served()
    return made


def test_only_the_same_words_of_the_same_key_are_answered_from_the_cache(world: CachingWorld) -> None:
    headers = world.key("ask")
    first = world.asked(QUESTION, headers=headers)
    near, again = world.asked(NEARLY, headers=headers), world.asked(QUESTION, headers=headers)
    assert [kind(answer) for answer in (first, near, again)] == [None, None, "cached"]
    assert (again["text"], again["remembered"]["answer_id"]) == (first["text"], first["id"])
    assert again["remembered"]["approved_by"] is None


def test_of_another_keys_answer_only_the_kind_is_shown(world: CachingWorld) -> None:
    world.asked(QUESTION)
    source = world.asked(QUESTION)["remembered"]
    assert source.pop("kind") == "cached"
    assert not any(source.values())


def test_keys_with_other_rights_have_another_cache(world: CachingWorld) -> None:
    world.asked(QUESTION)
    assert kind(world.asked(QUESTION, headers=world.key("ask", groups=("inside",)))) is None
    assert kind(world.asked(QUESTION, headers=world.key("admin"))) is None


def test_other_collections_have_another_cache(world: CachingWorld) -> None:
    world.asked(QUESTION)
    assert kind(world.asked(QUESTION, collections=["default"])) is None
    assert kind(world.asked(QUESTION, collections=["default"])) == "cached"


def test_a_new_document_invalidates_the_cache_for_keys_that_may_see_it(world: CachingWorld) -> None:
    insider, outsider = world.key("ask", groups=("inside",)), world.key("ask")
    for headers in (insider, outsider):
        world.asked(QUESTION, headers=headers)
    world.served(LAMPS, "lamps.txt", groups="inside")
    assert kind(world.asked(QUESTION, headers=insider)) is None
    assert kind(world.asked(QUESTION, headers=outsider)) == "cached"


def test_another_mode_model_or_group_invalidates_the_cache(world: CachingWorld) -> None:
    headers = world.key("ask", groups=("inside",))
    world.asked(QUESTION, headers=headers)
    assert kind(world.asked(QUESTION, headers=headers, mode="generate")) is None
    world.models["embedder"] = "another"
    assert kind(world.asked(QUESTION, headers=headers)) is None
    world.models["embedder"] = "bag"
    assert kind(world.asked(QUESTION, headers=headers)) == "cached"
    world.upload(groups="inside")
    assert kind(world.asked(QUESTION, headers=headers)) is None


def test_a_rating_down_invalidates_the_cache_at_once(world: CachingWorld) -> None:
    headers = world.key("ask")
    answer = world.asked(QUESTION, headers=headers)
    world.opinion(answer, headers, rating="down")
    assert kind(world.asked(QUESTION, headers=headers)) is None


def test_refusals_are_not_cached(world: CachingWorld) -> None:
    assert [world.asked("zeppelin")["remembered"] for _ in range(2)] == [None, None]


def test_an_approved_answer_comes_before_a_recent_one(world: CachingWorld) -> None:
    headers = world.key("ask")
    answer = world.asked(QUESTION, headers=headers)
    world.review(world.opinion(answer, headers))
    assert kind(world.asked(QUESTION, headers=headers)) == "approved"
