"""Routes for documents: upload, list, read, delete; and their collections."""

from __future__ import annotations

import hashlib
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Path, Query, Request, Response

from api.auth import Reader, Uploader, require
from api.deps import ServicesDep, reply
from api.idempotency import OnceOnly
from api.paging import cut
from api.reference import problems
from api.schemas.blocks import block_views
from api.schemas.common import PageQuery, PageView, page_view
from api.schemas.documents import (
    ChunkView,
    CollectionView,
    ContentView,
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
from core.store import documents, reading
from core.types import Caller
from ingest.formats.media import BY_TYPE
from service.content.html import STYLE_HASH
from service.content.read import Format, read_text, written
from service.forget import withdraw
from service.originals import page_image, read_original
from service.upload import File
from service.upload import upload as store_upload

router = APIRouter(prefix="/v1", tags=["documents"])
SANDBOXED = "default-src 'none'; sandbox"
STYLED = f"default-src 'none'; style-src '{STYLE_HASH}'; sandbox"
ContentFormat = Annotated[Format | None, Query(alias="format", description="Without it: the original file.")]
PageNumber = Annotated[int, Path(ge=1, le=100_000, description="Counted from 1.")]


def require_form(request: Request) -> None:
    """Raise UnsupportedMedia for a body that is not a multipart form."""
    if not request.headers.get("content-type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedMedia("An upload must be a form.", hint="Send multipart/form-data with a part `file`.")


@router.post(
    "/documents",
    response_model=UploadView,
    status_code=202,
    dependencies=[Depends(require_form)],
    responses={
        200: {"model": UploadView, "description": "The document already has these bytes."},
        **problems(409, 413, 415, 507),
    },
)
def upload(
    form: Annotated[UploadForm, Form(media_type="multipart/form-data")],
    services: ServicesDep,
    caller: Uploader,
    once: OnceOnly,
) -> Response:
    """Upload a file. It can be searched when its job has succeeded; an upload to the same path is a new version."""
    data = form.file.file.read()

    def make() -> Response:
        made = store_upload(services, caller, _file(form, data))
        view = UploadView.model_validate(made)
        if not made.fresh:
            return reply(view, 200, f"/v1/documents/{made.document_id}")
        return reply(view, 202, f"/v1/jobs/{made.job_id}")

    return once(caller, _fingerprint(form, data), make)


@router.get("/documents")
def list_documents(
    query: Annotated[DocumentQuery, Query()], services: ServicesDep, caller: Reader
) -> PageView[DocumentView]:
    """List the documents that this key may see, newest first."""
    with services.db.read() as session:
        page = documents.list_documents(
            session, caller, collection=query.collection, state=query.state, limit=query.limit, cursor=query.cursor
        )
    return page_view(page, [DocumentView.model_validate(item) for item in page.data])


@router.get("/documents/{document_id}", responses=problems(404))
def get_document(document_id: str, services: ServicesDep, caller: Reader) -> DocumentView:
    """Return the attributes and the state of a document."""
    with services.db.read() as session:
        return DocumentView.model_validate(documents.get_document(session, document_id, caller))


@router.delete("/documents/{document_id}", status_code=202, response_model=DeletedView, responses=problems(404))
def delete_document(document_id: str, services: ServicesDep, caller: Uploader) -> Response:
    """Delete a document: nothing cites it from now on, and a job erases what is left of it."""
    job_id = withdraw(services, caller, document_id)
    return reply(DeletedView(document_id=document_id, job_id=job_id), 202, f"/v1/jobs/{job_id}")


@router.get("/documents/{document_id}/versions", responses=problems(404))
def list_versions(
    document_id: str, query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Reader
) -> PageView[VersionView]:
    """List a document's versions, newest first."""
    with services.db.read() as session:
        found = documents.list_versions(session, document_id, caller)
    page = cut(found, [f"{version.version:012d}" for version in found], query.limit, query.cursor)
    return page_view(page, [VersionView.model_validate(version) for version in page.data])


@router.get("/documents/{document_id}/chunks", responses=problems(404))
def list_chunks(
    document_id: str, query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Reader
) -> PageView[ChunkView]:
    """List the passages of the version that serves, in reading order."""
    with services.db.read() as session:
        found = reading.document_chunks(session, document_id, caller)
        keys = [f"{passage.ordinal:012d}" for passage in found]
        page = cut(found, keys, query.limit, query.cursor, ascending=True)
        whole = reading.with_blocks(session, page.data)
    return page_view(page, [ChunkView.model_validate(passage) for passage in whole])


@router.get("/documents/{document_id}/excerpt", responses=problems(404))
def get_excerpt(
    document_id: str, query: Annotated[ExcerptQuery, Query()], services: ServicesDep, caller: Reader
) -> ExcerptView:
    """Return one passage of the version that serves, with its neighbours: the context of a quote."""
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
        shown = reading.with_blocks(session, found[max(0, at - query.before) : at + query.after + 1])
    passage = found[at]
    return ExcerptView(
        document_id=document_id,
        version=passage.version,
        collection=passage.collection,
        title=passage.title,
        ordinal=passage.ordinal,
        of=len(found),
        passages=[ChunkView.model_validate(each) for each in shown],
    )


def content_reader(caller: Reader, form: ContentFormat = None) -> Caller:
    """Return a caller who may have the content: the original needs the scope `ingest`, the text that of a reader."""
    return caller if form else require("ingest")(caller)


@router.get(
    "/documents/{document_id}/content",
    response_class=Response,
    responses={
        200: {
            "model": ContentView,
            "content": {kind: {} for kind in sorted(BY_TYPE) if kind != "application/json"},
            "description": "The bytes as they were uploaded; with `format` the text as it was read.",
        },
        **problems(404),
    },
)
def get_content(
    document_id: str,
    services: ServicesDep,
    caller: Annotated[Caller, Depends(content_reader)],
    form: ContentFormat = None,
    version: int | None = None,
) -> Response:
    """Return the original file, or with `format` the text of the serving version as it was read.

    The original is not redacted, so it needs the scope `ingest` and is in the audit trail. The text is redacted, for
    every key that may see the document: `json` with the tree of blocks, `md` as Markdown, `html` as a page of its own.
    """
    if form is None:
        found, data = read_original(services, caller, document_id, version)
        return _download(data, found.media_type, found.filename)
    content = read_text(services.db, caller, document_id, version)
    if form == "json":
        view = ContentView(
            document_id=document_id,
            version=content.version,
            title=content.title,
            text=content.text,
            blocks=block_views(content.blocks),
        )
        return reply(view)
    media_type, policy = ("text/html", STYLED) if form == "html" else ("text/markdown", SANDBOXED)
    headers = {"Content-Security-Policy": policy, "Referrer-Policy": "no-referrer"}
    return Response(written(content, form), headers=headers, media_type=media_type)


@router.get(
    "/documents/{document_id}/pages/{page}.png",
    response_class=Response,
    responses={200: {"content": {"image/png": {}}, "description": "The page as an image."}, **problems(404, 422)},
)
def get_page(
    document_id: str,
    page: PageNumber,
    services: ServicesDep,
    caller: Reader,
    version: int | None = None,
) -> Response:
    """Return a page of a PDF or a scan as an image; the `boxes` of its passages are positions in it.

    It shows the original, which is not redacted. A key without the scope `ingest` sees only pages of the version that
    serves, and only if nothing in that version was redacted; else the status is 403.
    """
    image = page_image(services, caller, document_id, version, page)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": SANDBOXED}
    return Response(image, headers=headers, media_type="image/png")


@router.get("/collections")
def list_collections(
    query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Reader
) -> PageView[CollectionView]:
    """List the collections in which this key may see a document, by name."""
    with services.db.read() as session:
        found = documents.list_collections(session, caller)
    page = cut(found, [name for name, _ in found], query.limit, query.cursor, ascending=True)
    return page_view(page, [CollectionView(name=name, documents=count) for name, count in page.data])


def _download(data: bytes, media_type: str, filename: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(filename, safe='')}",
        "Content-Security-Policy": SANDBOXED,
    }
    return Response(data, headers=headers, media_type=media_type)


def _file(form: UploadForm, data: bytes) -> File:
    return File(
        data,
        form.file.filename or "",
        form.collection,
        media_type=form.file.content_type,
        path=form.path,
        title=form.title,
        language=form.language,
        groups=form.group_names,
        metadata=form.metadata,
    )


def _fingerprint(form: UploadForm, data: bytes) -> bytes:
    """Return what identifies an upload for idempotency: its fields and its bytes."""
    fields = form.model_dump_json(exclude={"file"}) + (form.file.filename or "")
    return fields.encode() + hashlib.sha256(data).digest()
