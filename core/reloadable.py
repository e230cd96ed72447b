"""Something that takes seconds to open, opened in a thread, so that the service answers meanwhile.

Whoever needs it waits for a while and is then told to come back. A failure is kept and told, and the next who asks
after a pause starts another attempt: a model that was pulled meanwhile is found without a restart.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from core.errors import Unavailable, VouchError
from core.loading import ONE_AT_A_TIME
from core.log import where

T = TypeVar("T")
PAUSE_S = 15.0

log = structlog.get_logger()


class Opening(Generic[T]):
    """Holds the thing once it is open."""

    def __init__(self, what: str, make: Callable[[], T], *, pause_s: float = PAUSE_S) -> None:
        self._what, self._make, self._pause_s = what, make, pause_s
        self._lock = threading.Lock()
        self._done = threading.Event()
        self._started = False
        self._value: T | None = None
        self._error: VouchError | None = None
        self._failed_at = 0.0

    def start(self) -> None:
        """Begin to open, unless that is under way, done, or failed a moment ago."""
        with self._lock:
            failed = self._error is not None and time.monotonic() - self._failed_at >= self._pause_s
            if self._started and not failed:
                return
            self._started, self._error = True, None
            self._done.clear()
            threading.Thread(target=self._open, name=f"open-{self._what}", daemon=True).start()

    def get(self, wait_s: float) -> T:
        """Return the thing. Raises Unavailable while it opens, or what went wrong when it did."""
        self.start()
        if not self._done.wait(wait_s):
            raise Unavailable(f"The {self._what} are still being loaded.", hint="Try again in a few seconds.")
        if self._error is not None:
            raise self._error
        assert self._value is not None
        return self._value

    def opened(self) -> T | None:
        """Return the thing if it is open now."""
        return self._value

    def trouble(self) -> str | None:
        """Return why it cannot be used now; None when it can."""
        if self._value is not None:
            return None
        return str(self._error) if self._error is not None else f"The {self._what} are still being loaded."

    def _open(self) -> None:
        began = time.monotonic()
        try:
            with ONE_AT_A_TIME:
                self._value = self._make()
            log.info("opened", what=self._what, seconds=round(time.monotonic() - began, 1))
        except Exception as error:  # a thread's boundary: whoever asks for the thing gets the reason
            log.error("not_opened", what=self._what, error=type(error).__name__, reason=_told(error), at=where(error))
            told = f"The {self._what} could not be loaded: an unexpected {type(error).__name__}; the log has its place."
            self._failed_at = time.monotonic()
            self._error = error if isinstance(error, VouchError) else Unavailable(told)
        finally:
            self._done.set()


def _told(error: Exception) -> str | None:
    return str(error) if isinstance(error, VouchError) else None
