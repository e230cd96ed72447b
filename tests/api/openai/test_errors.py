"""Errors as OpenAI's client raises them, and what is refused because Vouch would not do it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest
from openai import OpenAI
from starlette.testclient import TestClient

from api.app import create_app
from core import errors
from tests.api.conftest import World, make_services

Json = Any
QUESTION: Json = [{"role": "user", "content": "reset"}]


@pytest.fixture
def client(world: World) -> OpenAI:
    return client_of(world)


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory, blank_home: Path) -> Iterator[OpenAI]:
    """A client of one application for all requests that never get as far as its documents."""
    services, searcher, answerer, queue = make_services(tmp_path_factory.mktemp("refusing") / "home", blank_home)
    with TestClient(create_app(services=services), base_url="http://vouch.test") as http:
        yield client_of(World(http, services, searcher, answerer, queue))


def client_of(world: World, *scopes: str) -> OpenAI:
    """Return OpenAI's client on the application itself: nothing listens."""
    token = world.key(*(scopes or ("ask",)))["Authorization"].removeprefix("Bearer ")
    return OpenAI(base_url="http://vouch.test/v1", api_key=token, max_retries=0, http_client=world.client)


def refused(client: OpenAI, **body: Json) -> openai.APIStatusError:
    """Ask and return what the client raises."""
    asked = {"model": "vouch", "messages": QUESTION} | body
    with pytest.raises(openai.APIStatusError) as raised:
        client.chat.completions.create(**asked)
    error = raised.value
    assert isinstance(error.body, dict)
    assert {"message", "type", "param", "code"} == set(error.body)
    assert error.request_id == error.response.headers["x-request-id"]
    return error


def test_a_wrong_key_raises_an_authentication_error(world: World, client: OpenAI) -> None:
    error = refused(client.with_options(api_key="vch_wrong"))
    assert isinstance(error, openai.AuthenticationError)
    assert (error.code, error.type) == ("invalid_api_key", "invalid_request_error")


def test_a_key_that_may_not_ask_raises_a_permission_error(world: World) -> None:
    error = refused(client_of(world, "ingest"))
    assert isinstance(error, openai.PermissionDeniedError)
    assert (error.code, "ask" in error.message) == ("insufficient_permissions", True)


@pytest.mark.parametrize("stream", [False, True])
def test_an_unknown_model_raises_not_found(client: OpenAI, stream: bool) -> None:
    error = refused(client, model="gpt-4o", stream=stream)
    assert isinstance(error, openai.NotFoundError)
    assert (error.code, error.type, error.param) == ("model_not_found", "invalid_request_error", None)
    assert "`gpt-4o` does not exist" in error.message


def test_a_model_that_is_hidden_is_as_unknown_as_one_that_is_not_there(world: World, client: OpenAI) -> None:
    world.served(collection="salaries", groups="board")
    hidden, missing = refused(client, model="salaries"), refused(client, model="missing")
    assert hidden.message.replace("salaries", "missing") == missing.message
    assert (hidden.status_code, hidden.body) == (404, hidden.body | {"code": "model_not_found"})  # type: ignore[operator]


def test_a_model_that_is_no_name_is_not_repeated(client: OpenAI) -> None:
    assert "hunter2" not in refused(client, model="my password is hunter2").message


def test_a_key_that_asks_too_fast_raises_a_rate_limit_error(make_world: Json) -> None:
    world: World = make_world(rate_per_minute=1)
    client = client_of(world)
    client.models.list()
    error = refused(client)
    assert isinstance(error, openai.RateLimitError)
    assert (error.code, error.type) == ("rate_limit_exceeded", "requests")
    assert 1 <= int(error.response.headers["retry-after"]) <= 60


@pytest.mark.parametrize("stream", [False, True])
def test_what_is_down_raises_a_server_error_that_says_when_to_come_back(
    world: World, client: OpenAI, stream: bool
) -> None:
    world.searcher.error = errors.Unavailable("The index is away.")
    error = refused(client, stream=stream)
    assert isinstance(error, openai.InternalServerError)
    assert (error.status_code, error.type, error.code) == (503, "server_error", "unavailable")
    assert error.response.headers["retry-after"] == "5"


