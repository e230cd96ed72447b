"""Pages as images: rendered from the real file in the sandbox, only for keys that may see them."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

import pytest
from PIL import Image

from core.errors import DocumentRejected, NotFound
from core.reloadable import Reloadable
from core.settings import load_settings
from core.store import passages, uploads
from core.types import OPERATOR, Box, Chunk, Json
from ingest.formats.media import PDF
from ingest.sandbox.pages import Pages
from ingest.sandbox.parent import Sandbox
from tests.api.conftest import World
from tests.ingest import files

MANUAL = files.pdf([files.manual_page(1), files.manual_page(2), []])
CHUNKS = (Chunk(0, "Fill the tank.", page=1, boxes=(Box(1, 0.1, 0.1, 0.9, 0.2),)), Chunk(1, "Wait.", page=2))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(load_settings({}, parse_timeout_s=60)) as sandbox:
        yield sandbox


def published(world: World, redactions: Json, *, groups: Sequence[str] = (), name: str = "a.pdf") -> str:
    """Publish a version of a manual whose report has these redactions."""
    blob = world.services.blobs.put(MANUAL)
    upload = uploads.Upload("manuals", name, PDF, len(MANUAL), blob, groups=frozenset(groups))
    with world.services.db.write() as session:
        made = uploads.register_upload(session, upload, OPERATOR)
        passages.publish(session, made.document_id, made.version, "Manual", CHUNKS, {"redactions": redactions})
    return made.document_id


def show_pages(world: World, sandbox: Sandbox) -> None:
    world.services.pages._renderer = Reloadable.once("page renderer", lambda: sandbox, background=False)


def status(world: World, document_id: str, page: int, scope: str = "ask", **more: Json) -> int:
    query = "".join(f"?{name}={value}" for name, value in more.items())
    return world.client.get(
        f"/v1/documents/{document_id}/pages/{page}.png{query}", headers=world.key(scope)
    ).status_code


def test_a_page_is_rendered_in_the_sandbox(sandbox: Sandbox) -> None:
    drawn = Image.open(io.BytesIO(sandbox.picture(MANUAL, PDF, 1, 600)))

    assert drawn.format == "PNG"
    assert drawn.width == 600
    assert min(drawn.convert("L").crop((0, 100, 600, 200)).tobytes()) < 128  # the heading is there


def test_the_page_of_a_scan_is_the_image_itself(sandbox: Sandbox) -> None:
    drawn = Image.open(io.BytesIO(sandbox.picture(files.scan("Mind the plate."), "image/png", 1, 500)))

    assert drawn.size == (500, 150)


def test_a_missing_page_and_a_broken_file_are_errors(sandbox: Sandbox) -> None:
    with pytest.raises(NotFound, match="no page 4"):
        sandbox.picture(MANUAL, PDF, 4, 600)
    with pytest.raises(DocumentRejected):
        sandbox.picture(b"%PDF-1.4 nonsense", PDF, 1, 600)


def test_a_key_that_may_ask_sees_pages_with_passages(world: World, sandbox: Sandbox) -> None:
    show_pages(world, sandbox)
    document_id = published(world, {})

    answer = world.client.get(f"/v1/documents/{document_id}/pages/1.png?version=1", headers=world.key("ask"))

    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/png")
    assert answer.headers["cache-control"] == "no-store"
    assert Image.open(io.BytesIO(answer.content)).width == 1200
    assert status(world, document_id, 3) == 404  # no passage: nothing on it was checked for personal data


def test_pages_of_a_redacted_version_need_the_right_to_download_the_original(world: World, sandbox: Sandbox) -> None:
    show_pages(world, sandbox)
    document_id = published(world, {"PERSON": 1})

    assert status(world, document_id, 1) == 403
    assert status(world, document_id, 1, "ingest") == 200
    audit = world.client.get("/v1/audit", headers=world.key("admin")).json()["data"]
    assert (audit[0]["action"], audit[0]["target"]) == ("document.read_original", document_id)


def test_a_version_without_a_redaction_report_counts_as_redacted(world: World) -> None:
    assert status(world, published(world, None), 1) == 403


def test_pages_of_an_older_version_need_the_right_to_download_it(world: World, sandbox: Sandbox) -> None:
    show_pages(world, sandbox)
    document_id = published(world, {})
    with world.services.db.write() as session:
        upload = uploads.Upload("manuals", "a.pdf", PDF, 3, world.services.blobs.put(b"new"))
        made = uploads.register_upload(session, upload, OPERATOR)
        passages.publish(session, document_id, made.version, "Manual", CHUNKS, {"redactions": {}})

    assert status(world, document_id, 1, version=1) == 404
    assert status(world, document_id, 1, "ingest", version=1) == 200


def test_a_document_of_another_group_has_no_pages(world: World) -> None:
    assert status(world, published(world, {}, groups=["board"]), 1) == 404


def test_a_document_without_pages_has_no_page_images(world: World) -> None:
    with world.services.db.write() as session:
        upload = uploads.Upload("manuals", "a.md", "text/markdown", 3, world.services.blobs.put(b"# a"))
        made = uploads.register_upload(session, upload, OPERATOR)
        passages.publish(session, made.document_id, made.version, "Manual", CHUNKS, {"redactions": {}})

    assert status(world, made.document_id, 1) == 404


def test_a_page_is_rendered_once_and_the_oldest_is_evicted() -> None:
    drawn: list[int] = []

    class RecordingRenderer:
        def picture(self, data: bytes, media_type: str, page: int, width: int) -> bytes:
            drawn.append(page)
            return b"png"

        def close(self) -> None: ...

    pages = Pages(RecordingRenderer)
    for page in (1, 1, *range(2, 60), 1):
        pages.picture("blob", lambda _: b"data", PDF, page)

    assert drawn == [1, *range(2, 60), 1]
