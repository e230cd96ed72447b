"""How many requests a key may send: a token bucket per key, in this process's memory.

With several API processes each holds its own bucket, so the limit is per process; a shared one is a proxy's job.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from api.errors import RateLimited


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimiter:
    """Lets `per_minute` requests through per key, as a burst or spread; 0 is no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key_id: str) -> None:
        """Use one request. Raises RateLimited with the seconds until one is free."""
        if self._per_minute == 0:
            return
        rate = self._per_minute / 60
        with self._lock:
            now = self._clock()
            bucket = self._buckets.setdefault(key_id, _Bucket(self._per_minute, now))
            bucket.tokens = min(self._per_minute, bucket.tokens + (now - bucket.at) * rate)
            bucket.at = now
            if bucket.tokens < 1:
                raise RateLimited(math.ceil((1 - bucket.tokens) / rate))
            bucket.tokens -= 1
