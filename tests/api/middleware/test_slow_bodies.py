"""A body must come at a rate: the wait for it is bounded, and a stream that listens for its client is not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from api.middleware.slow_bodies import RATE, SlowBodies

GRACE_S = 0.2


def client(*parts: bytes, pause_s: float) -> Receive:
    """Return a client that sends a part after each pause, and then nothing more."""
    left = list(parts)

    async def receive() -> Message:
        await asyncio.sleep(pause_s if left else 3600)
        return {"type": "http.request", "body": left.pop(0), "more_body": bool(left)}

    return receive


async def nothing(_: Message) -> None:
    """Send to nobody."""


def served(app: Callable[[Scope, Receive, Send], Awaitable[None]], receive: Receive) -> None:
    async def run() -> None:
        await asyncio.wait_for(SlowBodies(app, GRACE_S)({"type": "http"}, receive, nothing), 5)

    asyncio.run(run())


async def read_all(scope: Scope, receive: Receive, send: Send) -> None:
    while (await receive())["more_body"]:
        pass


def test_a_body_that_dribbles_is_ended() -> None:
    with pytest.raises(HTTPException) as caught:
        served(read_all, client(*[b"x"] * 20, pause_s=0.05))
    assert (caught.value.status_code, caught.value.headers) == (408, {"Connection": "close"})


def test_a_large_body_may_take_longer_than_the_grace() -> None:
    served(read_all, client(*[b"x" * (RATE // 10)] * 10, pause_s=0.05))


def test_time_that_the_application_needs_itself_does_not_count() -> None:
    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            await asyncio.sleep(GRACE_S)

    served(slow, client(b"x", b"y", b"z", pause_s=0.01))


def test_after_the_body_a_stream_waits_for_its_client_as_long_as_it_likes() -> None:
    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await asyncio.wait([asyncio.ensure_future(receive())], timeout=GRACE_S * 2)

    served(stream, client(b"all of it", pause_s=0.01))


def test_a_response_that_has_begun_is_not_ended_for_a_body_that_nobody_reads() -> None:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        leaving = asyncio.ensure_future(receive())
        await asyncio.sleep(GRACE_S / 4)
        await send({"type": "http.response.start", "status": 200, "headers": []})
        done, _ = await asyncio.wait([leaving], timeout=GRACE_S * 3)
        assert not done

    served(answer, client(b"a", b"b", pause_s=3600))
