"""Limits how often something happens: one token bucket for each name, in this process's memory.

Each API process has its own buckets, so the limit is per process; a limit for all of them is a proxy's job.
"""

from __future__ import annotations

import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from api.errors import RateLimited

MOST_BUCKETS = 10_000
"""Buckets that are kept, the last used ones: a stranger can come from as many addresses as they like."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """Allows each name `per_minute` times, at once or spread over the minute; 0 means no limit.

    `message` tells a client what there is too much of; by default, requests with this key.
    """

    def __init__(
        self, per_minute: int, clock: Callable[[], float] = time.monotonic, message: str | None = None
    ) -> None:
        self._per_minute = per_minute
        self._rate = per_minute / 60
        self._clock = clock
        self._message = message
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str) -> None:
        """Use one token of this name. Raises RateLimited with the seconds until there is the next one."""
        if self._per_minute:
            with self._lock:
                self._filled(name).tokens -= 1

    def require(self, name: str) -> None:
        """Raise RateLimited, as `take` does, but use no token."""
        if self._per_minute:
            with self._lock:
                self._filled(name)

    def _filled(self, name: str) -> _Bucket:
        now = self._clock()
        bucket = self._buckets.setdefault(name, _Bucket(self._per_minute, now))
        self._buckets.move_to_end(name)
        if len(self._buckets) > MOST_BUCKETS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(self._per_minute, bucket.tokens + (now - bucket.at) * self._rate)
        bucket.at = now
        if bucket.tokens < 1:
            raise RateLimited(math.ceil((1 - bucket.tokens) / self._rate), self._message)
        return bucket
