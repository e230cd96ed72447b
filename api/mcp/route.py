"""`POST /mcp`: MCP over HTTP for assistants. The SDK is loaded with the first message.

Only a bearer key is accepted, not the cookie of our own pages: a page that reaches this host by DNS rebinding has no
key to send. A page of another site is also refused because of its Origin.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from starlette.types import Receive, Scope, Send

from api.auth import identify
from api.deps import services_of
from core.errors import Forbidden, Unauthenticated

router = APIRouter(include_in_schema=False)  # the protocol describes itself
MessageHandler = Callable[[bytes, Scope, Receive, Send], Awaitable[None]]


def require_key(request: Request) -> None:
    """Raise Unauthenticated without a valid bearer key, Forbidden for a page of another site.

    The routes that the tools call decide what the key may do, and how often.
    """
    require_known_origin(request)
    if "authorization" not in request.headers:
        raise Unauthenticated("This needs an API key.", hint="Send it as `Authorization: Bearer vch_…`.")
    request.state.key_id = identify(request).key_id


def require_known_origin(request: Request) -> None:
    """Raise Forbidden for a page of a site that VOUCH_CORS_ORIGINS does not name; programs send no Origin."""
    origin = request.headers.get("origin")
    allowed = [each.strip() for each in services_of(request).settings.cors_origins.split(",")]
    if origin is None or origin in allowed or origin.partition("://")[2] == request.headers.get("host"):
        return
    raise Forbidden("A page of another site made this request.", hint="List the sites that may in VOUCH_CORS_ORIGINS.")


def load_handler() -> MessageHandler:
    """Return the message handler; not async, so that the SDK is loaded in a thread and not in the event loop."""
    from api.mcp.streamable import handle_message

    return handle_message


@router.post("/mcp", dependencies=[Depends(require_key)])
async def post_message(request: Request, handler: Annotated[MessageHandler, Depends(load_handler)]) -> Response:
    """Answer one message of the protocol."""
    return _SdkResponse(handler, await request.body())


class _SdkResponse(Response):
    """A response that the SDK sends."""

    def __init__(self, handler: MessageHandler, message: bytes) -> None:
        super().__init__()
        self._handler, self._message = handler, message

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._handler(self._message, scope, receive, send)
