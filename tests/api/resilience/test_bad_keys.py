"""Unknown keys: slowed for the address that sends them, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from api.bad_keys import MOST_KNOWN, BadKeys
from api.errors import RateLimited
from core.errors import Unauthenticated
from core.types import Caller
from tests.api.conftest import World

Json = Any
BAD = {"Authorization": "Bearer vch_unknown"}


@pytest.fixture
def slowed(make_world: Json) -> World:
    """A service that has just refused as many unknown keys as an address may send."""
    world: World = make_world(bad_keys_per_minute=3)
    assert [world.client.get("/v1/me", headers=BAD).status_code for _ in range(3)] == [401] * 3
    return world


def test_an_address_with_many_unknown_keys_must_wait(slowed: World) -> None:
    response = slowed.client.get("/v1/me", headers=BAD)

    assert (response.status_code, response.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(response.headers["retry-after"]) <= 20
    assert "unknown key" in response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/session"), ("POST", "/v1/documents"), ("GET", "/metrics"), ("POST", "/mcp")]
)
def test_every_way_to_send_a_key_is_slowed(slowed: World, method: str, path: str) -> None:
    response = slowed.client.request(method, path, json={"key": "vch_unknown"}, headers=BAD)
    assert response.status_code == 429


def test_a_key_that_was_valid_before_is_never_locked_out(make_world: Json) -> None:
    world: World = make_world(bad_keys_per_minute=3)
    headers = world.key("ask")
    assert world.client.get("/v1/me", headers=headers).status_code == 200
    for _ in range(10):
        world.client.get("/v1/me", headers=BAD)

    assert world.client.get("/v1/me", headers=headers).status_code == 200


def test_another_address_signs_in_as_usual(slowed: World) -> None:
    elsewhere = TestClient(slowed.client.app, client=("192.0.2.7", 50_000))
    elsewhere.app_state.update(slowed.client.app_state)

    assert elsewhere.get("/v1/me", headers=slowed.key("ask")).status_code == 200
    assert slowed.client.get("/v1/me", headers=slowed.key("ask")).status_code == 429
    assert elsewhere.get("/v1/me", headers=BAD).status_code == 401


def test_a_slowed_address_causes_no_look_into_the_database() -> None:
    looked: list[str] = []

    def nobody(token: str) -> Caller:
        looked.append(token)
        raise Unauthenticated("Unknown.")

    bad = BadKeys(5)
    for n in range(50):
        with pytest.raises((Unauthenticated, RateLimited)):
            bad.caller("192.0.2.1", f"vch_{n}", nobody)
    assert len(looked) == 5


def test_a_proxy_that_does_not_say_for_whom_it_asks_is_not_slowed() -> None:
    def nobody(_: str) -> Caller:
        raise Unauthenticated("Unknown.")

    bad = BadKeys(1, proxies="127.0.0.1")
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            bad.caller("127.0.0.1", "vch_x", nobody)


def test_a_revoked_key_counts_as_unknown_from_then_on() -> None:
    revoked = False

    def look_up(token: str) -> Caller:
        if revoked:
            raise Unauthenticated("Revoked.")
        return Caller("key_1", frozenset(), frozenset())

    bad = BadKeys(2)
    bad.caller("192.0.2.1", "vch_x", look_up)
    revoked = True
    for expected in (Unauthenticated, Unauthenticated, RateLimited):
        with pytest.raises(expected):
            bad.caller("192.0.2.1", "vch_x", look_up)


def test_valid_keys_that_are_remembered_are_bounded() -> None:
    bad = BadKeys(2)
    for n in range(MOST_KNOWN + 10):
        bad.caller("192.0.2.1", f"vch_{n}", lambda _: Caller("key_1", frozenset(), frozenset()))
    assert len(bad._valid) == MOST_KNOWN
