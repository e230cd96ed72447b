"""Invalid questions and broken generators: a clear message, never a 500, and nothing half stored."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from generation.answering import Answerer
from generation.models.remote import OpenAIGenerator
from service.compose import Engine
from tests.api.conftest import World
from tests.api.doubles import opened
from tests.generation.models.served import Reply, Server, delta, events
from tests.generation.models.served import server as server

Json = Any
BUDGET_S = 2.0
MAX_WAIT_S = 6.0
"""The longest wait of a test for an answer whose generator uses its whole budget; the machine may be busy."""


def with_generator(world: World, url: str) -> tuple[TestClient, World]:
    """Return a client of the service with the real answerer and a generator at this address."""
    settings = world.services.settings
    generator = OpenAIGenerator(url, "big")
    answerer = Answerer(world.searcher, None, lambda: generator, settings)
    engine = Engine(world.searcher, answerer, lambda: {"embedder": "cpu"}, index=lambda: "test-1")
    services = replace(world.services, engine=opened(engine))
    client = TestClient(create_app(services=services), base_url="http://vouch.test")
    return client, replace(world, services=services, client=client)


@pytest.fixture
def asking(make_world: Any, server: Server) -> Iterator[World]:
    made: World = make_world(support_threshold=0.0, answer_budget_s=BUDGET_S)
    client, world = with_generator(made, server.url)
    with client:
        yield world


BAD: list[tuple[bytes, int]] = [
    (b'{"question": ""}', 422),
    (b'{"question": "   \\n"}', 422),
    (b'{"question": null}', 422),
    (b'{"question": ["reset"]}', 422),
    (b'{"question": 7}', 422),
    (json.dumps({"question": "reset " * 17_000}).encode(), 422),  # 100 kB
    (b'{"question": "' + b"x" * (2 << 20) + b'"}', 413),
    (b'{"question": "re\\u0000set"}', 422),
    (json.dumps({"question": "\ufffd\ufffd\ufffdPK"}).encode(), 422),
    (json.dumps({"question": "\ud800"}).encode(), 422),
    (b"\x89PNG\r\n\x1a\n\x00\xff", 400),
    (b'{"question": "\xff\xfe"}', 400),
    (b"{", 400),
    (b"", 422),
    (b"[]", 422),
]


@pytest.mark.parametrize(("body", "status"), BAD, ids=range(len(BAD)))
@pytest.mark.parametrize("stream", [False, True])
def test_an_invalid_question_is_a_problem_and_stores_nothing(
    asking: World, body: bytes, status: int, *, stream: bool
) -> None:
    asking.served()
    if stream and body.endswith(b"}"):
        body = body[:-1] + b', "stream": true}'
    headers = asking.key("ask") | {"Content-Type": "application/json", "Idempotency-Key": "once"}
    response = asking.client.post("/v1/answers", content=body, headers=headers)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"]
    assert asking.searcher.asked == []
    again = asking.client.post("/v1/answers", json={"question": "reset"}, headers=headers)
    assert again.json()["status"] == "answered"  # a request that failed does not use up its key


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("content", ["", " \n", "reset " * 17_000, "re\0set", "\ufffd\ufffd\ufffdPK", 7, None])
def test_a_chat_without_a_question_is_an_error_in_openais_format(asking: World, content: Json, *, stream: bool) -> None:
    body = {"model": "vouch", "messages": [{"role": "user", "content": content}], "stream": stream}
    response = asking.client.post("/v1/chat/completions", json=body, headers=asking.key("ask"))
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
    assert asking.searcher.asked == []


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("?!", "question_unclear"),
        ("what is it", "question_unclear"),
        ("😀😀😀", "question_unclear"),
        ("Как сбросить роутер?", "nothing_found"),
        ("'; DROP TABLE documents; --", "nothing_found"),
        ("title:reset AND (", "nothing_found"),
        ("%s%n{}{{}}", "question_unclear"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_a_question_without_meaning_here_is_refused_with_a_reason(
    asking: World, question: str, code: str, *, stream: bool
) -> None:
    asking.served()
    headers = asking.key("ask")
    response = asking.client.post("/v1/answers", json={"question": question, "stream": stream}, headers=headers)
    assert response.status_code == 200
    final = json.loads(response.text.rsplit("data: ", 1)[1]) if stream else response.json()
    assert (final["status"], final["refusal"]["code"]) == ("refused", code)
    assert f'vouch_refusals_total{{code="{code}"}} 1.0' in asking.metrics()


def html(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    handler.wfile.write(b"<html>\n<body>It works!</body>\n</html>\n")


def slow(handler: BaseHTTPRequestHandler) -> None:
    with contextlib.suppress(OSError):
        events([delta("Hold"), delta(" the reset"), delta(" button")], pause_s=9.0)(handler)


def looping(handler: BaseHTTPRequestHandler) -> None:
    with contextlib.suppress(OSError):
        events([delta("the the the ")] * 3000)(handler)


def drops(handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (events(["{}"], status=500), "generator_unavailable"),
        (events(["{}"], status=404), "generator_unavailable"),
        (events(["not json"]), "generator_unavailable"),
        (events(['{"choices": 3}']), "generator_unavailable"),
        (events(['{"error": {"message": "out of memory"}}']), "generator_unavailable"),
        (drops, "generator_unavailable"),
        (html, "generator_silent"),
        (events([]), "generator_silent"),
        (slow, "generator_too_slow"),
        (looping, "generator_unsupported"),
        (events([delta("Bananas are yellow. "), delta("So are lemons.")]), "generator_unsupported"),
        (events([delta("\ufffd\x00\x01 ~~~ ## <|im_end|>")]), "generator_unsupported"),
    ],
    ids=range(12),
)
@pytest.mark.parametrize("stream", [False, True])
def test_with_a_broken_generator_the_answer_is_quotes_and_the_reason(
    asking: World, server: Server, reply: Reply, reason: str, *, stream: bool
) -> None:
    asking.served()
    server.reply = reply
    headers, body = asking.key("ask"), {"question": "How long do I hold the button to reset it?", "mode": "generate"}
    began = time.monotonic()
    response = asking.client.post("/v1/answers", json={**body, "stream": stream}, headers=headers)
    assert time.monotonic() - began < MAX_WAIT_S
    answer = json.loads(response.text.rsplit("data: ", 1)[1]) if stream else response.json()
    assert (answer["status"], answer["phrased"], answer["fallback"]) == ("answered", False, reason)
    assert "hold the button for ten seconds" in answer["citations"][0]["quote"]
    assert answer["timings"]["total"] < MAX_WAIT_S
    assert f'vouch_answer_fallbacks_total{{reason="{reason}"}} 1.0' in asking.metrics()
    stored = asking.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert stored["fallback"] == reason


def test_with_a_generator_that_is_down_the_answer_is_quotes(make_world: Any) -> None:
    made: World = make_world(support_threshold=0.0, answer_budget_s=BUDGET_S)
    client, world = with_generator(made, "http://127.0.0.1:9/v1")
    with client:
        world.served()
        answer = world.asked("How do I reset it?", mode="generate")
    assert (answer["status"], answer["fallback"]) == ("answered", "generator_unavailable")
