"""Slows requests with unknown keys, for each client address, in this process's memory.

A key cannot be found by guessing: it has 256 random bits. The limit bounds the work that a stranger causes. While an
address is slowed, its unknown keys are refused without a look into the database. Keys that were valid before in this
process are looked up as always, so that a stranger cannot lock out the users behind the same address.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from api.rate_limit import RateLimiter
from api.serving.addresses import client_network, is_in, networks
from core.errors import Unauthenticated
from core.types import Caller

MOST_KNOWN = 4096
MESSAGE = "Too many requests with an unknown key came from this address."


class BadKeys:
    """Lets each client address try `per_minute` unknown keys, at once or spread over the minute; 0 means no limit.

    A trusted proxy that does not say for whom it asks is not slowed: everybody would be slowed with one stranger.
    """

    def __init__(self, per_minute: int, proxies: str = "") -> None:
        self._proxies = networks(proxies)
        self._limiter = RateLimiter(per_minute, message=MESSAGE)
        self._lock = threading.Lock()
        self._valid: OrderedDict[bytes, None] = OrderedDict()

    def caller(self, host: str | None, token: str, look_up: Callable[[str], Caller]) -> Caller:
        """Return the caller of a token. Raises Unauthenticated for an unknown one, RateLimited after too many of them.

        `look_up` finds the token in the database.
        """
        if host is None or is_in(host, self._proxies):
            return look_up(token)
        client, digest = client_network(host), hashlib.sha256(token.encode()).digest()
        if not self._was_valid(digest):
            self._limiter.require(client)
        try:
            caller = look_up(token)
        except Unauthenticated:
            self._forget(digest)
            self._limiter.take(client)
            raise
        self._remember(digest)
        return caller

    def _was_valid(self, digest: bytes) -> bool:
        with self._lock:
            return digest in self._valid

    def _remember(self, digest: bytes) -> None:
        with self._lock:
            self._valid[digest] = None
            self._valid.move_to_end(digest)
            if len(self._valid) > MOST_KNOWN:
                self._valid.popitem(last=False)

    def _forget(self, digest: bytes) -> None:
        with self._lock:
            self._valid.pop(digest, None)
