"""Old documents are read again from their originals while nothing else waits; what fails serves on as it is."""

from __future__ import annotations

from sqlalchemy import update

from core.blobs import open_blobs
from core.settings import Settings
from core.store import documents, jobs, reading, reread, texts, uploads
from core.store.database import Database
from core.store.tables import VersionRow
from core.types import OPERATOR, Parsed
from ingest.redaction.redactor import NoRedaction
from service import upkeep
from service.build_document import BuildContext, build_version
from service.run_job import drain
from tests.api.doubles import RecordedQueue
from tests.damage import blob_path, flip
from tests.elements import element
from tests.retrieval.conftest import WordEmbedder


class Reader:
    """Reads a file as one paragraph, and from then on, with `torn` off, as two."""

    torn = True

    def __call__(self, data: bytes, media_type: str, filename: str) -> Parsed:
        words = data.decode()
        parts = [words] if self.torn else words.split(". ")
        return Parsed(tuple(element("text", part) for part in parts))


def library(db: Database, settings: Settings, count: int) -> tuple[BuildContext, Reader, list[str]]:
    """Serve `count` documents, and mark them as read by an older reader."""
    blobs, reader, ids = open_blobs(settings.blobs_url), Reader(), []
    context = BuildContext(settings, db, blobs, reader, NoRedaction(), WordEmbedder())
    for number in range(count):
        data = f"Turn valve {number}. Close it".encode()
        upload = uploads.Upload(
            "manuals", f"{number}.txt", "text/plain", len(data), blobs.put(data), path=f"{number}.txt"
        )
        with db.write() as session:
            ids.append(uploads.register_upload(session, upload, OPERATOR).document_id)
    run(context)
    with db.write() as session:
        session.execute(update(VersionRow).values(reader=None))
    return context, reader, ids


def run(context: BuildContext) -> None:
    while not drain(context.db, context.settings, {"ingest": lambda claim: build_version(context, claim)}):
        pass


def test_rounds_go_on_until_all_are_read_again(db: Database, settings: Settings) -> None:
    context, reader, ids = library(db, settings, upkeep.MAX_REREADS + 2)
    reader.torn = False
    queue = RecordedQueue()

    rounds = 0
    while upkeep.read_again(db, queue):
        assert upkeep.read_again(db, queue) == 0  # jobs wait: no second round beside the first
        run(context)
        rounds += 1

    assert rounds == 2
    assert len(queue.sent) == len(ids)
    with db.read() as session:
        assert reread.count_old(session) == 0
        assert texts.document_text(session, ids[0], OPERATOR).text == "Turn valve 0\n\nClose it"
        assert [version.state for version in documents.list_versions(session, ids[0], OPERATOR)] == ["serving"]


def test_an_original_that_is_damaged_serves_on_as_it_was_read(db: Database, settings: Settings) -> None:
    context, reader, ids = library(db, settings, 1)
    reader.torn = False
    with db.read() as session:
        (version,) = documents.list_versions(session, ids[0], OPERATOR)
        before = [passage.text for passage in reading.document_chunks(session, ids[0], OPERATOR)]
    flip(blob_path(settings.home, version.blob))

    assert upkeep.read_again(db, RecordedQueue()) == 1
    run(context)

    with db.read() as session:
        (version,) = documents.list_versions(session, ids[0], OPERATOR)
        after = [passage.text for passage in reading.document_chunks(session, ids[0], OPERATOR)]
    assert (version.state, after) == ("serving", before)
    assert "Upload the same file again" in version.report["not_read_again"]
    assert upkeep.read_again(db, RecordedQueue()) == 0


def test_a_document_that_is_deleted_meanwhile_is_not_read_again(db: Database, settings: Settings) -> None:
    context, _, ids = library(db, settings, 1)
    upkeep.read_again(db, RecordedQueue())
    with db.write() as session:
        documents.delete_document(session, ids[0], OPERATOR)

    run(context)

    with db.read() as session:
        assert [job.state for job in jobs.list_jobs(session, kind="ingest", limit=1)] == ["cancelled"]
