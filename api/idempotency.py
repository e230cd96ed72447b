"""Idempotency: a request that is sent twice with one `Idempotency-Key` is executed once and answered twice.

Keys and responses are stored by `core.store.access.idempotency`, but never secrets or the text of documents: a route
that returns these passes `stored`, which makes the response that is stored.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel

from api.deps import services_of
from core.store.access import idempotency
from core.store.access.idempotency import Replay
from core.types import Caller

STORED_HEADERS = ("location",)
REPLAYED = "Idempotency-Replayed"


class Once:
    """Executes a request once per idempotency key; a request without a key is executed each time."""

    def __init__(
        self,
        request: Request,
        idempotency_key: Annotated[str | None, Header(min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")] = None,
    ) -> None:
        self._request = request
        self._key = idempotency_key
        self._db = services_of(request).db

    def begin(self, caller: Caller, *content: bytes) -> Response | None:
        """Reserve the key for this content and return None, or return the stored first response. Raises Conflict."""
        if self._key is None:
            return None
        digest = hashlib.sha256(f"{self._request.method} {self._request.url.path}\n".encode())
        for part in content:
            digest.update(hashlib.sha256(part).digest())
        replay = idempotency.begin_request(self._db, caller, self._key, digest.hexdigest())
        if replay is None:
            return None
        headers = {**replay.headers, REPLAYED: "true"}
        return Response(replay.body, replay.status, headers, media_type="application/json")

    def end(self, caller: Caller, response: Response | None) -> None:
        """Store the response for repeated requests; None frees the key, because the request failed."""
        if self._key is None:
            return
        replay = None
        if response is not None:
            headers = {name: value for name, value in response.headers.items() if name in STORED_HEADERS}
            replay = Replay(response.status_code, headers, bytes(response.body))
        idempotency.end_request(self._db, caller, self._key, replay)

    def __call__(
        self,
        caller: Caller,
        content: BaseModel | bytes,
        make: Callable[[], Response],
        *,
        stored: Callable[[Response], Response] = lambda response: response,
        replayed: Callable[[Response], Response] = lambda response: response,
    ) -> Response:
        """Return the response of `make`, which is called at most once for this key and content. Raises Conflict.

        `stored` returns the response that is stored for the first one; `replayed` returns the response to a repeated
        request for the stored one.
        """
        data = content if isinstance(content, bytes) else content.model_dump_json().encode()
        if (response := self.begin(caller, data)) is not None:
            return replayed(response)
        try:
            response = make()
        except BaseException:
            self.end(caller, None)
            raise
        self.end(caller, stored(response))
        return response


OnceOnly = Annotated[Once, Depends()]
