"""Building a version: what is left when its document is deleted during the build."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
from sqlalchemy import func, select

from core.blobs import open_blobs
from core.errors import LostLease
from core.ports import Vectors
from core.settings import Settings
from core.store import documents, forgetting, jobs, passages, uploads
from core.store.database import Database
from core.store.tables import ChunkRow, VectorRow
from core.types import OPERATOR, Parsed
from ingest.redaction.redactor import NoRedaction
from service.build_document import BuildContext, build_version
from service.run_job import perform
from tests.core.conftest import Library
from tests.damage import blob_path, flip
from tests.elements import element
from tests.retrieval.conftest import WordEmbedder


class ActingEmbedder(WordEmbedder):
    """Calls `act` after it embeds, before the vectors are stored."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        vectors = super().embed_passages(texts)
        self.act()
        return vectors


def build(db: Database, settings: Settings, act: Callable[[str], None]) -> None:
    """Upload a document and build it; `act` gets its id while it is embedded."""
    blobs = open_blobs(settings.blobs_url)
    upload = uploads.Upload("manuals", "a.txt", "text/plain", 5, blobs.put(b"Turn the valve."), path="a.txt")
    with db.write() as session:
        made = uploads.register_upload(session, upload, OPERATOR)
    claim = jobs.claim(db, made.job_id or "", lease_s=60, max_attempts=1)
    assert claim is not None
    embedder = ActingEmbedder(lambda: act(made.document_id))
    build_version(BuildContext(settings, db, blobs, parse, NoRedaction(), embedder), claim)


def parse(data: bytes, media_type: str, filename: str) -> Parsed:
    return Parsed((element("text", data.decode()),))


def left(db: Database) -> tuple[int, int]:
    """Return how many chunks and vectors the database holds."""
    with db.read() as session:
        return (
            session.scalar(select(func.count()).select_from(ChunkRow)) or 0,
            session.scalar(select(func.count()).select_from(VectorRow)) or 0,
        )


def test_a_document_purged_during_embedding_leaves_nothing(db: Database, settings: Settings) -> None:
    def withdraw(document_id: str) -> None:
        with db.write() as session:
            documents.delete_document(session, document_id, OPERATOR)
            forgetting.purge(session, document_id)

    with suppress(LostLease):  # a withdrawal may also end the job
        build(db, settings, withdraw)

    assert left(db) == (0, 0)


def test_vectors_stay_for_the_next_attempt_unless_the_document_is_deleted(db: Database) -> None:
    document_id = Library(db).upload("a.txt").document_id
    with db.write() as session:
        passages.store_vectors(session, "words", {"digest": np.ones(4, np.float32)})
        forgetting.delete_late_vectors(session, document_id, "words", ["digest"])
    standing = left(db)
    with db.write() as session:
        documents.delete_document(session, document_id, OPERATOR)
        forgetting.delete_late_vectors(session, document_id, "words", ["digest"])

    assert (standing, left(db)) == ((0, 1), (0, 0))


def test_damaged_bytes_are_not_built_and_the_job_fails_at_once_with_what_to_do(
    db: Database, settings: Settings
) -> None:
    blobs = open_blobs(settings.blobs_url)
    upload = uploads.Upload("manuals", "a.txt", "text/plain", 15, blobs.put(b"Turn the valve."), path="a.txt")
    with db.write() as session:
        made = uploads.register_upload(session, upload, OPERATOR)
    flip(blob_path(settings.home, upload.blob))
    context = BuildContext(settings, db, blobs, parse, NoRedaction(), WordEmbedder())

    perform(db, settings, {"ingest": lambda claim: build_version(context, claim)}, made.job_id or "")

    with db.read() as session:
        job = jobs.get_job(session, made.job_id or "")
    assert (job.state, job.attempts) == ("failed", 1)
    assert "Upload the same file again" in (job.reason or "")
    assert left(db) == (0, 0)
