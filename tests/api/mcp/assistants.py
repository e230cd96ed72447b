"""A listening service for assistants that speak MCP, and the official SDK's client to speak with it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import anyio
import httpx
import httpx2
import uvicorn
from mcp import Client, StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent

from api.app import create_app
from core.store import jobs, passages
from core.store.access import keys
from core.types import Chunk
from service.compose import Services
from tests.api.conftest import make_services
from tests.servers import free_port, wait_for

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[3]


@dataclass
class Listening:
    """A service on a port of its own."""

    url: str
    services: Services

    def key(self, *scopes: str, groups: tuple[str, ...] = ()) -> str:
        """Make a key and return its token."""
        with self.services.db.write() as session:
            return keys.create_key(session, "assistant", scopes, groups)[1]

    def served(self, name: str, *texts: str, **form: str) -> str:
        """Upload a file and publish these texts as its passages, as a worker would; return the document's id."""
        headers = {"Authorization": f"Bearer {self.key('admin')}"}
        files = {"file": (name, "\n".join(texts).encode())}
        sent = httpx.post(f"{self.url}/v1/documents", files=files, data=form, headers=headers)
        assert sent.status_code == 202, sent.text
        made = sent.json()
        chunks = [Chunk(place, text, heading=("Care",), page=place + 1) for place, text in enumerate(texts)]
        with self.services.db.write() as session:
            passages.publish(session, made["document_id"], made["version"], form.get("title", name), chunks, {})
        claim = jobs.claim(self.services.db, made["job_id"], lease_s=30, max_attempts=3)
        assert claim is not None
        with self.services.db.write() as session:
            jobs.finish(session, claim)
        return str(made["document_id"])


@contextmanager
def listening(home: Path, blank: Path, **settings: object) -> Iterator[Listening]:
    """Serve the stand-ins of `tests.api` on a real port."""
    services, *_ = make_services(home, blank, **settings)
    port = free_port()
    config = uvicorn.Config(create_app(services=services), port=port, log_level="warning", access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_for(lambda: server.started, 30, "the service to listen")
        yield Listening(f"http://127.0.0.1:{port}", services)
    finally:
        server.should_exit = True
        thread.join(30)
        services.close()


def over_http(url: str, token: str, use: Callable[[Client], Awaitable[T]], mode: str = "auto") -> T:
    """Connect to `/mcp` with a key, do something, disconnect."""

    async def connected() -> T:
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
            transport = streamable_http_client(f"{url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                return await use(client)

    return anyio.run(connected)


def over_stdio(words: list[str], use: Callable[[Client], Awaitable[T]], **environment: str) -> T:
    """Start `vouch mcp` as a desktop client does, do something, let it end."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("VOUCH_")}
    command = StdioServerParameters(
        command=sys.executable, args=["-m", "cli.main", "mcp", *words], env=kept | environment, cwd=ROOT
    )

    async def connected() -> T:
        async with Client(command) as client:
            return await use(client)

    return anyio.run(connected)


def calling(tool: str, **arguments: Any) -> Callable[[Client], Awaitable[CallToolResult]]:
    """Return what calls one tool."""

    async def call(client: Client) -> CallToolResult:
        return await client.call_tool(tool, arguments)

    return call


def text_of(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


def data_of(result: CallToolResult) -> dict[str, Any]:
    assert not result.is_error, text_of(result)
    assert isinstance(result.structured_content, dict)
    return result.structured_content
