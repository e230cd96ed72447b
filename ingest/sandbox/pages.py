"""Pages of files as pictures: rendered in a sandbox that starts with the first of them; the latest are cached.

Knows no document: who may see a page is decided in `service.originals`.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from core.reloadable import Reloadable

CACHED = 48
"""Pictures in memory: of about 300 KB each."""
WIDTH = 1200


class PageRenderer(Protocol):
    """What renders a page: `ingest.sandbox.parent.Sandbox`."""

    def picture(self, data: bytes, media_type: str, page: int, width: int) -> bytes: ...

    def close(self) -> None: ...


class Pages:
    """Renders pages in a sandbox that starts with the first of them, and caches the latest. Thread-safe."""

    def __init__(self, open_renderer: Callable[[], PageRenderer]) -> None:
        self._renderer = Reloadable.once("page renderer", open_renderer, background=False)
        self._cached: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def picture(self, blob: str, read: Callable[[str], bytes], media_type: str, page: int) -> bytes:
        """Return a page of a blob as a PNG. Raises NotFound for one that is not there, and what the sandbox raises."""
        key = (blob, page)
        with self._lock:
            if key in self._cached:
                self._cached.move_to_end(key)
                return self._cached[key]
        picture = self._renderer.get().picture(read(blob), media_type, page, WIDTH)
        with self._lock:
            self._cached[key] = picture
            while len(self._cached) > CACHED:
                self._cached.popitem(last=False)
        return picture

    def close(self) -> None:
        """Close the sandbox."""
        if (renderer := self._renderer.close()) is not None:
            renderer.close()
        with self._lock:
            self._cached.clear()
