"""Documents and versions: find, list, delete. Uploads are in `core.store.uploads`, text in `core.store.passages`.

There is one live document per (collection, path). Another upload with this path is a new version; the old one serves
until the new one is published. Every function takes the session of the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Invalid, NotFound
from core.paging import Page, checked_limit, decode, page_of
from core.store import jobs
from core.store.database import serialize_publishing
from core.store.tables import ChunkRow, DocumentGroupRow, DocumentRow, IndexChangeRow, VersionRow
from core.types import OPERATOR, Caller, Json

VERSION_STATES = ("queued", "serving", "superseded", "failed", "deleted")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a document's content. `report` holds counts: pages, elements, chunks, redactions by type."""

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
    """A document as its readers see it. `state`, `reason` and `report` are of the newest version that they may see."""

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
    """Return the condition that every read of documents must have: live, and visible to the caller's groups."""
    live = DocumentRow.deleted_at.is_(None)
    if caller.sees_all:
        return live
    groups = select(DocumentGroupRow.name).where(DocumentGroupRow.document_id == DocumentRow.id)
    shared = groups.where(DocumentGroupRow.name.in_(sorted(caller.groups)))
    return live & or_(~exists(groups.correlate(DocumentRow)), exists(shared.correlate(DocumentRow)))


def get_document(session: Session, document_id: str, caller: Caller) -> Document:
    """Return the document. Raises NotFound, also for one that the caller may not see."""
    found = _documents(session, [_visible_row(session, document_id, caller)], caller)
    if not found:
        raise NotFound(f"There is no document {document_id!r}.")
    return found[0]


def list_documents(
    session: Session,
    caller: Caller,
    *,
    collection: str | None = None,
    state: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Document]:
    """Return a page of visible documents, newest first. Raises Invalid for an unknown state, a bad limit or cursor."""
    if state is not None and state not in VERSION_STATES:
        raise Invalid(f"state must be one of {', '.join(VERSION_STATES)}.")
    query = (
        select(DocumentRow).where(visible_to(caller)).order_by(DocumentRow.id.desc()).limit(checked_limit(limit) + 1)
    )
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
    page = page_of(rows, [row.id for row in rows], limit)
    return Page(tuple(_documents(session, page.data, caller)), page.next_cursor)


def being_read(session: Session, caller: Caller, collections: Collection[str] = ()) -> int:
    """Return how many documents that the caller may see have a version that is not read yet, in these collections."""
    pending = select(DocumentRow.id, VersionRow.groups).join(VersionRow, VersionRow.document_id == DocumentRow.id)
    query = pending.where(visible_to(caller), VersionRow.state == "queued")
    if collections:
        query = query.where(DocumentRow.collection.in_(sorted(collections)))
    return len({row.id for row in session.execute(query) if _opens_to(row.groups, caller)})


def visible_among(session: Session, document_ids: Collection[str], caller: Caller) -> frozenset[str]:
    """Return the documents of `document_ids` that the caller may see now."""
    query = select(DocumentRow.id).where(DocumentRow.id.in_(sorted(document_ids)), visible_to(caller))
    return frozenset(session.scalars(query))


def visible_versions(
    session: Session, versions: Collection[tuple[str, int]], caller: Caller
) -> frozenset[tuple[str, int]]:
    """Return those of `versions`, as (document, version), that the caller may see now.

    A version is visible if its document is, and if its own groups let the caller see it: a document that is opened to
    more people does not open what earlier versions said to few.
    """
    seen = visible_among(session, {document_id for document_id, _ in versions}, caller)
    query = select(VersionRow.document_id, VersionRow.version, VersionRow.groups)
    rows = session.execute(query.where(VersionRow.document_id.in_(sorted(seen)))) if seen else ()
    visible = {(row.document_id, row.version) for row in rows if _opens_to(row.groups, caller)}
    return frozenset(versions) & visible


def reports(session: Session, versions: Collection[tuple[str, int]]) -> dict[tuple[str, int], Mapping[str, Json]]:
    """Return the reports of versions that the caller was found to see."""
    ids = {document_id for document_id, _ in versions}
    query = select(VersionRow.document_id, VersionRow.version, VersionRow.report)
    rows = session.execute(query.where(VersionRow.document_id.in_(sorted(ids)))) if ids else ()
    return {key: row.report for row in rows if (key := (row.document_id, row.version)) in versions}


def list_versions(session: Session, document_id: str, caller: Caller) -> list[Version]:
    """Return the versions of a visible document that the caller may see, newest first. Raises NotFound."""
    _visible_row(session, document_id, caller)
    query = select(VersionRow).where(VersionRow.document_id == document_id).order_by(VersionRow.version.desc())
    return [_version(row) for row in session.scalars(query) if _opens_to(row.groups, caller)]


def is_path_used(session: Session, collection: str, path: str, caller: Caller) -> bool:
    """Return whether the caller may see a document at this path."""
    here = (DocumentRow.collection == collection) & (DocumentRow.path == path)
    return session.scalar(select(DocumentRow.id).where(here, visible_to(caller)).limit(1)) is not None


