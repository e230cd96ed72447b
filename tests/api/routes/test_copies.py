"""Copies of a passage: named with the passage, to keys that may see them, and never in a stored answer."""

from __future__ import annotations

from tests.api.conftest import RESET, World


def test_a_passage_names_its_copies(world: World) -> None:
    world.served(RESET, "a.txt")
    copy = world.served(RESET + b"\n", "b.txt")

    (passage,) = world.client.post("/v1/search", json={"query": "reset"}, headers=world.key("ask")).json()["passages"]

    (duplicate,) = passage["duplicates"]
    assert (duplicate["document_id"], duplicate["title"], duplicate["page"]) == (copy, "b.txt", 3)
    assert duplicate["chunk_id"] != passage["chunk_id"]
    assert "text" not in duplicate


def test_a_copy_is_named_only_to_keys_that_may_see_it(world: World) -> None:
    world.served(RESET, "a.txt")
    world.served(RESET + b"\n", "secret.txt", groups="inside")

    for headers, count in ((world.key("ask"), 0), (world.key("ask", groups=("inside",)), 1)):
        found = world.client.post("/v1/search", json={"query": "reset"}, headers=headers)
        assert len(found.json()["passages"][0]["duplicates"]) == count
        assert ("secret.txt" in found.text) == bool(count)


def test_a_citation_names_its_copies_but_the_stored_answer_does_not(world: World) -> None:
    world.served(RESET, "a.txt")
    world.served(RESET + b"\n", "b.txt")
    headers = world.key("ask")

    answer = world.asked(headers=headers)
    stored = world.client.get(f"/v1/answers/{answer['id']}", headers=headers)

    assert [copy["title"] for copy in answer["citations"][0]["duplicates"]] == ["b.txt"]
    assert stored.json()["citations"][0]["duplicates"] == []
    assert "b.txt" not in stored.text
