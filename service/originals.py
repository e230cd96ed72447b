"""Originals as they were uploaded: their bytes, their pages as images, and who may see them.

An original is not redacted. A key that may not download it sees a page only if nothing in the whole version was
redacted, only of the version that serves, and only a page that has a passage.
"""

from __future__ import annotations

from functools import partial

from core.disk import scrub
from core.errors import Forbidden, NotFound
from core.store import documents, reading
from core.store.access import audit
from core.store.database import Session
from core.store.documents import Version
from core.types import Caller
from ingest.formats.media import has_pages
from service.compose import Services


def read_original(
    services: Services, caller: Caller, document_id: str, version: int | None = None
) -> tuple[Version, bytes]:
    """Return a version (default: the newest) with its bytes; the audit trail records the caller.

    Raises NotFound, BlobDamaged, Unavailable.
    """
    with services.db.write() as session:
        versions = documents.list_versions(session, document_id, caller)
        found = _with_number(versions, version if version is not None else versions[0].version)
        audit.record(session, caller, "document.read_original", document_id, version=found.version)
    return found, scrub.read(services.db, services.blobs, found.blob)


def page_image(services: Services, caller: Caller, document_id: str, version: int | None, page: int) -> bytes:
    """Return a page as a PNG. Raises NotFound, Forbidden if something was redacted, and what the sandbox raises."""
    with services.db.write() as session:
        found = _visible_version(session, document_id, caller, version, page)
    if not has_pages(found.media_type):
        raise NotFound("Only PDFs and images have pages that can be shown.")
    read = partial(scrub.read, services.db, services.blobs)
    return services.pages.picture(found.blob, read, found.media_type, page)


def _visible_version(session: Session, document_id: str, caller: Caller, wanted: int | None, page: int) -> Version:
    """Return the version whose page this caller may see; record the access if something in it was redacted.

    Raises NotFound for a document, version or page that they may not see, Forbidden if something was redacted.
    """
    document = documents.get_document(session, document_id, caller)
    number = wanted if wanted is not None else document.serving_version
    found = _with_number(documents.list_versions(session, document_id, caller), number)
    if caller.may("ingest"):
        if found.report.get("redactions") != {}:
            audit.record(session, caller, "document.read_original", document_id, version=found.version, page=page)
        return found
    if found.version != document.serving_version:
        raise NotFound("The document has a newer version; pages of older ones need a key with the scope ingest.")
    if found.report.get("redactions") != {}:
        raise Forbidden(
            "This document contains personal data, which the image of a page would show.",
            hint="Its text is shown redacted; pages need a key with the scope ingest.",
        )
    passages = reading.document_chunks(session, document_id, caller)
    if not any(page == each.page or any(box.page == page for box in each.boxes) for each in passages):
        raise NotFound(f"There is no passage on page {page}.")
    return found


def _with_number(versions: list[Version], number: int | None) -> Version:
    for version in versions:
        if version.version == number:
            return version
    raise NotFound(f"The document has no version {number}.")
