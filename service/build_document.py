"""Build a document's version and purge a withdrawn one: what the tasks call, as plain functions.

Knows no queue. Everything that others can see changes in one transaction at the end, under the job's lease,
so a worker that dies anywhere before it leaves nothing half-indexed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass

from core.errors import Cancelled
from core.ports import Blobs, Embedder, Parser, Progress, Redactor
from core.settings import Settings
from core.store import audit, documents, forgetting, jobs, passages
from core.store.database import Database
from core.store.jobs import Claim
from core.store.learned.answer_cache import delete_citing
from core.types import OPERATOR
from ingest.pipeline import Prepared, prepare
from retrieval.lifecycle.vectors import embed_missing

REPORT_EVERY_S = 0.3


@dataclass(frozen=True, slots=True)
class Parts:
    """What building a version needs; made once per worker."""

    settings: Settings
    db: Database
    blobs: Blobs
    parse: Parser
    redactor: Redactor
    embedder: Embedder


def ingest(parts: Parts, claim: Claim) -> None:
    """Parse, redact, chunk, embed and publish the version that the job names, and finish the job.

    Raises DocumentRejected, LostLease, Cancelled, or whatever a dependency that is down raises.
    """
    document_id, version_number = claim.job.document_id, claim.job.version
    assert document_id is not None
    assert version_number is not None
    progress = reporter(parts.db, claim)
    with parts.db.read() as session:
        version = documents.get_version(session, document_id, version_number)
        given = documents.given_title(session, document_id)
    if version is None:
        raise Cancelled("The document was withdrawn before it was read.")
    prepared = prepare(
        parts.blobs.get(version.blob),
        media_type=version.media_type,
        filename=version.filename,
        parse=parts.parse,
        redactor=parts.redactor,
        title=given,
        progress=_part(progress, 0.0, 0.4),
    )
    texts = {passages.sha256(text): text for text in _embedded(prepared)}
    published = False
    try:
        embed_missing(parts.db, parts.embedder, texts, _part(progress, 0.4, 0.95))
        progress("publish", 0.95)
        published = _publish(parts, claim, prepared)
    finally:
        if not published:
            with parts.db.write() as session:
                forgetting.delete_late_vectors(session, document_id, parts.embedder.name, texts)


def _publish(parts: Parts, claim: Claim, prepared: Prepared) -> bool:
    """Make the version serve and finish the job, in one transaction; False where it was withdrawn or overtaken."""
    document_id, version_number = claim.job.document_id, claim.job.version
    assert document_id is not None
    assert version_number is not None
    with parts.db.write() as session:
        published = passages.publish(
            session,
            document_id,
            version_number,
            prepared.title,
            prepared.chunks,
            prepared.report,
            language=prepared.language,
            groups=claim.job.payload.get("groups"),
            model=parts.embedder.name,
        )
        jobs.finish(session, claim)
    return published


def purge(db: Database, blobs: Blobs, claim: Claim) -> None:
    """Erase what a withdrawn document left: chunks, vectors, remembered answers, bytes; finish the job."""
    assert claim.job.document_id is not None
    with db.write() as session:
        keys = forgetting.purge(session, claim.job.document_id)
        remembered = delete_citing(session, claim.job.document_id)
        audit.record(session, OPERATOR, "document.purge", claim.job.document_id, remembered=remembered)
    for key in keys:
        with db.write() as session:  # nobody registers the same bytes anew while this decides
            if not forgetting.is_needed(session, key):
                blobs.delete(key)
    with db.write() as session:
        jobs.finish(session, claim)


def reporter(db: Database, claim: Claim) -> Progress:
    """Return a Progress that renews the lease; it raises LostLease when the job is no longer ours.

    Each renewal is a write to the database, so a report that follows the last one closely is dropped.
    """
    last = -math.inf

    def progress(stage: str, share: float) -> None:
        nonlocal last
        if time.monotonic() - last >= REPORT_EVERY_S:
            jobs.renew(db, claim, stage, share)
            last = time.monotonic()

    return progress


def _embedded(prepared: Prepared) -> Iterator[str]:
    return (passages.embed_text(prepared.title, chunk) for chunk in prepared.chunks)


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda stage, share: progress(stage, start + (end - start) * share)
