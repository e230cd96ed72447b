"""Build a document's version: parse, redact, chunk, embed, publish.

Knows no queue. Everything that others can see changes in one transaction at the end, under the job's lease. A worker
that dies before it leaves nothing half-indexed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from core.disk import scrub
from core.errors import Cancelled, VouchError
from core.ports import Blobs, Embedder, Parser, Progress, Redactor
from core.settings import Settings
from core.store import documents, forgetting, jobs, passages
from core.store.database import Database
from core.store.given import Attributes, Given, attributes
from core.store.jobs import Claim
from ingest.pipeline import Prepared, prepare
from retrieval.lifecycle.vectors import embed_missing
from service.run_job import report_to


@dataclass(frozen=True, slots=True)
class BuildContext:
    """What `build_version` needs; made once per worker."""

    settings: Settings
    db: Database
    blobs: Blobs
    parse: Parser
    redactor: Redactor
    embedder: Embedder


def build_version(context: BuildContext, claim: Claim) -> None:
    """Parse, redact, chunk, embed and publish the version that the job names, and finish the job.

    Raises DocumentRejected, BlobDamaged, LostLease, Cancelled, and what a dependency that is down raises.
    """
    document_id, version_number = claim.job.document_id, claim.job.version
    assert document_id is not None
    assert version_number is not None
    progress = report_to(context.db, claim)
    with context.db.read() as session:
        version = documents.get_version(session, document_id, version_number)
        whose = attributes(session, document_id, version_number)
    if version is None:
        raise Cancelled("The document was withdrawn before it was read.")
    prepared = _read(context, version, whose.given.get("title"), _part(progress, 0.0, 0.4))
    given = whose.settled(_content_of(context, whose, version, prepared))
    prepared = replace(prepared, title=given["title"] or prepared.title)
    texts = {passages.sha256(text): text for text in _embedded(prepared)}
    published = False
    try:
        embed_missing(context.db, context.embedder, texts, _part(progress, 0.4, 0.95))
        progress("publish", 0.95)
        published = _publish(context, claim, prepared, given)
    finally:
        if not published:
            with context.db.write() as session:
                forgetting.delete_late_vectors(session, document_id, context.embedder.name, texts)


def _read(context: BuildContext, version: documents.Version, title: str | None, progress: Progress) -> Prepared:
    return prepare(
        scrub.read(context.db, context.blobs, version.blob),
        media_type=version.media_type,
        filename=version.filename,
        parse=context.parse,
        redactor=context.redactor,
        title=title,
        progress=progress,
    )


def _content_of(context: BuildContext, whose: Attributes, version: documents.Version, prepared: Prepared) -> Given:
    """Return title and language of the content that a document's unsettled ones may be from.

    An older version is read again for it; where that fails, they are taken for the uploader's.
    """
    if not whose.unsettled or whose.read_from is None:
        return {}
    if whose.read_from != version.version:
        with context.db.read() as session:
            older = documents.get_version(session, version.document_id, whose.read_from)
        try:
            if older is None:
                return {}
            prepared = _read(context, older, None, lambda *_: None)
        except VouchError:
            return {}
    return {"title": prepared.title, "language": prepared.language}


def _publish(context: BuildContext, claim: Claim, prepared: Prepared, given: Given) -> bool:
    """Publish the version and finish the job in one transaction; return False if it was withdrawn or is outdated."""
    document_id, version_number = claim.job.document_id, claim.job.version
    assert document_id is not None
    assert version_number is not None
    with context.db.write() as session:
        published = passages.publish(
            session,
            document_id,
            version_number,
            prepared.title,
            prepared.chunks,
            prepared.report,
            text=prepared.text,
            language=prepared.language,
            model=context.embedder.name,
            given=given,
        )
        jobs.finish(session, claim)
    return published


def _embedded(prepared: Prepared) -> Iterator[str]:
    return (passages.embed_text(prepared.title, chunk) for chunk in prepared.chunks)


def _part(progress: Progress, start: float, end: float) -> Progress:
    return lambda stage, share: progress(stage, start + (end - start) * share)
