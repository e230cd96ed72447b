"""What every response carries and what no request may exceed: security headers and the size of bodies.

Pure ASGI. Sizes are checked by the announced length before anything is read, and again while the body comes in,
because the announcement may be missing or wrong.
"""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem_of
from core.errors import TooLarge

HEADERS = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""A route that sets one of these itself keeps its own."""

MIB = 1 << 20
JSON_LIMIT = MIB
FORM_OVERHEAD = MIB // 4


class SecurityHeaders:
    """Adds what a browser must be told with every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, answer)


class BodyLimit:
    """Refuses bodies that are too large: uploads by `max_upload_mb`, all others at 1 MiB."""

    def __init__(self, app: ASGIApp, max_upload_mb: int) -> None:
        self.app = app
        self.max_upload_mb = max_upload_mb

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self._limit(scope)
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > limit:
            await problem_of(scope, self._refusal(scope))(scope, receive, send)
            return
        seen = 0

        async def counted() -> Message:
            nonlocal seen
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit:
                raise HTTPException(413)  # the one exception that body parsers let through
            return message

        await self.app(scope, counted, send)

    def _limit(self, scope: Scope) -> int:
        return self.max_upload_mb * MIB + FORM_OVERHEAD if scope["path"] == "/v1/documents" else JSON_LIMIT

    def _refusal(self, scope: Scope) -> TooLarge:
        if scope["path"] == "/v1/documents":
            return TooLarge(f"The file is larger than {self.max_upload_mb} MiB.", hint="See VOUCH_MAX_UPLOAD_MB.")
        return TooLarge("The body is larger than 1 MiB.")
