"""Admission: some are let in, some wait, the rest are told to come back; other addresses never wait."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from api.metrics import Metrics
from api.middleware.admission import AdmissionLimit


class Door:
    """An application that answers when a test lets it, behind the limit."""

    def __init__(self, *, running: int, waiting: int, wait_s: float = 5.0) -> None:
        self.open, self.inside, self.most = asyncio.Event(), 0, 0
        self.metrics = Metrics()
        self.limit = AdmissionLimit(self._answer, self.metrics, running=running, waiting=waiting, wait_s=wait_s)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        await self.open.wait()
        self.inside -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"{}"})

    async def ask(self, path: str = "/v1/answers", method: str = "POST") -> dict[str, Any]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request", "body": b""}

        scope = {"type": "http", "method": method, "path": path, "headers": [], "state": {}}
        await self.limit(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
        return {"status": sent[0]["status"], "headers": headers, "body": json.loads(sent[1]["body"])}


def run(test: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(test(), 10)

    asyncio.run(bounded())


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.001)


def test_who_finds_no_place_is_told_at_once_to_come_back() -> None:
    async def test() -> None:
        door = Door(running=2, waiting=1)
        asked = [asyncio.ensure_future(door.ask()) for _ in range(3)]
        await until(lambda: door.inside == 2)

        refused = await door.ask()

        assert (refused["status"], refused["body"]["code"]) == (503, "busy")
        assert int(refused["headers"]["retry-after"]) > 0
        assert b"vouch_refused_as_busy_total" in door.metrics.text()
        door.open.set()
        assert [answer["status"] for answer in await asyncio.gather(*asked)] == [200, 200, 200]
        assert door.most == 2

    run(test)


def test_who_waits_too_long_is_told_to_come_back() -> None:
    async def test() -> None:
        door = Door(running=1, waiting=1, wait_s=0.05)
        first = asyncio.ensure_future(door.ask())
        await until(lambda: door.inside == 1)
        assert (await door.ask())["status"] == 503
        door.open.set()
        assert (await first)["status"] == 200
        assert (await door.ask())["status"] == 200

    run(test)


def test_a_place_is_free_again_when_an_answer_fails() -> None:
    async def test() -> None:
        door = Door(running=1, waiting=0)

        async def fail(*_: object) -> None:
            raise RuntimeError("broken")

        working, door.limit.app = door.limit.app, fail
        for _ in range(3):
            outcome = await asyncio.gather(door.ask(), return_exceptions=True)
            assert isinstance(outcome[0], RuntimeError)
        door.limit.app = working
        door.open.set()
        assert (await door.ask())["status"] == 200

    run(test)


def test_other_addresses_never_wait() -> None:
    async def test() -> None:
        door = Door(running=1, waiting=0)
        first = asyncio.ensure_future(door.ask())
        await until(lambda: door.inside == 1)
        others = [asyncio.ensure_future(door.ask("/v1/me", "GET")) for _ in range(5)]
        await until(lambda: door.inside == 6)
        door.open.set()
        assert [answer["status"] for answer in await asyncio.gather(first, *others)] == [200] * 6

    run(test)
