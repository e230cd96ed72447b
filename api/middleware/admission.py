"""Admission: how many questions and searches are worked on at the same time, and how many may wait.

Pure ASGI, in front of every thread: what waits here holds no thread and no database session, so that health, keys and
administration answer while questions fill the machine. Who comes too late gets 503 with `Retry-After` at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
from starlette.types import ASGIApp, Receive, Scope, Send

from api.errors import problem_of
from api.metrics import Metrics
from core.errors import Busy

PATHS = frozenset({"/v1/answers", "/v1/search", "/v1/chat/completions", "/v1/embeddings"})


class AdmissionLimit:
    """Lets `running` requests to PATHS in, lets `waiting` more wait for at most `wait_s` seconds, refuses the rest."""

    def __init__(self, app: ASGIApp, metrics: Metrics, *, running: int, waiting: int, wait_s: float) -> None:
        self.app, self._metrics = app, metrics
        self._running, self._waiting, self._wait_s = anyio.Semaphore(running), waiting, wait_s
        self._queued = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in PATHS:
            await self.app(scope, receive, send)
            return
        try:
            async with self._admitted():
                await self.app(scope, receive, send)
        except Busy as error:  # raised before the application ran: it translates its own errors
            self._metrics.refused_as_busy(scope["path"])
            await problem_of(scope, error)(scope, receive, send)

    @asynccontextmanager
    async def _admitted(self) -> AsyncIterator[None]:
        await self._enter()
        try:
            yield
        finally:
            self._running.release()

    async def _enter(self) -> None:
        """Wait for a place. Raises Busy when too many wait already, or this one has waited too long."""
        try:
            self._running.acquire_nowait()
            return
        except anyio.WouldBlock:
            if self._queued >= self._waiting:
                raise _busy() from None
        self._queued += 1
        try:
            with anyio.fail_after(self._wait_s):
                await self._running.acquire()
        except TimeoutError:
            raise _busy() from None
        finally:
            self._queued -= 1


def _busy() -> Busy:
    return Busy("More questions are being answered than this machine can work on.", hint="Try again shortly.")
