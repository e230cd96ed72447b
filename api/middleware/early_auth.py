"""Checks the key of an upload before its body is read: a caller that may not upload must not fill the disk.

A form is parsed before a route's dependencies run, so the check must be here. `api.auth` checks the key again, and
counts the request for the rate limit.
"""

from __future__ import annotations

from anyio import to_thread
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.auth import identify
from api.errors import problem_of
from core.errors import Forbidden, VouchError


class KeyBeforeUpload:
    """Refuses an upload without a key that may ingest; the price is that the key is looked up twice."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "POST" and scope["path"] == "/v1/documents":
            try:
                await to_thread.run_sync(_require_uploader, Request(scope))
            except VouchError as error:
                await problem_of(scope, error)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _require_uploader(request: Request) -> None:
    if not identify(request).may("ingest"):
        raise Forbidden("This needs a key with the scope ingest.")
