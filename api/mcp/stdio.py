"""The process that a desktop client starts: the protocol on its standard streams, a running Vouch behind it.

Whatever else would write to standard output is sent to standard error by the SDK's transport.
"""

from __future__ import annotations

import httpx
from mcp.server.stdio import stdio_server

from api.mcp.server import build_server
from api.mcp.service import Service

PATIENCE = httpx.Timeout(120, connect=10)
"""Longer than an answer may take, and than its turn behind others."""
LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Reached without the proxy that the environment names."""


async def serve(url: str, key: str) -> None:
    """Serve until the client closes our standard input. Without a key the service says in a result what is missing."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    far = httpx.URL(url).host not in LOOPBACK
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=PATIENCE, trust_env=far) as client:
        server = build_server(Service(client))
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())
