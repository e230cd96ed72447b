"""What one worker process works with: database, blobs, models, each made when first needed and then kept.

A composition root: it knows which backends exist, and nothing of Celery. Made after the fork, so that no
thread or connection is shared between processes.
"""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from core.blobs import open_blobs
from core.ports import Blobs, Embedder, LateEncoder
from core.settings import Settings
from core.store.database import Database
from core.store.index.serving import serving_settings
from core.store.jobs import Claim
from service import build_document
from service.build_document import Parts
from service.run_job import Doers

if TYPE_CHECKING:
    from retrieval.models.late import EncodeCursor


class Station:
    """A worker's workplace."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._making = threading.Lock()
        self._parts: Parts | None = None
        self._embedder: tuple[str, Embedder] | None = None

    @cached_property
    def db(self) -> Database:
        return Database(self.settings.database_url)

    @cached_property
    def blobs(self) -> Blobs:
        return open_blobs(self.settings.blobs_url)

    @property
    def standing(self) -> tuple[Settings, Embedder]:
        """The settings with what serves now, and its embedder: opened again, between jobs, when another one serves."""
        from retrieval.models.embedder import open_embedder

        with self.db.read() as session:
            serving = serving_settings(session, self.settings)
        with self._making:
            if self._embedder is None or self._embedder[0] != serving.embedder_url:
                self._embedder = serving.embedder_url, open_embedder(serving)
            return serving, self._embedder[1]

    @cached_property
    def late(self) -> LateEncoder | None:
        """What reads published passages ahead, token by token; None where the settings want none."""
        from retrieval.models.late import open_late

        return open_late(self.settings)

    @cached_property
    def late_cursor(self) -> EncodeCursor:
        """How far this process knows that everything is read ahead."""
        from retrieval.models.late import EncodeCursor

        return EncodeCursor()

    @property
    def parts(self) -> Parts:
        """What building a document takes; loads the models at the first call, once."""
        _, embedder = self.standing
        with self._making:
            if self._parts is None:
                self._parts = self._make_parts(embedder)
            return replace(self._parts, embedder=embedder)

    def warm_up(self) -> None:
        """Load everything and parse a line, so that the first document does not wait for it."""
        parts = self.parts
        parts.parse(b"warm", "text/plain", "warm.txt")
        parts.redactor.redact(["Good morning, I am Ann Smith."], "en")
        parts.embedder.embed_passages(["warm"])

    def _make_parts(self, embedder: Embedder) -> Parts:
        from ingest.redaction.policy import open_redactor
        from ingest.sandbox.parent import Sandbox

        parse, redactor = Sandbox(self.settings), open_redactor(self.settings)
        return Parts(self.settings, self.db, self.blobs, parse, redactor, embedder)

    def ingest_doers(self) -> Doers:
        """Return what the ingest queue's jobs do."""
        return {"ingest": self._ingest, "purge": self._purge}

    def learning_doers(self) -> Doers:
        """Return what the learning queue's jobs do."""
        return {"train": self._train}

    def _ingest(self, claim: Claim) -> None:
        build_document.ingest(self.parts, claim)

    def _purge(self, claim: Claim) -> None:
        build_document.purge(self.db, self.blobs, claim)

    def _train(self, claim: Claim) -> None:
        from service.train import TrainParts, train

        train(TrainParts(self.settings, self.db, self.blobs), claim)
