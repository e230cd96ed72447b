"""One message over HTTP: the SDK's streamable transport without sessions, its tools asking this same application.

The tools go through the whole application again, with the caller's own header, so that a right, a limit or a line in
the journal cannot differ from the route's. Nothing outlives the message, so any process may take the next one.
"""

from __future__ import annotations

import httpx
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.mcp.server import build_server
from api.mcp.service import Service
from api.middleware.limits import JSON_LIMIT


async def answer(body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the message whose body was read already."""
    request = Request(scope)
    headers = {"Authorization": request.headers["authorization"], "X-Request-Id": request.state.request_id}
    # raised errors are this application's own, and it has answered them with a problem
    transport = httpx.ASGITransport(_with_state(request), raise_app_exceptions=False)
    async with httpx.AsyncClient(
        transport=transport, base_url=str(request.base_url), headers=headers, timeout=None, trust_env=False
    ) as client:
        manager = StreamableHTTPSessionManager(
            build_server(Service(client)), json_response=True, stateless=True, max_request_body_size=JSON_LIMIT
        )
        async with manager.run():
            await manager.handle_request(scope, _again(body, receive), _plainly(send))


def _with_state(request: Request) -> ASGIApp:
    """Return the application for requests from inside, which get the lifespan's state as those of a server do."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await request.app({**scope, "state": dict(request.scope["state"])}, receive, send)

    return app


def _plainly(send: Send) -> Send:
    """Return a send for statuses that are plain numbers, which the SDK's are not always; logs and metrics show them."""

    async def plain(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "status": int(message["status"])}
        await send(message)

    return plain


def _again(body: bytes, receive: Receive) -> Receive:
    """Return a receive that gives the body once more, then what the connection still says."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message
