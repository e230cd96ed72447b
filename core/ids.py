"""Identifiers that sort by creation time: a prefix, 48 bits of milliseconds, 80 random bits (as in ULID).

The identifiers of one process sort in the order in which they were made, also within a millisecond.
"""

from __future__ import annotations

import secrets
import threading
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_STEP_BITS = 64
_lock = threading.Lock()
_last = 0


def new_id(prefix: str) -> str:
    """Return a new identifier such as `doc_01jd…`: the prefix and 26 digits in Crockford's base 32."""
    number = _next()
    digits = []
    for _ in range(26):
        number, digit = divmod(number, 32)
        digits.append(_ALPHABET[digit])
    return f"{prefix}_{''.join(reversed(digits))}"


def _next() -> int:
    """Return a number above the last one, of this millisecond if the clock has moved on."""
    global _last
    fresh = (time.time_ns() // 1_000_000 << 80) | secrets.randbits(80)
    with _lock:
        same = fresh >> 80 <= _last >> 80
        _last = _last + 1 + secrets.randbits(_STEP_BITS) if same else fresh
        return _last
