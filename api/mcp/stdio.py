"""The process that a desktop client starts: MCP on its standard streams; it calls a running Vouch service.

The SDK's transport redirects all other output from standard output to standard error.
"""

from __future__ import annotations

import httpx
from mcp.server.stdio import stdio_server

from api.mcp.server import build_server
from api.mcp.service import Service

TIMEOUT = httpx.Timeout(120, connect=10)
"""Seconds; longer than an answer takes, including the wait for others before it."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Hosts that are reached without the environment's proxy."""


async def serve(url: str, key: str) -> None:
    """Serve until the client closes our standard input. Without a key, each tool's result says that one is missing."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    remote = httpx.URL(url).host not in LOOPBACK
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, trust_env=remote) as client:
        server = build_server(Service(client))
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
