"""A library of documents, for tests of the database."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import pytest

from core.store import passages, reading, uploads
from core.store.database import Database
from core.types import OPERATOR, Caller, Chunk

MODEL = "test-model"
READER = Caller("key_reader", frozenset({"ask"}))
INSIDER = Caller("key_insider", frozenset({"ask"}), frozenset({"inside"}))


class Library:
    """Uploads and publishes without workers."""

    def __init__(self, db: Database) -> None:
        self.db = db

    def upload(
        self, path: str, data: str = "text", groups: Sequence[str] | None = None, by: Caller = OPERATOR, **given: str
    ) -> uploads.Uploaded:
        upload = uploads.Upload(
            collection=given.pop("collection", "manuals"),
            filename=path,
            media_type="text/plain",
            size=len(data),
            blob=hashlib.sha256(data.encode()).hexdigest(),
            path=path,
            groups=None if groups is None else frozenset(groups),
        )
        with self.db.write() as session:
            return uploads.register_upload(session, upload, by)

    def publish(self, uploaded: uploads.Uploaded, *texts: str) -> bool:
        chunks = [Chunk(ordinal, text) for ordinal, text in enumerate(texts)]
        digests = [passages.sha256(passages.embed_text("Title", chunk)) for chunk in chunks]
        with self.db.write() as session:
            passages.store_vectors(session, MODEL, {digest: np.ones(4, np.float32) for digest in digests})
            return passages.publish(session, uploaded.document_id, uploaded.version, "Title", chunks, {})

    def serve(self, path: str, *texts: str, groups: Sequence[str] | None = None) -> str:
        uploaded = self.upload(path, data="".join(texts), groups=groups)
        assert self.publish(uploaded, *texts)
        return uploaded.document_id

    def texts(self, caller: Caller) -> list[str]:
        with self.db.read() as session:
            ids = [int(chunk_id) for chunk_id in reading.visible_ids(session, caller)]
            found = reading.hydrate(session, caller, ids)
            return [found[chunk_id].text for chunk_id in ids if chunk_id in found]


@pytest.fixture
def library(db: Database) -> Library:
    return Library(db)
