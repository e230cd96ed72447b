"""Documents and their versions: upload, list, withdraw. The text of a document is in `core.passages`.

One live document per (collection, path); the same path again is a new version, and the old one serves
until the new one is published. Every function takes the session of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from core import jobs
from core.clock import now
from core.db import serialize_publishing
from core.errors import Invalid, NotFound
from core.ids import new_id
from core.paging import Page, checked_limit, decode, page_of
from core.tables import ChunkRow, DocumentGroupRow, DocumentRow, IndexChangeRow, VersionRow
from core.types import Caller, Json

VERSION_STATES = ("queued", "serving", "superseded", "failed", "deleted")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it arrived: its bytes are in the blob store already. None keeps what a known document has."""

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


@dataclass(frozen=True, slots=True)
class Uploaded:
    """What became of an upload; `job_id` is None when the same bytes stand already."""

    document_id: str
    version: int
    job_id: str | None
    status: str


@dataclass(frozen=True, slots=True)
class Version:
    """One state of a document's content. `report` holds counts: pages, elements, chunks, redactions by type."""

    document_id: str
    version: int
    blob: str
    filename: str
    media_type: str
    size: int
    state: str
    reason: str | None
    report: Mapping[str, Json]
    created_at: datetime
    published_at: datetime | None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as its readers may know it; `state` is that of its latest version."""

    id: str
    collection: str
    path: str
    title: str
    language: str | None
    groups: frozenset[str]
    metadata: Mapping[str, Json]
    serving_version: int | None
    latest_version: int
    state: str
    reason: str | None
    report: Mapping[str, Json]
    created_at: datetime
    updated_at: datetime
    media_type: str = ""
    size: int = 0
    filename: str = field(default="")


def visible_to(caller: Caller) -> ColumnElement[bool]:
    """Return the condition on `documents` that every read of knowledge carries: live, and in the caller's groups."""
    live = DocumentRow.deleted_at.is_(None)
    if caller.sees_all:
        return live
    groups = select(DocumentGroupRow.name).where(DocumentGroupRow.document_id == DocumentRow.id)
    shared = groups.where(DocumentGroupRow.name.in_(sorted(caller.groups)))
    return live & or_(~exists(groups.correlate(DocumentRow)), exists(shared.correlate(DocumentRow)))


def register_upload(session: Session, upload: Upload, caller: Caller) -> Uploaded:
    """Write document, version and job in the caller's transaction; send the job's hint after it commits.

    The same bytes at the same path (or, without a path, anywhere in the collection that the caller sees) make
    no version; groups, title and metadata given with them are applied. A failed version is tried again.
    """
    row = _standing(session, upload, caller)
    if row is None:
        return _first_version(session, upload)
    _apply_attributes(session, row, upload)
    latest = session.get_one(VersionRow, (row.id, row.latest_version))
    if latest.blob != upload.blob:
        row.latest_version += 1
        return _queue_version(session, row, upload)
    if latest.state == "failed":
        latest.state, latest.reason = "queued", None
        job_id = jobs.enqueue(session, "ingest", document_id=row.id, version=latest.version)
        return Uploaded(row.id, latest.version, job_id, "queued")
    return Uploaded(row.id, latest.version, None, latest.state)


def get_document(session: Session, document_id: str, caller: Caller) -> Document:
    """Return the document. Raises NotFound, also for one that the caller may not see."""
    return _documents(session, [_visible_row(session, document_id, caller)])[0]


def list_documents(
    session: Session, caller: Caller, *, collection: str | None = None, state: str | None = None,
    limit: int = 50, cursor: str | None = None,
) -> Page[Document]:
    """List newest first. Raises Invalid for an unknown state, a bad limit or cursor."""
    if state is not None and state not in VERSION_STATES:
        raise Invalid(f"state must be one of {', '.join(VERSION_STATES)}.")
    query = select(DocumentRow).where(visible_to(caller)).order_by(DocumentRow.id.desc()).limit(checked_limit(limit) + 1)
    if collection is not None:
        query = query.where(DocumentRow.collection == collection)
    if state is not None:
        query = query.join(
            VersionRow,
            (VersionRow.document_id == DocumentRow.id) & (VersionRow.version == DocumentRow.latest_version),
        ).where(VersionRow.state == state)
    if after := decode(cursor):
        query = query.where(DocumentRow.id < after)
    rows = list(session.scalars(query))
    documents = _documents(session, rows)
    return page_of(documents, [row.id for row in rows], limit)


def list_versions(session: Session, document_id: str, caller: Caller) -> list[Version]:
    """List a visible document's versions, newest first. Raises NotFound."""
    _visible_row(session, document_id, caller)
    query = select(VersionRow).where(VersionRow.document_id == document_id).order_by(VersionRow.version.desc())
    return [_version(row) for row in session.scalars(query)]


def list_collections(session: Session, caller: Caller) -> list[tuple[str, int]]:
    """Return (collection, number of visible documents), by name."""
    query = select(DocumentRow.collection, func.count()).where(visible_to(caller))
    rows = session.execute(query.group_by(DocumentRow.collection).order_by(DocumentRow.collection))
    return [(name, count) for name, count in rows]


def get_version(session: Session, document_id: str, version: int) -> Version | None:
    """Return a version for the worker that builds it; None when its document is gone."""
    row = session.get(VersionRow, (document_id, version))
    document = session.get(DocumentRow, document_id)
    return _version(row) if row and document and document.deleted_at is None else None


def describe(session: Session, document_id: str) -> Document | None:
    """Return a live document for the worker that builds it."""
    row = session.get(DocumentRow, document_id)
    return _documents(session, [row])[0] if row and row.deleted_at is None else None


