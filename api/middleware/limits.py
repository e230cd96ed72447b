"""Security headers on every response, and limits on the size of request bodies.

Pure ASGI. A body's size is checked by its Content-Length before anything is read, and again while it is read, because
the header may be missing or wrong.
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
"""Defaults: a header that a route sets itself is not changed."""

MIB = 1 << 20
JSON_LIMIT = MIB
FORM_OVERHEAD = MIB // 4
SIGN_IN_LIMIT = 4 << 10
"""The only JSON that is read and validated for somebody without a key."""


class SecurityHeaders:
    """Adds HEADERS to every response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses bodies that are too large: uploads by `max_upload_mb`, sign-ins at 4 KiB, all others at 1 MiB."""

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
        received = 0

        async def receive_counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > limit:
                raise HTTPException(413)  # the only exception that body parsers do not catch
            return message

        await self.app(scope, receive_counted, send)

    def _limit(self, scope: Scope) -> int:
        if scope["path"] == "/v1/documents":
            return self.max_upload_mb * MIB + FORM_OVERHEAD
        return SIGN_IN_LIMIT if scope["path"] == "/v1/session" else JSON_LIMIT

    def _refusal(self, scope: Scope) -> TooLarge:
        if scope["path"] == "/v1/documents":
            return TooLarge(f"The file is larger than {self.max_upload_mb} MiB.", hint="See VOUCH_MAX_UPLOAD_MB.")
        return TooLarge(f"The body is larger than {self._limit(scope) >> 10} KiB.")