def test_a_defect_raises_a_server_error_without_words(
    world: World, client: OpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object, **__: object) -> None:
        raise RuntimeError("Mrs Smith")

    monkeypatch.setattr(world.searcher, "search", defect)
    error = refused(client)
    assert (error.status_code, error.code, "Smith" in str(error.body)) == (500, "internal", False)


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"n": 2}, "n"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"logprobs": True}, "logprobs"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "alloy", "format": "wav"}}, "audio"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice"),
    ],
)
def test_what_vouch_does_not_do_is_refused_by_name(refusing: OpenAI, body: Json, param: str) -> None:
    error = refused(refusing, **body)
    assert isinstance(error, openai.BadRequestError)
    assert (error.code, error.param) == ("unsupported_parameter", param)
    assert error.message


IMAGE = [{"type": "image_url", "image_url": {"url": "data:image/png;base64,AA=="}}]


@pytest.mark.parametrize(
    ("body", "param", "code"),
    [
        ({"messages": []}, "messages", "invalid_value"),
        ({"messages": [{"role": "system", "content": "Be kind."}]}, "messages", "invalid_value"),
        ({"messages": [{"role": "user", "content": " "}]}, "messages", "invalid_value"),
        ({"messages": [{"role": "user", "content": "x" * 4001}]}, "messages", "string_above_max_length"),
        ({"messages": [{"role": "user", "content": IMAGE}]}, "messages", "unsupported_value"),
        ({"messages": [*QUESTION, {"role": "wizard", "content": "x"}]}, "messages[1].role", "invalid_value"),
        ({"stream_options": {"include_usage": True}}, "stream_options", "invalid_value"),
        ({"extra_body": {"mode": "fast"}}, "mode", "invalid_value"),
    ],
)
def test_what_means_nothing_raises_a_bad_request_that_names_the_field(
    refusing: OpenAI, body: Json, param: str, code: str
) -> None:
    error = refused(refusing, **body)
    assert isinstance(error, openai.BadRequestError)
    assert (error.param, error.code, error.type) == (param, code, "invalid_request_error")


@pytest.mark.parametrize("field", ["content", "model"])
@pytest.mark.parametrize("text", ["\ud800", "a\u0000b"])
def test_text_that_cannot_be_stored_is_a_bad_request(world: World, field: str, text: str) -> None:
    message = {"role": "user", "content": text if field == "content" else "reset"}
    body = {"model": "vouch", "messages": [message]} | ({} if field == "content" else {field: text})
    headers = world.key("ask") | {"Content-Type": "application/json"}
    response = world.client.post("/v1/chat/completions", content=json.dumps(body).encode(), headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (400, "invalid_value")


def test_a_field_without_effect_may_hold_what_cannot_be_stored(world: World) -> None:
    body = {"model": "vouch", "messages": QUESTION, "user": "\ud800", "stop": "a\u0000b"}
    headers = world.key("ask") | {"Content-Type": "application/json", "Idempotency-Key": "once"}
    response = world.client.post("/v1/chat/completions", content=json.dumps(body).encode(), headers=headers)
    assert response.status_code == 200


def test_a_field_that_is_missing_is_named(world: World) -> None:
    response = world.client.post("/v1/chat/completions", json={"model": "vouch"}, headers=world.key("ask"))
    assert (response.status_code, response.json()["error"]["param"]) == (400, "messages")
    assert response.json()["error"]["code"] == "missing_required_parameter"


def test_broken_json_and_bodies_that_are_too_large_are_told_in_the_same_shape(world: World) -> None:
    headers = world.key("ask") | {"Content-Type": "application/json"}
    broken = world.client.post("/v1/chat/completions", content=b'{"model": ', headers=headers)
    large = world.client.post("/v1/chat/completions", content=b" " * (2 << 20), headers=headers)
    assert (broken.status_code, broken.json()["error"]["type"]) == (400, "invalid_request_error")
    assert (large.status_code, large.json()["error"]["code"]) == (413, "too_large")


def test_a_route_of_openais_that_is_not_offered_says_so_in_its_shape(client: OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as raised:
        client.responses.create(model="vouch", input="reset")
    assert raised.value.code == "unknown_url"


def test_other_routes_keep_their_problems(world: World) -> None:
    response = world.client.post("/v1/answers", json={}, headers=world.key("ask"))
    assert (response.status_code, response.headers["content-type"]) == (422, "application/problem+json")
