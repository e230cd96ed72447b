"""Pages of documents as pictures: who may see one, and the few that were drawn last.

A picture shows the original, not the redacted text. So a key that may not download originals sees a page only where
nothing in the whole version was redacted, only of the version that serves, and only a page that a passage stands on.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

from core.errors import Forbidden, NotFound
from core.store import audit, documents, reading
from core.store.database import Session
from core.store.documents import Version
from core.types import Caller

KEPT = 48
"""Pictures in memory: of about 300 KB each."""
WIDTH = 1200


class Draws(Protocol):
    """What draws a page: `ingest.sandbox.parent.Sandbox`."""

    def picture(self, data: bytes, media_type: str, page: int, width: int) -> bytes: ...

    def close(self) -> None: ...


class Pages:
    """Draws pages in a sandbox that starts with the first of them. Safe to share between threads."""

    def __init__(self, opened: Callable[[], Draws]) -> None:
        self._opened = opened
        self._draws: Draws | None = None
        self._kept: OrderedDict[tuple[str, int], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def picture(self, blob: str, read: Callable[[str], bytes], media_type: str, page: int) -> bytes:
        """Return a page of a blob as a PNG. Raises NotFound for one that is not there, and what the sandbox raises."""
        key = (blob, page)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            self._draws = self._draws or self._opened()
            draws = self._draws
        drawn = draws.picture(read(blob), media_type, page, WIDTH)
        with self._lock:
            self._kept[key] = drawn
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return drawn

    def close(self) -> None:
        """Let the sandbox go."""
        with self._lock:
            if self._draws is not None:
                self._draws.close()
            self._draws = None
            self._kept.clear()


def version_to_show(session: Session, document_id: str, caller: Caller, wanted: int | None, page: int) -> Version:
    """Return the version whose page this caller may see, noting in the audit trail that an original was looked at.

    Raises NotFound for a document, version or page that is not there for him, Forbidden where something was redacted.
    """
    document = documents.get_document(session, document_id, caller)
    number = wanted if wanted is not None else document.serving_version
    versions = documents.list_versions(session, document_id, caller)
    found = next((version for version in versions if version.version == number), None)
    if found is None:
        raise NotFound(f"The document has no version {number}.")
    if caller.may("ingest"):
        if found.report.get("redactions") != {}:
            audit.record(session, caller, "document.read_original", document_id, version=found.version, page=page)
        return found
    if found.version != document.serving_version:
        raise NotFound("The document has a newer version; pages of older ones need a key with the scope ingest.")
    if found.report.get("redactions") != {}:
        raise Forbidden(
            "This document holds personal data, which a picture of a page would show.",
            hint="Its text is shown redacted; pages need a key with the scope ingest.",
        )
    passages = reading.document_chunks(session, document_id, caller)
    if not any(page == each.page or any(box.page == page for box in each.boxes) for each in passages):
        raise NotFound(f"No passage stands on page {page}.")
    return found
