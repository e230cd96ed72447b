"""What is purged is in no file of the home afterwards, not even in the database's write-ahead log."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.ports import Blobs
from core.settings import Settings
from core.store import documents, jobs, uploads
from core.store.database import Database
from core.types import OPERATOR, Parsed
from ingest.redaction.redactor import NoRedaction
from service import upkeep
from service.build_document import BuildContext, build_version
from service.compose import open_store
from service.forget import purge
from tests.elements import element
from tests.retrieval.conftest import WordEmbedder

SECRET = b"The lock's code is xylophone-zeppelin."


def holding(home: Path) -> set[str]:
    """Return the names of the files that hold the secret."""
    return {path.name for path in home.rglob("*") if path.is_file() and b"xylophone" in path.read_bytes()}


@pytest.fixture
def store(settings: Settings) -> tuple[Database, Blobs]:
    return open_store(settings)


def build(settings: Settings, db: Database, blobs: Blobs) -> str:
    upload = uploads.Upload("manuals", "a.txt", "text/plain", len(SECRET), blobs.put(SECRET), path="a.txt")
    with db.write() as session:
        made = uploads.register_upload(session, upload, OPERATOR)
    claim = jobs.claim(db, made.job_id or "", lease_s=60, max_attempts=1)
    assert claim is not None
    build_version(BuildContext(settings, db, blobs, parse, NoRedaction(), WordEmbedder()), claim)
    return made.document_id


def parse(data: bytes, media_type: str, filename: str) -> Parsed:
    return Parsed((element("text", data.decode()),))


def delete_and_purge(db: Database, blobs: Blobs, document_id: str) -> None:
    with db.write() as session:
        job_id = documents.delete_document(session, document_id, OPERATOR)
    claim = jobs.claim(db, job_id, lease_s=60, max_attempts=1)
    assert claim is not None
    purge(db, blobs, claim)


def test_purged_words_are_in_no_file_of_the_home(settings: Settings, store: tuple[Database, Blobs]) -> None:
    document_id = build(settings, *store)
    assert "vouch.db-wal" in holding(settings.home)

    delete_and_purge(*store, document_id)

    assert holding(settings.home) == set()


def test_words_that_a_long_read_kept_are_gone_after_the_next_upkeep(
    settings: Settings, store: tuple[Database, Blobs]
) -> None:
    db, blobs = store
    document_id = build(settings, db, blobs)
    with db.read() as session:
        documents.get_document(session, document_id, OPERATOR)
        delete_and_purge(db, blobs, document_id)
        assert "vouch.db-wal" in holding(settings.home)

    upkeep.delete_old(db, settings)

    assert holding(settings.home) == set()
