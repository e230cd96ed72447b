"""Limits the requests per key: one token bucket per key, in this process's memory.

Each API process has its own buckets, so the limit is per process; a limit for all of them is a proxy's job.
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
    """Allows each key `per_minute` requests, at once or spread over the minute; 0 means no limit."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, _Bucket] = {}

    def take(self, key_id: str) -> None:
        """Use one request of this key. Raises RateLimited with the seconds until the next one is allowed."""
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