def delete_document(session: Session, document_id: str, caller: Caller) -> str:
    """Withdraw the document now and queue the purge of what it left; return the purge's job id.

    From the commit on nothing reads it: `visible_to` drops it before any index has heard of it. Raises NotFound.
    """
    row = _visible_row(session, document_id, caller)
    row.deleted_at = row.updated_at = now()
    serialize_publishing(session)
    retire_chunks(session, document_id, row.serving_version)
    row.serving_version = None
    session.execute(update(VersionRow).where(VersionRow.document_id == document_id).values(state="deleted"))
    jobs.cancel_for_document(session, document_id)
    return jobs.enqueue(session, "purge", document_id=document_id)


def fail_version(session: Session, document_id: str, version: int, reason: str) -> None:
    """Record for the document's owner why this version cannot serve; an older one goes on serving."""
    row = session.get(VersionRow, (document_id, version))
    if row is not None and row.state == "queued":
        row.state, row.reason = "failed", reason


def retire_chunks(session: Session, document_id: str, version: int | None) -> None:
    """Tell the index's followers to drop a version's chunks (see `core.passages` for the other half)."""
    if version is None:
        return
    query = select(ChunkRow.id).where(ChunkRow.document_id == document_id, ChunkRow.version == version)
    session.add_all(IndexChangeRow(chunk_id=chunk, sign=-1) for chunk in session.scalars(query.order_by(ChunkRow.id)))


def _standing(session: Session, upload: Upload, caller: Caller) -> DocumentRow | None:
    here = select(DocumentRow).where(DocumentRow.collection == upload.collection, DocumentRow.deleted_at.is_(None))
    path = upload.path if upload.path is not None else upload.filename
    if row := session.scalar(here.where(DocumentRow.path == path)):
        return row if _may_replace(session, row, caller) else _refuse_path(path)
    if upload.path is not None:
        return None
    same_bytes = (VersionRow.version == DocumentRow.latest_version) & (VersionRow.blob == upload.blob)
    return session.scalar(
        here.join(VersionRow, VersionRow.document_id == DocumentRow.id)
        .where(same_bytes, visible_to(caller)).order_by(DocumentRow.id).limit(1)
    )


def _may_replace(session: Session, row: DocumentRow, caller: Caller) -> bool:
    return session.scalar(select(DocumentRow.id).where(DocumentRow.id == row.id, visible_to(caller))) is not None


def _refuse_path(path: str) -> DocumentRow:
    raise Invalid(f"The path {path!r} cannot be used in this collection.", hint="Choose another `path`.")


def _first_version(session: Session, upload: Upload) -> Uploaded:
    path = upload.path if upload.path is not None else upload.filename
    row = DocumentRow(
        id=new_id("doc"), collection=upload.collection, path=path, title=upload.title or "",
        language=upload.language, meta=dict(upload.metadata or {}), serving_version=None, latest_version=1,
        created_at=now(), updated_at=now(),
    )
    session.add(row)
    session.flush()
    session.add_all(DocumentGroupRow(document_id=row.id, name=name) for name in sorted(upload.groups or ()))
    return _queue_version(session, row, upload)


def _queue_version(session: Session, row: DocumentRow, upload: Upload) -> Uploaded:
    row.updated_at = now()
    session.add(VersionRow(
        document_id=row.id, version=row.latest_version, blob=upload.blob, filename=upload.filename,
        media_type=upload.media_type, size=upload.size, state="queued", report={}, created_at=now(),
    ))
    session.flush()
    job_id = jobs.enqueue(session, "ingest", document_id=row.id, version=row.latest_version)
    return Uploaded(row.id, row.latest_version, job_id, "queued")


def _apply_attributes(session: Session, row: DocumentRow, upload: Upload) -> None:
    if upload.title is not None:
        row.title = upload.title
    if upload.language is not None:
        row.language = upload.language
    if upload.metadata is not None:
        row.meta = dict(upload.metadata)
    if upload.groups is not None:
        session.execute(delete(DocumentGroupRow).where(DocumentGroupRow.document_id == row.id))
        session.add_all(DocumentGroupRow(document_id=row.id, name=name) for name in sorted(upload.groups))


def _visible_row(session: Session, document_id: str, caller: Caller) -> DocumentRow:
    row = session.scalar(select(DocumentRow).where(DocumentRow.id == document_id, visible_to(caller)))
    if row is None:
        raise NotFound(f"There is no document {document_id!r}.")
    return row


def _documents(session: Session, rows: Sequence[DocumentRow]) -> list[Document]:
    ids = [row.id for row in rows]
    latest = {
        version.document_id: version
        for version in session.scalars(
            select(VersionRow).join(DocumentRow, DocumentRow.id == VersionRow.document_id)
            .where(VersionRow.document_id.in_(ids), VersionRow.version == DocumentRow.latest_version)
        )
    }
    groups: dict[str, set[str]] = {document_id: set() for document_id in ids}
    for group in session.scalars(select(DocumentGroupRow).where(DocumentGroupRow.document_id.in_(ids))):
        groups[group.document_id].add(group.name)
    return [_document(row, latest[row.id], frozenset(groups[row.id])) for row in rows]


def _document(row: DocumentRow, latest: VersionRow, groups: frozenset[str]) -> Document:
    return Document(
        row.id, row.collection, row.path, row.title or latest.filename, row.language, groups, row.meta,
        row.serving_version, row.latest_version, latest.state, latest.reason, latest.report, row.created_at,
        row.updated_at, latest.media_type, latest.size, latest.filename,
    )


def _version(row: VersionRow) -> Version:
    return Version(
        row.document_id, row.version, row.blob, row.filename, row.media_type, row.size, row.state, row.reason,
        row.report, row.created_at, row.published_at,
    )
