"""Server-sent events: named events with JSON data, and a `ping` when nothing else was sent for a while.

A blocking generator runs in a thread of its own, so that a stream that waits for a model holds no thread of the pool
that all other requests share. Why no library does this is in docs/decisions/0056.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Generator
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from fastapi.responses import StreamingResponse

from core.types import Json

PING_S = 10.0
HEADERS = {"Cache-Control": "no-cache, no-store", "X-Accel-Buffering": "no"}


class Sendable(Protocol):
    """Anything that encodes itself as one event."""

    def encoded(self) -> bytes: ...


Sent = TypeVar("Sent", bound=Sendable)


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """A named event; `data` is sent as JSON on one line."""

    name: str
    data: Json = field(default_factory=dict)

    def encoded(self) -> bytes:
        return f"event: {self.name}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode()


PING = ServerEvent("ping")
_END = None


def event_stream(
    events: AsyncIterator[Sendable], *, ping_s: float = PING_S, ping: Sendable = PING
) -> StreamingResponse:
    """Return a response that sends each event when it comes, and `ping` after `ping_s` seconds without one."""
    return StreamingResponse(_with_pings(events, ping_s, ping), headers=HEADERS, media_type="text/event-stream")


async def in_thread(events: Generator[Sent]) -> AsyncIterator[Sent]:
    """Yield the events of a blocking generator that runs in its own thread; it is closed when the client leaves."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[Sent | None]()
    client_left = threading.Event()

    def send(event: Sent | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, event)

    def run() -> None:
        try:
            for event in events:
                send(event)
                if client_left.is_set():
                    break
        finally:
            events.close()
            send(_END)

    threading.Thread(target=run, name="stream", daemon=True).start()
    try:
        while (event := await queue.get()) is not None:
            yield event
    finally:
        client_left.set()


async def _with_pings(events: AsyncIterator[Sendable], ping_s: float, ping: Sendable) -> AsyncIterator[bytes]:
    next_event = asyncio.ensure_future(anext(events, _END))
    try:
        while True:
            done, _ = await asyncio.wait([next_event], timeout=ping_s)
            if not done:
                yield ping.encoded()
                continue
            if (event := next_event.result()) is None:
                return
            yield event.encoded()
            next_event = asyncio.ensure_future(anext(events, _END))
    finally:
        next_event.cancel()
