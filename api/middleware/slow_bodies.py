"""Ends a request whose body comes too slowly, with the status 408.

Pure ASGI. Only the time in which the application waits for the client counts. A body may take `grace_s` seconds, and a
second more for every RATE bytes that have come, so a byte now and then does not extend the wait.
"""

from __future__ import annotations

import asyncio

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

RATE = 16 << 10
"""Bytes in a second: a modem of 128 kbit/s."""


class SlowBodies:
    """Raises 408 in the application's `receive` if the client is too slow; a request that is answered goes on."""

    def __init__(self, app: ASGIApp, grace_s: float) -> None:
        self.app = app
        self.grace_s = grace_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        body = _Body(receive, send, self.grace_s)
        await self.app(scope, body.receive, body.send)


class _Body:
    """The body of one request: what has come, how long the application waited for it, whether it still matters."""

    def __init__(self, receive: Receive, send: Send, grace_s: float) -> None:
        self._receive = receive
        self._send = send
        self._left_s = grace_s
        self._matters = True

    async def receive(self) -> Message:
        if not self._matters:
            return await self._receive()
        message = await self._receive_in_time()
        self._left_s += len(message.get("body", b"")) / RATE
        if not message.get("more_body", False):
            self._matters = False
        return message

    async def send(self, message: Message) -> None:
        self._matters = False  # a response has begun, and a stream listens only for the client to leave
        await self._send(message)

    async def _receive_in_time(self) -> Message:
        loop = asyncio.get_running_loop()
        began = loop.time()
        waiting = asyncio.ensure_future(self._receive())
        try:
            await asyncio.wait([waiting], timeout=max(0.0, self._left_s))
            if not waiting.done() and self._matters:
                raise HTTPException(408, headers={"Connection": "close"})  # body parsers catch all other exceptions
            return await waiting
        finally:
            waiting.cancel()
            self._left_s -= loop.time() - began
