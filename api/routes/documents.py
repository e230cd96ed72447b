"""Documents: upload, list, read, withdraw; and the collections they are in."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response

from api.auth import Reader, Uploader
from api.deps import Served, reply
from api.idempotency import OnceOnly
from api.paging import cut
from api.reference import problems
from api.schemas.common import PageQuery, PageView, page_view
from api.schemas.documents import (
    ChunkView,
    CollectionView,
    DeletedView,
    DocumentQuery,
    DocumentView,
    ExcerptQuery,
    ExcerptView,
    UploadForm,
    UploadView,
    VersionView,
)
from core.errors import NotFound, UnsupportedMedia
from core.store import audit, documents, reading
from core.store.documents import Version
from ingest.formats.media import has_pages
from service.page_images import version_to_show
from service.upload import fingerprint, take_upload

router = APIRouter(prefix="/v1", tags=["documents"])
SANDBOXED = "default-src 'none'; sandbox"
PageNumber = Annotated[int, Path(ge=1, le=100_000, description="Counted from 1.")]


def require_form(request: Request) -> None:
    """Raise UnsupportedMedia for a body that is not a multipart form."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedMedia("An upload is a form.", hint="Send multipart/form-data with a part `file`.")


@router.post(
    "/documents",
    response_model=UploadView,
    status_code=202,
    dependencies=[Depends(require_form)],
    responses={
        200: {"model": UploadView, "description": "The same bytes stand already."},
        **problems(409, 413, 415, 507),
    },
)
def upload(
    form: Annotated[UploadForm, Form(media_type="multipart/form-data")],
    services: Served,
    caller: Uploader,
    once: OnceOnly,
) -> Response:
    """Take a file in. It is searchable when its job has succeeded; the same path again is a new version."""
    data = form.file.file.read()

    def make() -> Response:
        made = take_upload(services, caller, form, data)
        view = UploadView.model_validate(made)
        if not made.fresh:
            return reply(view, 200, f"/v1/documents/{made.document_id}")
        return reply(view, 202, f"/v1/jobs/{made.job_id}")

    return once(caller, fingerprint(form, data), make)


@router.get("/documents")
def list_documents(
    query: Annotated[DocumentQuery, Query()], services: Served, caller: Reader
) -> PageView[DocumentView]:
    """List the documents that this key may see, newest first."""
    with services.db.read() as session:
        page = documents.list_documents(
            session, caller, collection=query.collection, state=query.state, limit=query.limit, cursor=query.cursor
        )
    return page_view(page, [DocumentView.model_validate(item) for item in page.data])


@router.get("/documents/{document_id}", responses=problems(404))
def get_document(document_id: str, services: Served, caller: Reader) -> DocumentView:
    """Return a document's card."""
    with services.db.read() as session:
        return DocumentView.model_validate(documents.get_document(session, document_id, caller))


@router.delete("/documents/{document_id}", status_code=202, response_model=DeletedView, responses=problems(404))
def delete_document(document_id: str, services: Served, caller: Uploader) -> Response:
    """Withdraw a document: nothing cites it from now on, and a job erases all that it left."""
    with services.db.write() as session:
        job_id = documents.delete_document(session, document_id, caller)
        audit.record(session, caller, "document.delete", document_id, job=job_id)
    services.send([job_id], "purge")
    return reply(DeletedView(document_id=document_id, job_id=job_id), 202, f"/v1/jobs/{job_id}")


@router.get("/documents/{document_id}/versions", responses=problems(404))
def list_versions(
    document_id: str, query: Annotated[PageQuery, Query()], services: Served, caller: Reader
) -> PageView[VersionView]:
    """List a document's versions, newest first."""
    with services.db.read() as session:
        found = documents.list_versions(session, document_id, caller)
    page = cut(found, [f"{version.version:012d}" for version in found], query.limit, query.cursor)
    return page_view(page, [VersionView.model_validate(version) for version in page.data])


