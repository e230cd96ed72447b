"""Server-sent events: names with JSON, and a `ping` when nothing else was sent for a while.

What blocks runs in a thread of its own and hands its events over, so that a stream that waits for a model holds
no thread of the pool that all other requests share.
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
    """What can be sent as one event."""

    def encoded(self) -> bytes: ...


Sent = TypeVar("Sent", bound=Sendable)


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event; `data` is written as JSON on one line."""

    name: str
    data: Json = field(default_factory=dict)

    def encoded(self) -> bytes:
        return f"event: {self.name}\ndata: {json.dumps(self.data, ensure_ascii=False)}\n\n".encode()


PING = ServerEvent("ping")
_END = None


def event_stream(
    events: AsyncIterator[Sendable], *, ping_s: float = PING_S, ping: Sendable = PING
) -> StreamingResponse:
    """Make the response that sends these events as they come."""
    return StreamingResponse(_with_pings(events, ping_s, ping), headers=HEADERS, media_type="text/event-stream")


async def in_thread(events: Generator[Sent]) -> AsyncIterator[Sent]:
    """Yield what a blocking generator yields, run in a thread; it is closed when the reader goes away."""
    loop, queue = asyncio.get_running_loop(), asyncio.Queue[Sent | None]()
    gone = threading.Event()

    def hand_over(event: Sent | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(queue.put_nowait, event)

    def run() -> None:
        try:
            for event in events:
                hand_over(event)
                if gone.is_set():
                    break
        finally:
            events.close()
            hand_over(_END)

    threading.Thread(target=run, name="stream", daemon=True).start()
    try:
        while (event := await queue.get()) is not None:
            yield event
    finally:
        gone.set()


async def _with_pings(events: AsyncIterator[Sendable], ping_s: float, ping: Sendable) -> AsyncIterator[bytes]:
    following = asyncio.ensure_future(anext(events, _END))
    try:
        while True:
            done, _ = await asyncio.wait([following], timeout=ping_s)
            if not done:
                yield ping.encoded()
                continue
            if (event := following.result()) is None:
                return
            yield event.encoded()
            following = asyncio.ensure_future(anext(events, _END))
    finally:
        following.cancel()
