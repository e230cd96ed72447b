"""Server-sent events: their format, pings, and what happens when the client disconnects."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Generator

from api.sse import ServerEvent, event_stream, in_thread


async def collected(events: AsyncIterator[ServerEvent], ping_s: float) -> list[bytes]:
    return [bytes(part) async for part in event_stream(events, ping_s=ping_s).body_iterator]  # type: ignore[arg-type]


def test_an_event_is_two_lines_for_any_text() -> None:
    encoded = ServerEvent("delta", {"text": "two\nlines\r\u2028é"}).encoded().decode()
    name, data, *rest = encoded.split("\n")
    assert name == "event: delta"
    assert data.startswith('data: {"text": "two\\nlines\\r')
    assert rest == ["", ""]


def test_a_silent_stream_sends_pings_and_loses_nothing() -> None:
    async def slow() -> AsyncIterator[ServerEvent]:
        yield ServerEvent("search")
        await asyncio.sleep(0.25)
        yield ServerEvent("final")

    parts = asyncio.run(collected(slow(), 0.1))
    assert parts == [b"event: search\ndata: {}\n\n", *[b"event: ping\ndata: {}\n\n"] * 2, b"event: final\ndata: {}\n\n"]


def test_blocking_code_runs_in_a_thread_while_pings_are_sent() -> None:
    def blocking() -> Generator[ServerEvent]:
        time.sleep(0.15)
        yield ServerEvent("final")

    parts = asyncio.run(collected(in_thread(blocking()), 0.1))
    assert [part.split(b"\n")[0] for part in parts] == [b"event: ping", b"event: final"]


def test_a_client_that_disconnects_closes_the_source_of_events() -> None:
    closed = threading.Event()

    def endless() -> Generator[ServerEvent]:
        try:
            while True:
                time.sleep(0.01)
                yield ServerEvent("delta")
        finally:
            closed.set()

    async def read_one() -> None:
        events = in_thread(endless())
        await anext(events)
        await events.aclose()  # type: ignore[attr-defined]

    asyncio.run(read_one())
    assert closed.wait(2)