@router.get("/documents/{document_id}/chunks", responses=problems(404))
def list_chunks(
    document_id: str, query: Annotated[PageQuery, Query()], services: Served, caller: Reader
) -> PageView[ChunkView]:
    """List the passages of the version that serves, in reading order."""
    with services.db.read() as session:
        found = reading.document_chunks(session, document_id, caller)
    keys = [f"{passage.ordinal:012d}" for passage in found]
    page = cut(found, keys, query.limit, query.cursor, ascending=True)
    return page_view(page, [ChunkView.model_validate(passage) for passage in page.data])


@router.get("/documents/{document_id}/excerpt", responses=problems(404))
def get_excerpt(
    document_id: str, query: Annotated[ExcerptQuery, Query()], services: Served, caller: Reader
) -> ExcerptView:
    """Return one passage of the version that serves, with its neighbours, to read around a quote."""
    with services.db.read() as session:
        found = reading.document_chunks(session, document_id, caller)
    at = next(
        (
            at
            for at, each in enumerate(found)
            if query.chunk_id in (None, each.chunk_id) and query.ordinal in (None, each.ordinal)
        ),
        None,
    )
    if at is None:
        raise NotFound("The document has no such passage now.", hint="Search again: it may have a new version.")
    asked = found[at]
    return ExcerptView(
        document_id=document_id,
        version=asked.version,
        collection=asked.collection,
        title=asked.title,
        ordinal=asked.ordinal,
        of=len(found),
        passages=[ChunkView.model_validate(each) for each in found[max(0, at - query.before) : at + query.after + 1]],
    )


@router.get(
    "/documents/{document_id}/content",
    response_class=Response,
    responses={
        200: {"content": {"application/octet-stream": {}}, "description": "The bytes as they were uploaded."},
        **problems(404),
    },
)
def get_content(document_id: str, services: Served, caller: Uploader, version: int | None = None) -> Response:
    """Return the original, which is not redacted: hence the scope `ingest`, and a line in the audit trail."""
    with services.db.write() as session:
        found = _version(documents.list_versions(session, document_id, caller), version)
        audit.record(session, caller, "document.read_original", document_id, version=found.version)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(found.filename, safe='')}",
        "Content-Security-Policy": SANDBOXED,
    }
    return Response(services.blobs.get(found.blob), headers=headers, media_type=found.media_type)


@router.get(
    "/documents/{document_id}/pages/{page}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The page as a picture."}, **problems(404, 422)},
)
def get_page(
    document_id: str,
    page: PageNumber,
    services: Served,
    caller: Reader,
    version: int | None = None,
) -> Response:
    """Return a page of a PDF or a scan as a picture, on which `boxes` of its passages lie.

    It shows the original. A key without the scope `ingest` sees pages of the version that serves, where nothing in it
    was redacted; else the status is 403.
    """
    with services.db.write() as session:
        found = version_to_show(session, document_id, caller, version, page)
    if not has_pages(found.media_type):
        raise NotFound("Only PDFs and pictures have pages that can be shown.")
    drawn = services.pages.picture(found.blob, services.blobs.get, found.media_type, page)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": SANDBOXED}
    return Response(drawn, headers=headers, media_type="image/png")


@router.get("/collections")
def list_collections(
    query: Annotated[PageQuery, Query()], services: Served, caller: Reader
) -> PageView[CollectionView]:
    """List the collections in which this key may see something, by name."""
    with services.db.read() as session:
        found = documents.list_collections(session, caller)
    page = cut(found, [name for name, _ in found], query.limit, query.cursor, ascending=True)
    return page_view(page, [CollectionView(name=name, documents=count) for name, count in page.data])


def _version(versions: list[Version], wanted: int | None) -> Version:
    for version in versions:
        if wanted in (None, version.version):
            return version
    raise NotFound(f"The document has no version {wanted}.")
