"""The cache of recent answers: for whoever has the same rights, while nothing that he may read has changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.conftest import LAMPS
from tests.api.routes.remembering import NEARLY, QUESTION, RememberingWorld, kind
from tests.api.routes.remembering import make as make

Json = Any


@pytest.fixture
def world(make: Any) -> RememberingWorld:
    made: RememberingWorld = make(remember_recent_min=5)
    made.served()
    return made


def test_the_same_question_of_the_same_key_is_answered_from_the_cache(world: RememberingWorld) -> None:
    headers = world.key("ask")
    first = world.asked(QUESTION, headers=headers)
    again, near = world.asked(QUESTION, headers=headers), world.asked(NEARLY, headers=headers)
    assert [kind(answer) for answer in (first, again, near)] == [None, "cached", "cached"]
    assert (again["text"], again["remembered"]["answer_id"]) == (first["text"], first["id"])
    assert again["remembered"]["approved_by"] is None


def test_of_anothers_question_only_the_kind_is_told(world: RememberingWorld) -> None:
    world.asked(QUESTION)
    told = world.asked(NEARLY)["remembered"]
    assert told.pop("kind") == "cached"
    assert not any(told.values())


def test_other_rights_have_another_cache(world: RememberingWorld) -> None:
    world.asked(QUESTION)
    assert kind(world.asked(QUESTION, headers=world.key("ask", groups=("inside",)))) is None
    assert kind(world.asked(QUESTION, headers=world.key("admin"))) is None


def test_other_collections_have_another_cache(world: RememberingWorld) -> None:
    world.asked(QUESTION)
    assert kind(world.asked(QUESTION, collections=["default"])) is None
    assert kind(world.asked(QUESTION, collections=["default"])) == "cached"


def test_a_new_document_empties_it_for_those_who_may_see_it_and_for_nobody_else(world: RememberingWorld) -> None:
    insider, outsider = world.key("ask", groups=("inside",)), world.key("ask")
    for headers in (insider, outsider):
        world.asked(QUESTION, headers=headers)
    world.served(LAMPS, "lamps.txt", groups="inside")
    assert kind(world.asked(QUESTION, headers=insider)) is None
    assert kind(world.asked(QUESTION, headers=outsider)) == "cached"


def test_a_change_of_groups_of_models_or_of_mode_empties_it(world: RememberingWorld) -> None:
    headers = world.key("ask", groups=("inside",))
    world.asked(QUESTION, headers=headers)
    assert kind(world.asked(QUESTION, headers=headers, mode="generate")) is None
    world.models["embedder"] = "another"
    assert kind(world.asked(QUESTION, headers=headers)) is None
    world.models["embedder"] = "bag"
    assert kind(world.asked(QUESTION, headers=headers)) == "cached"
    world.upload(groups="inside")
    assert kind(world.asked(QUESTION, headers=headers)) is None


def test_a_thumb_down_empties_it_at_once(world: RememberingWorld) -> None:
    headers = world.key("ask")
    answer = world.asked(QUESTION, headers=headers)
    world.opinion(answer, headers, rating="down")
    assert kind(world.asked(QUESTION, headers=headers)) is None


def test_refusals_are_not_cached(world: RememberingWorld) -> None:
    assert [world.asked("zeppelin")["remembered"] for _ in range(2)] == [None, None]


def test_what_is_approved_goes_before_what_is_cached(world: RememberingWorld) -> None:
    headers = world.key("ask")
    answer = world.asked(QUESTION, headers=headers)
    world.review(world.opinion(answer, headers))
    assert kind(world.asked(QUESTION, headers=headers)) == "approved"
