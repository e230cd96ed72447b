"""A value that takes long to load: loaded when it is first needed, and loaded again when what it is made from changes.

The one way in which Vouch loads late and swaps while running: models, the index, adapters, sandboxes. Knows nothing of
what is loaded. A failure is stored and reported; the next request after a pause tries again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

import structlog

from core.errors import Unavailable, VouchError
from core.log import where

K = TypeVar("K")
T = TypeVar("T")
RETRY_AFTER_S = 15.0
"""Seconds between two attempts to load the same thing."""
IMPORTING = threading.Lock()
"""Held by a background load: heavy libraries that import one another must not be imported from two threads."""

log = structlog.get_logger()


class Reloadable(Generic[K, T]):
    """A value for a key. When `key` returns another one, the value is loaded again and swapped. Thread-safe.

    `load` gets the key and the value that it replaces, None at first. In the foreground (`background=False`) the
    caller of `get` loads and waits. In the background a thread loads, and `get` returns the old value until then.
    """

    def __init__(
        self,
        name: str,
        load: Callable[[K, T | None], T],
        key: Callable[[], K],
        *,
        background: bool = True,
        imports: bool = True,
        swap_wait_s: float = 0.0,
        check_every_s: float = 0.0,
        retry_after_s: float = RETRY_AFTER_S,
        after_swap: Callable[[T], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`swap_wait_s` is how long the call that notices a new key waits for its value before it takes the old one.

        `imports`: a background load waits for others that import libraries. `check_every_s`: how long a key is
        believed in the foreground. `after_swap` runs in the loading thread when the value is in use.
        """
        self.name = name
        self.lock = threading.RLock()
        """Held while the value is swapped; hold it to change the value in place."""
        self._load, self._key = load, key
        self._background, self._imports, self._swap_wait_s = background, imports, swap_wait_s
        self._check_every_s, self._retry_after_s = check_every_s, retry_after_s
        self._after_swap, self._clock = after_swap, clock
        self._current: tuple[K, T] | None = None
        self._checked_at = float("-inf")
        self._failed: tuple[K, float, VouchError] | None = None
        self._loading: threading.Thread | None = None
        self._swapped = threading.Event()
        self._closed = False

    @classmethod
    def once(cls, name: str, make: Callable[[], T], **options: object) -> Reloadable[None, T]:
        """Return one whose key never changes: the value is loaded once."""
        return Reloadable(name, lambda _, __: make(), lambda: None, **options)  # type: ignore[arg-type]

    def get(self, wait_s: float | None = None) -> T:
        """Return the value. `wait_s` is how long to wait for the first background load, None without end.

        Raises Unavailable while it loads, and what `load` and `key` raise.
        """
        if not self._background:
            return self._get_here()
        began = self.start()
        current = self._current
        if current is not None:
            if began and self._swap_wait_s > 0:
                self._swapped.wait(self._swap_wait_s)
                current = self._current or current
            return current[1]
        if not self._closed and not self._swapped.wait(wait_s):
            raise Unavailable(f"The {self.name} are still being loaded.", hint="Try again in a few seconds.")
        if self._current is None:
            raise self._failed[2] if self._failed else Unavailable(f"The {self.name} are closed.")
        return self._current[1]

    def start(self) -> bool:
        """Begin to load in the background what the key says now; return whether a load began.

        Nothing begins where the value is loaded, a load is under way, or one failed less than `retry_after_s` ago.
        """
        key = self._key()
        if self._is_loaded(key):
            return False
        with self.lock:
            if self._closed or self._is_loaded(key) or self._loading is not None or self._failed_lately(key):
                return False
            if self._current is None:
                self._failed = None
            self._swapped = threading.Event()
            thread = threading.Thread(target=self._reload, args=(key,), name=f"load-{self.name}", daemon=True)
            self._loading = thread
        thread.start()
        return True

    def load_now(self) -> T:
        """Load in the caller's thread, in either mode. Raises what `load` and `key` raise."""
        with self.lock:
            key = self._key()
            value = self._load(key, self._current[1] if self._current else None)
            self._current = (key, value)
            self._swapped.set()
        return value

    def loaded(self) -> T | None:
        """Return the value if one is loaded, without a look at the key."""
        current = self._current
        return current[1] if current is not None else None

    def put(self, value: T) -> None:
        """Replace the value under the same key. Raises RuntimeError where none is loaded."""
        with self.lock:
            if self._current is None:
                raise RuntimeError(f"No {self.name} are loaded.")
            self._current = (self._current[0], value)

    @property
    def key(self) -> K | None:
        """The key of the value that is loaded; None where none is."""
        current = self._current
        return current[0] if current is not None else None

    def failure(self) -> VouchError | None:
        """Return why the last load failed, as long as nothing newer is loaded."""
        failed, current = self._failed, self._current
        if failed is None or (current is not None and current[0] == failed[0]):
            return None
        return failed[2]

    def problem(self) -> str | None:
        """Return why there is no value, or no newer one, in a sentence for people; None when all is well."""
        if (failure := self.failure()) is not None:
            return str(failure)
        return None if self._current is not None else f"The {self.name} are still being loaded."

    def close(self, wait_s: float = 0.0) -> T | None:
        """Let go of the value and return it; nothing is loaded any more. Wait for a load that is under way."""
        with self.lock:
            self._closed, thread = True, self._loading
        if thread is not None and thread is not threading.current_thread():
            thread.join(wait_s)
        with self.lock:
            current, self._current = self._current, None
        return current[1] if current is not None else None

    def _get_here(self) -> T:
        with self.lock:
            now = self._clock()
            if self._current is None or now - self._checked_at >= self._check_every_s:
                key = self._key()
                if self._current is None or key != self._current[0]:
                    self._current = (key, self._load(key, self._current[1] if self._current else None))
                self._checked_at = now
            return self._current[1]

    def _reload(self, key: K) -> None:
        value = self._loaded_value(key)
        try:
            if value is not None and self._after_swap is not None:
                self._after_swap(value)
        except Exception as error:  # a thread's boundary: the value is in use already
            log.error("after_swap_failed", what=self.name, error=type(error).__name__, at=where(error))
        finally:
            self._loading = None

    def _loaded_value(self, key: K) -> T | None:
        """Load and swap; return the new value, None where it failed or came too late."""
        began = time.monotonic()
        try:
            if self._imports:
                with IMPORTING:
                    value = self._load(key, self.loaded())
            else:
                value = self._load(key, self.loaded())
        except Exception as error:  # a thread's boundary: the caller of `get` receives the reason
            self._fail(key, error)
            return None
        with self.lock:
            if not self._closed:
                self._current, self._failed = (key, value), None
        self._swapped.set()
        log.info("loaded", what=self.name, seconds=round(time.monotonic() - began, 1))
        return value if not self._closed else None

    def _fail(self, key: K, error: Exception) -> None:
        reason = str(error) if isinstance(error, VouchError) else None
        log.error("not_loaded", what=self.name, error=type(error).__name__, reason=reason, at=where(error))
        message = f"The {self.name} could not be loaded: an unexpected {type(error).__name__}; the log has its place."
        failure = error if isinstance(error, VouchError) else Unavailable(message)
        self._failed = (key, self._clock(), failure.with_traceback(None))  # its frames would hold the old value
        self._swapped.set()

    def _is_loaded(self, key: K) -> bool:
        current = self._current
        return current is not None and current[0] == key

    def _failed_lately(self, key: K) -> bool:
        failed = self._failed
        return failed is not None and failed[0] == key and self._clock() - failed[1] < self._retry_after_s
