"""Observes each request: gives it an id, logs it, counts it in the metrics.

Pure ASGI, so that streams pass unchanged. Unexpected errors are caught here too: an error without a handler becomes a
500 with the request id, and a log line with the place in the code but never with the error's message.
"""

from __future__ import annotations

import re
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.errors import problem
from api.metrics import Metrics
from core.ids import new_id
from core.log import where

SAFE_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")

log = structlog.get_logger()
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class RequestObserver:
    """Gives each request an id, logs it and counts it."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self.app(scope, receive, send_with_id)
            except Exception as error:  # the request boundary
                log.error("defect", error=type(error).__name__, at=where(error))
                if status:
                    raise  # the response has begun: the server must cut it, so that no client takes it for complete
                detail = "Something went wrong inside Vouch. The log shows where, under this request id."
                await problem(scope, 500, "internal", detail)(scope, receive, send_with_id)
            finally:
                self._record(scope, status, time.perf_counter() - began)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in METHODS else "other"  # a client may send any word
        self.metrics.request(method, route, status, seconds)
        caller = scope.get("state", {}).get("key_id")
        log.info("request", method=method, route=route, status=status, ms=round(seconds * 1000, 1), key_id=caller)


def _request_id(scope: Scope) -> str:
    given = Headers(scope=scope).get("x-request-id", "")
    return given if SAFE_ID.fullmatch(given) else new_id("req")