def list_collections(session: Session, caller: Caller) -> list[tuple[str, int]]:
    """Return each collection with its number of visible documents, by name."""
    query = select(DocumentRow.collection, func.count()).where(visible_to(caller))
    rows = session.execute(query.group_by(DocumentRow.collection).order_by(DocumentRow.collection))
    return [(name, count) for name, count in rows]


def sees_collection(session: Session, name: str, caller: Caller) -> bool:
    """Return whether the caller may see a document of this collection."""
    query = select(DocumentRow.id).where(DocumentRow.collection == name, visible_to(caller)).limit(1)
    return session.scalar(query) is not None


def get_version(session: Session, document_id: str, version: int) -> Version | None:
    """Return a version for the worker that builds it; None if its document was deleted."""
    row = session.get(VersionRow, (document_id, version))
    document = session.get(DocumentRow, document_id)
    return _version(row) if row and document and document.deleted_at is None else None


def delete_document(session: Session, document_id: str, caller: Caller) -> str:
    """Mark the document as deleted and queue the purge of its text; return the purge's job id. Raises NotFound.

    From the commit on nobody can read it: `visible_to` excludes it, even while an index still contains it.
    """
    serialize_publishing(session)  # before any row is locked: publishing takes its locks in this order
    row = _visible_row(session, document_id, caller)
    session.refresh(row, with_for_update=True)
    row.deleted_at = row.updated_at = now()
    retire_chunks(session, document_id, row.serving_version)
    row.serving_version = None
    session.execute(update(VersionRow).where(VersionRow.document_id == document_id).values(state="deleted"))
    jobs.cancel_for_document(session, document_id)
    return jobs.enqueue(session, "purge", document_id=document_id)


def erase_document(session: Session, document_id: str) -> str:
    """Queue the purge of a document, deleting it first if it is live; return the purge's job id. Raises NotFound."""
    row = session.get(DocumentRow, document_id)
    if row is None:
        raise NotFound(f"There is no document {document_id!r}.")
    if row.deleted_at is None:
        return delete_document(session, document_id, OPERATOR)
    return jobs.enqueue(session, "purge", document_id=document_id)


def fail_version(session: Session, document_id: str, version: int, reason: str) -> None:
    """Store why this version cannot serve, if it is still queued. An older version keeps serving."""
    row = session.get(VersionRow, (document_id, version))
    if row is not None and row.state == "queued":
        row.state, row.reason = "failed", reason


def set_groups(session: Session, document_id: str, groups: Iterable[str]) -> None:
    """Let exactly these groups see the document; without groups everyone sees it."""
    session.execute(delete(DocumentGroupRow).where(DocumentGroupRow.document_id == document_id))
    session.add_all(DocumentGroupRow(document_id=document_id, name=name) for name in sorted(set(groups)))


def retire_chunks(session: Session, document_id: str, version: int | None) -> None:
    """Write to the index's journal that a version's chunks are removed. `core.store.passages` writes the additions."""
    if version is None:
        return
    query = select(ChunkRow.id).where(ChunkRow.document_id == document_id, ChunkRow.version == version)
    session.add_all(IndexChangeRow(chunk_id=chunk, sign=-1) for chunk in session.scalars(query.order_by(ChunkRow.id)))


def _opens_to(groups: Collection[str] | None, caller: Caller) -> bool:
    """Return whether a version with these groups may be seen; None, from before they were stored, by administrators."""
    return caller.sees_all or (groups is not None and (not groups or not caller.groups.isdisjoint(groups)))


def _visible_row(session: Session, document_id: str, caller: Caller) -> DocumentRow:
    row = session.scalar(select(DocumentRow).where(DocumentRow.id == document_id, visible_to(caller)))
    if row is None:
        raise NotFound(f"There is no document {document_id!r}.")
    return row


def _documents(session: Session, rows: Sequence[DocumentRow], caller: Caller) -> list[Document]:
    """Return documents with the state and report of the newest version that the caller may see."""
    ids = [row.id for row in rows]
    newest: dict[str, VersionRow] = {}
    query = select(VersionRow).where(VersionRow.document_id.in_(ids)).order_by(VersionRow.version)
    for version in session.scalars(query):
        if _opens_to(version.groups, caller):
            newest[version.document_id] = version
    groups: dict[str, set[str]] = {document_id: set() for document_id in ids}
    for group in session.scalars(select(DocumentGroupRow).where(DocumentGroupRow.document_id.in_(ids))):
        groups[group.document_id].add(group.name)
    return [_document(row, newest[row.id], frozenset(groups[row.id])) for row in rows if row.id in newest]


def _document(row: DocumentRow, latest: VersionRow, groups: frozenset[str]) -> Document:
    return Document(
        row.id,
        row.collection,
        row.path,
        row.title or latest.filename,
        row.language,
        groups,
        row.meta,
        row.serving_version,
        row.latest_version,
        latest.state,
        latest.reason,
        latest.report,
        row.created_at,
        row.updated_at,
        latest.media_type,
        latest.size,
        latest.filename,
    )


def _version(row: VersionRow) -> Version:
    return Version(
        row.document_id,
        row.version,
        row.blob,
        row.filename,
        row.media_type,
        row.size,
        row.state,
        row.reason,
        row.report,
        row.created_at,
        row.published_at,
    )
