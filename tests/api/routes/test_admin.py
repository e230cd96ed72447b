"""The routes of keys, the audit trail and search."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.paging import encode
from tests.api.conftest import LAMPS, RESET, World


def test_a_key_is_created_used_listed_and_revoked(world: World) -> None:
    admin = world.key("admin")
    body = {"name": "support", "scopes": ["ask"], "groups": ["staff"]}
    made = world.client.post("/v1/keys", json=body, headers=admin).json()
    mine = {"Authorization": f"Bearer {made['token']}"}
    used = world.client.get("/v1/me", headers=mine).json()
    listed = world.client.get("/v1/keys", headers=admin).json()["data"]
    revoked = world.client.delete(f"/v1/keys/{made['id']}", headers=admin)
    again = world.client.delete(f"/v1/keys/{made['id']}", headers=admin)
    assert used == {"key_id": made["id"], "scopes": ["ask"], "groups": ["staff"]}
    assert [key["id"] for key in listed][0] == made["id"]  # noqa: RUF015
    assert "token" not in listed[0]
    assert revoked.json()["revoked_at"] is not None
    assert (world.client.get("/v1/me", headers=mine).status_code, again.status_code) == (401, 409)


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "scopes": []},
        {"name": "x", "scopes": ["everything"]},
        {"name": "", "scopes": ["ask"]},
        {"name": "x", "scopes": ["ask"], "groups": ["a,b"]},
        {"name": "x", "scopes": ["ask"], "expires_at": "2020-01-01T00:00:00Z"},
        {"name": "x", "scopes": ["ask"], "expires_at": "2099-01-01T00:00:00"},
    ],
)
def test_an_invalid_body_creates_no_key(world: World, body: dict[str, object]) -> None:
    assert world.client.post("/v1/keys", json=body, headers=world.key("admin")).status_code == 422


def test_a_key_may_expire(world: World) -> None:
    expiry = (now() + timedelta(days=1)).isoformat()
    body = {"name": "x", "scopes": ["ask"], "expires_at": expiry}
    made = world.client.post("/v1/keys", json=body, headers=world.key("admin")).json()
    assert made["expires_at"] is not None


def test_the_audit_trail_is_paged(world: World) -> None:
    admin = world.key("admin")
    for number in range(3):
        world.upload(f"text {number}".encode(), f"{number}.txt", headers=admin)
    first = world.client.get("/v1/audit", params={"limit": 2}, headers=admin).json()
    query = {"limit": 2, "cursor": first["next_cursor"]}
    rest = world.client.get("/v1/audit", params=query, headers=admin).json()
    assert [entry["action"] for entry in first["data"] + rest["data"]] == ["document.upload"] * 3
    assert rest["has_more"] is False


def test_a_cursor_of_another_list_is_invalid_for_the_audit_trail(world: World) -> None:
    response = world.client.get("/v1/audit", params={"cursor": encode("doc_1")}, headers=world.key("admin"))
    assert response.status_code == 422


def test_a_search_finds_passages_with_page_and_heading(world: World) -> None:
    document_id = world.served(metadata='{"model": "X1"}')
    body = world.client.post("/v1/search", json={"query": "reset"}, headers=world.key("ask")).json()
    (passage,) = body["passages"]
    assert (passage["rank"], passage["document_id"], passage["text"]) == (1, document_id, RESET.decode())
    assert (passage["page"], passage["heading"], passage["metadata"]) == (3, ["Care"], {"model": "X1"})
    assert passage["explain"] is None
    assert body["index_version"] == "test-1"


def test_a_search_is_explained_on_request(world: World) -> None:
    world.served()
    asked = {"query": "reset zeppelin", "explain": True, "filters": {"metadata": {}}, "collections": ["default"]}
    body = world.client.post("/v1/search", json=asked, headers=world.key("ask", groups=("b", "a"))).json()
    assert body["passages"][0]["explain"]["dense_rank"] == 1
    assert body["passages"][0]["explain"]["lexical_rank"] is None
    explanation = body["explanation"]
    assert (explanation["missing"], explanation["depth"]) == (["zeppelin"], 7)
    assert (explanation["scope"]["collections"], explanation["scope"]["groups"]) == (["default"], ["a", "b"])


def test_only_a_key_that_sees_all_documents_gets_lexical_scores(world: World) -> None:
    world.served()
    for scope, score in (("ask", None), ("admin", 2.5)):
        asked = {"query": "reset", "explain": True}
        body = world.client.post("/v1/search", json=asked, headers=world.key(scope)).json()
        assert body["passages"][0]["explain"]["lexical_score"] == score


def test_a_search_is_filtered_by_collection_document_and_metadata(world: World) -> None:
    one = world.served(RESET, "a.txt", collection="routers", metadata='{"model": "X1"}')
    world.served(LAMPS + b" reset", "b.txt", collection="lamps")
    for narrowed in (
        {"collections": ["routers"]},
        {"filters": {"document_ids": [one]}},
        {"filters": {"metadata": {"model": "X1"}}},
    ):
        body = world.client.post("/v1/search", json={"query": "reset", **narrowed}, headers=world.key("ask")).json()
        assert [passage["document_id"] for passage in body["passages"]] == [one], narrowed


def test_a_search_returns_k_passages_or_the_number_in_the_settings(world: World) -> None:
    for k, expected in ((None, world.services.settings.search_k), (3, 3)):
        world.client.post("/v1/search", json={"query": "reset", "k": k}, headers=world.key("ask"))
        assert world.searcher.asked[-1][1] == expected


@pytest.mark.parametrize("asked", [{"query": ""}, {"query": "x", "k": 0}, {"query": "x", "k": 101}])
def test_an_invalid_search_is_refused(world: World, asked: dict[str, object]) -> None:
    assert world.client.post("/v1/search", json=asked, headers=world.key("ask")).status_code == 422
