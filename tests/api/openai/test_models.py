"""Models: everything, and each collection that a key may see; nothing that is hidden shows."""

from __future__ import annotations

import openai
import pytest

from tests.api.conftest import LAMPS, World
from tests.api.openai.test_errors import client_of


def test_the_models_are_everything_and_each_collection_by_name(world: World) -> None:
    world.served(collection="routers")
    world.served(LAMPS, "lamps.txt", collection="lamps")
    models = client_of(world).models.list()
    assert [model.id for model in models] == ["vouch", "lamps", "routers"]
    assert {(model.object, model.owned_by) for model in models} == {("model", "vouch")}


def test_a_key_lists_only_what_it_may_see(world: World) -> None:
    world.served(collection="routers")
    world.served(LAMPS, "lamps.txt", collection="salaries", groups="board")
    token = world.key("ask", groups=("board",))["Authorization"].removeprefix("Bearer ")
    outside = client_of(world)
    assert [model.id for model in outside.models.list()] == ["vouch", "routers"]
    assert [model.id for model in outside.with_options(api_key=token).models.list()] == ["vouch", "routers", "salaries"]


def test_one_model_is_returned_by_its_name(world: World) -> None:
    world.served(collection="routers.v2")
    client = client_of(world)
    assert [client.models.retrieve(name).id for name in ("vouch", "routers.v2")] == ["vouch", "routers.v2"]


@pytest.mark.parametrize("name", ["salaries", "missing", "a/b", "a b", "Ü", "x" * 121])
def test_a_model_that_is_hidden_or_missing_is_not_found(world: World, name: str) -> None:
    world.served(collection="salaries", groups="board")
    with pytest.raises(openai.NotFoundError) as raised:
        client_of(world).models.retrieve(name)
    assert raised.value.code == "model_not_found"


def test_a_collection_that_was_emptied_is_no_model_any_more(world: World) -> None:
    document_id = world.served(collection="routers")
    world.client.delete(f"/v1/documents/{document_id}", headers=world.key("ingest"))
    client = client_of(world)
    assert [model.id for model in client.models.list()] == ["vouch"]
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("routers")


def test_a_collection_named_as_everything_is_listed_once(world: World) -> None:
    world.served(collection="vouch")
    assert [model.id for model in client_of(world).models.list()] == ["vouch"]
