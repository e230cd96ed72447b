"""`POST /mcp`: the door for assistants that speak MCP over HTTP. The SDK is loaded by the first message.

Only a bearer key opens it. A page that was lured to this host by a rebound name has no key to send, and the cookie of
our own pages is not looked at; a page of another site is refused by its Origin besides.
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
Answering = Callable[[bytes, Scope, Receive, Send], Awaitable[None]]


def require_key(request: Request) -> None:
    """Raise Unauthenticated without a good bearer key, Forbidden for a page of another site.

    What the key may do, and how often, is decided by the routes that the tools ask.
    """
    require_known_origin(request)
    if "authorization" not in request.headers:
        raise Unauthenticated("This needs an API key.", hint="Send it as `Authorization: Bearer vch_…`.")
    request.state.key_id = identify(request).key_id


def require_known_origin(request: Request) -> None:
    """Raise Forbidden for a page that is neither ours nor named by VOUCH_CORS_ORIGINS; programs send no Origin."""
    origin = request.headers.get("origin")
    allowed = [each.strip() for each in services_of(request).settings.cors_origins.split(",")]
    if origin is None or origin in allowed or origin.partition("://")[2] == request.headers.get("host"):
        return
    raise Forbidden("A page of another site made this request.", hint="VOUCH_CORS_ORIGINS names the sites that may.")


def loaded() -> Answering:
    """Return what answers; a plain function, so that loading the SDK takes a thread and not the event loop."""
    from api.mcp.streamable import answer

    return answer


@router.post("/mcp", dependencies=[Depends(require_key)])
async def speak(request: Request, answering: Annotated[Answering, Depends(loaded)]) -> Response:
    """Answer one message of the protocol."""
    return _Answered(answering, await request.body())


class _Answered(Response):
    """A response that the SDK writes."""

    def __init__(self, answering: Answering, body: bytes) -> None:
        super().__init__()
        self._answering, self._given = answering, body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answering(self._given, scope, receive, send)
