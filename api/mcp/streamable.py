"""One message over HTTP: the SDK's streamable transport without sessions; its tools call this same application.

The tools' requests pass through the whole application, with the caller's own header, so that rights, limits and the
journal are exactly the routes' own. No state outlives a message, so any process may handle the next one.
"""

from __future__ import annotations

import httpx
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.mcp.server import build_server
from api.mcp.service import Service
from api.middleware.limits import JSON_LIMIT


async def handle_message(body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a message whose body is already read."""
    request = Request(scope)
    headers = {"Authorization": request.headers["authorization"], "X-Request-Id": request.state.request_id}
    # an error that the application raises is already answered with a problem
    transport = httpx.ASGITransport(_with_state(request), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=str(request.base_url), headers=headers, timeout=None, trust_env=False
    ) as client:
        manager = StreamableHTTPSessionManager(
            build_server(Service(client)), json_response=True, stateless=True, max_request_body_size=JSON_LIMIT
        )
        async with manager.run():
            await manager.handle_request(scope, _replaying(body, receive), _with_plain_status(send))


def _with_state(request: Request) -> ASGIApp:
    """Return the application for internal requests, with the lifespan's state that a server would add."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await request.app({**scope, "state": dict(request.scope["state"])}, receive, send)

    return app


def _with_plain_status(send: Send) -> Send:
    """Return a send that makes each status an int; the SDK's may be an enum, which logs and metrics would show."""

    async def plain(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "status": int(message["status"])}
        await send(message)

    return plain


def _replaying(body: bytes, receive: Receive) -> Receive:
    """Return a receive that returns the body first, then the connection's further messages."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message
