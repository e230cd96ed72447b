"""An OpenAI-compatible generator with a real HTTP server that behaves well and badly."""

from __future__ import annotations

import contextlib
import json
import time
from http.server import BaseHTTPRequestHandler

import pytest

from core.errors import Unavailable
from core.types import Message
from generation.models.remote import LONGEST_LINE, OpenAIGenerator
from tests.generation.models.served import Reply, Server, delta, events
from tests.generation.models.served import server as server

CHAT = [Message("user", "How long?")]


@pytest.fixture
def generator(server: Server) -> OpenAIGenerator:
    return OpenAIGenerator(server.url, "big", "secret", timeout_s=5)


def test_text_is_streamed_and_the_request_is_greedy(server: Server, generator: OpenAIGenerator) -> None:
    role = json.dumps({"choices": [{"delta": {"role": "assistant"}}]})
    usage = json.dumps({"choices": [], "usage": {"total_tokens": 9}})
    server.reply = events([role, delta("Five "), delta("seconds."), usage, "[DONE]", delta("ignored")])
    assert list(generator.stream(CHAT, max_tokens=7)) == ["Five ", "seconds."]
    path, headers, body = server.requests[0]
    assert path == "/v1/chat/completions"
    assert headers["Authorization"] == "Bearer secret"
    assert body["messages"] == [{"role": "user", "content": "How long?"}]
    assert (body["model"], body["temperature"], body["max_tokens"], body["stream"]) == ("big", 0, 7, True)


def test_no_key_is_sent_without_one(server: Server) -> None:
    server.reply = events(["[DONE]"])
    list(OpenAIGenerator(server.url, "big").stream(CHAT, max_tokens=1))
    assert "Authorization" not in server.requests[0][1]


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (events(["{}"], status=500), "answered 500"),
        (events(["{}"], status=401), "refused the key"),
        (events(["not json"]), "not send a chat completion"),
        (events(['{"choices": 3}']), "not send a chat completion"),
        (events(['{"error": "out of memory"}']), "out of memory"),
    ],
)
def test_a_server_that_fails_is_unavailable(
    server: Server, generator: OpenAIGenerator, reply: Reply, message: str
) -> None:
    server.reply = reply
    with pytest.raises(Unavailable, match=message):
        list(generator.stream(CHAT, max_tokens=4))


def test_a_server_that_stalls_is_unavailable(server: Server) -> None:
    server.reply = events([delta("x")], pause_s=1.0)
    hurried = OpenAIGenerator(server.url, "big", timeout_s=0.2)
    with pytest.raises(Unavailable, match="in time"):
        list(hurried.stream(CHAT, max_tokens=4))


def trickle(handler: BaseHTTPRequestHandler, status: int = 200) -> None:
    """Send single letters, and never a complete line."""
    handler.send_response(status)
    handler.end_headers()
    with contextlib.suppress(OSError):  # the client goes away
        for _ in range(60):
            handler.wfile.write(b"d")
            handler.wfile.flush()
            time.sleep(0.05)


def late(handler: BaseHTTPRequestHandler) -> None:
    """Send something just before the deadline, and then nothing for a long time."""
    time.sleep(0.2)
    events([delta("x")], pause_s=2.0)(handler)


def mute(handler: BaseHTTPRequestHandler) -> None:
    time.sleep(2.0)


@pytest.mark.parametrize("reply", [trickle, late, mute], ids=lambda reply: reply.__name__)
def test_the_deadline_is_kept_with_any_server(server: Server, generator: OpenAIGenerator, reply: Reply) -> None:
    server.reply = reply
    began = time.monotonic()
    received = list(generator.stream(CHAT, max_tokens=4, deadline=began + 0.3))
    assert received in ([], ["x"])
    assert time.monotonic() - began < 1.0


def test_an_endless_error_message_is_cut(server: Server, generator: OpenAIGenerator) -> None:
    def endless(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(500)
        handler.end_headers()
        with contextlib.suppress(OSError):
            while True:
                handler.wfile.write(b"error " * 100)

    server.reply = endless
    with pytest.raises(Unavailable, match="answered 500: error error"):
        list(generator.stream(CHAT, max_tokens=4))


def test_a_line_without_an_end_is_unavailable(server: Server, generator: OpenAIGenerator) -> None:
    server.reply = events(["x" * (LONGEST_LINE + 70_000)])
    with pytest.raises(Unavailable, match="without an end"):
        list(generator.stream(CHAT, max_tokens=4))


def test_a_server_that_ignores_the_limit_of_tokens_is_cut(server: Server, generator: OpenAIGenerator) -> None:
    server.reply = events([delta("word " * 20)] * 50)
    assert len(list(generator.stream(CHAT, max_tokens=10))) == 2


def test_a_deadline_ends_an_endless_stream(server: Server, generator: OpenAIGenerator) -> None:
    server.reply = events([delta("x")] * 40, pause_s=0.03)
    pieces = list(generator.stream(CHAT, max_tokens=40, deadline=time.monotonic() + 0.3))
    assert 0 < len(pieces) < 40


def test_a_server_that_does_not_listen_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="cannot be reached"):
        list(OpenAIGenerator("http://127.0.0.1:9/v1", "big").stream(CHAT, max_tokens=1))
