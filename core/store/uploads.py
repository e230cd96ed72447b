"""Register an upload: decide whether it is a new document, a new version, or unchanged.

The bytes must be in the blob store before. The rows commit together with the job that will build the version. Reading
documents is in `core.store.documents`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.ids import new_id
from core.store import jobs
from core.store.documents import set_groups, visible_to
from core.store.given import ATTRIBUTES, Given, give
from core.store.tables import DocumentGroupRow, DocumentRow, VersionRow
from core.types import Caller, Json


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded file whose bytes are in the blob store. None leaves an attribute of a known document unchanged."""

    collection: str
    filename: str
    media_type: str
    size: int
    blob: str
    path: str | None = None
    title: str | None = None
    language: str | None = None
    groups: frozenset[str] | None = None
    metadata: Mapping[str, Json] | None = None
    former_path: str | None = None
    """The path that an earlier release gave to the same file: a document there with these bytes moves to `path`."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """The result of an upload; `job_id` is None if there is nothing to build."""

    document_id: str
    version: int
    job_id: str | None
    status: str
    fresh: bool = True
    """False if the document has these bytes already; `job_id` is then the job that still builds them, if any."""
    repaired: tuple[str, ...] = ()
    """Jobs of other documents that failed because these bytes were damaged, and are queued again."""


def register_upload(session: Session, upload: Upload, caller: Caller) -> Uploaded:
    """Store document, version and job in the caller's transaction; send the job's hint after the commit.

    Without a path, the document is found by its filename or by the same bytes in the caller's share of the collection.
    The same bytes make no new version; groups, title, language and metadata given with them are applied. A failed
    version is tried again. A document that the caller may not see changes nothing here, not even the path that it has:
    the caller's file becomes a document of its own with the same path.
    """
    free = _free_number(session, upload)  # first: a document that is made meanwhile is then found, or has this number
    row = _existing(session, upload, caller, free)
    if row is None:
        return _first_version(session, upload, free)
    latest = session.get_one(VersionRow, (row.id, row.latest_version))
    if latest.blob != upload.blob:
        row.latest_version += 1
        return _queue_version(session, row, upload, _apply_attributes(session, row, upload, latest), latest.given)
    latest.groups = sorted(_apply_attributes(session, row, upload, latest))
    give(row, latest, _given(upload))
    reading = jobs.unfinished(session, row.id, latest.version)
    if latest.state == "failed" or (latest.state == "queued" and reading is None):
        latest.state, latest.reason = "queued", None
        job_id = jobs.enqueue(session, "ingest", document_id=row.id, version=latest.version)
        return Uploaded(row.id, latest.version, job_id, "queued")
    return Uploaded(row.id, latest.version, reading, latest.state, fresh=False)


def _existing(session: Session, upload: Upload, caller: Caller, free: int) -> DocumentRow | None:
    here = select(DocumentRow).where(DocumentRow.collection == upload.collection, DocumentRow.deleted_at.is_(None))
    if row := _at_path(session, upload, caller):
        return row
    if upload.path is not None:
        return _moved(session, upload, caller, free)
    same_bytes = (VersionRow.version == DocumentRow.latest_version) & (VersionRow.blob == upload.blob)
    return session.scalar(
        here.join(VersionRow, VersionRow.document_id == DocumentRow.id)
        .where(same_bytes, visible_to(caller))
        .order_by(DocumentRow.id)
        .limit(1)
    )


def _moved(session: Session, upload: Upload, caller: Caller, free: int) -> DocumentRow | None:
    """Return the document with these bytes at the former path, moved to the new one; None if there is none."""
    if upload.former_path in (None, upload.path):
        return None
    row = _at_path(session, replace(upload, path=upload.former_path), caller)
    if row is None or session.get_one(VersionRow, (row.id, row.latest_version)).blob != upload.blob:
        return None
    assert upload.path is not None
    row.path, row.path_number = upload.path, free
    return row


def _free_number(session: Session, upload: Upload) -> int:
    """Return a number for the path that no live document has there: others may have it, unseen by the caller."""
    hidden = session.scalar(select(func.max(DocumentRow.path_number)).where(*_same_path(upload)))
    return 0 if hidden is None else hidden + 1


def _at_path(session: Session, upload: Upload, caller: Caller) -> DocumentRow | None:
    """Return the document at the path that the caller may see: the one with these groups, else the oldest."""
    query = select(DocumentRow).where(*_same_path(upload), visible_to(caller)).order_by(DocumentRow.path_number)
    rows = session.scalars(query).all()
    if len(rows) > 1 and upload.groups is not None:
        groups = select(DocumentGroupRow.name)
        for row in rows:
            if set(session.scalars(groups.where(DocumentGroupRow.document_id == row.id))) == upload.groups:
                return row
    return rows[0] if rows else None


def _same_path(upload: Upload) -> tuple[ColumnElement[bool], ...]:
    path = upload.path if upload.path is not None else upload.filename
    return DocumentRow.collection == upload.collection, DocumentRow.path == path, DocumentRow.deleted_at.is_(None)


def _first_version(session: Session, upload: Upload, free: int) -> Uploaded:
    row = DocumentRow(
        id=new_id("doc"),
        collection=upload.collection,
        path=upload.path if upload.path is not None else upload.filename,
        path_number=free,
        title=upload.title or "",
        language=upload.language,
        meta=dict(upload.metadata or {}),
        serving_version=None,
        latest_version=1,
        created_at=now(),
        updated_at=now(),
    )
    session.add(row)
    session.flush()
    session.add_all(DocumentGroupRow(document_id=row.id, name=name) for name in sorted(upload.groups or ()))
    return _queue_version(session, row, upload, upload.groups or (), dict.fromkeys(ATTRIBUTES))


def _queue_version(session: Session, row: DocumentRow, upload: Upload, groups: Iterable[str], given: Given) -> Uploaded:
    row.updated_at = now()
    version = VersionRow(
        document_id=row.id,
        version=row.latest_version,
        blob=upload.blob,
        filename=upload.filename,
        media_type=upload.media_type,
        size=upload.size,
        state="queued",
        report={},
        created_at=now(),
        groups=sorted(groups),
        given=dict(given),
    )
    give(row, version, _given(upload))
    session.add(version)
    session.flush()
    job_id = jobs.enqueue(session, "ingest", document_id=row.id, version=row.latest_version)
    return Uploaded(row.id, row.latest_version, job_id, "queued")


def _given(upload: Upload) -> Given:
    return {"title": upload.title, "language": upload.language}


def _apply_attributes(session: Session, row: DocumentRow, upload: Upload, latest: VersionRow) -> frozenset[str]:
    """Set the given metadata and groups of the document; return the groups of the version with these bytes.

    While an older version serves, groups take effect at once only if they narrow who may read: text that was written
    for few must not be read by many before the new version replaces it. Publishing the version sets them.
    """
    given = (upload.title, upload.language, upload.metadata, upload.groups)
    if any(each is not None for each in given):
        row.updated_at = now()
    if upload.metadata is not None:
        row.meta = dict(upload.metadata)
    had = frozenset(session.scalars(select(DocumentGroupRow.name).where(DocumentGroupRow.document_id == row.id)))
    if upload.groups is None:
        return frozenset(latest.groups) if latest.groups is not None else had
    old_serves = row.serving_version is not None and row.serving_version != row.latest_version
    narrows = bool(upload.groups) and (not had or upload.groups <= had)
    if not old_serves or narrows:
        set_groups(session, row.id, upload.groups)
    return upload.groups
