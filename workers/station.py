"""What one worker process works with: database, blobs, models, each made when first needed and then kept.

A composition root: it knows which backends exist, and nothing of Celery. Made after the fork, so that no
thread or connection is shared between processes.
"""

from __future__ import annotations

import threading
from functools import cached_property

from core.blobs import open_blobs
from core.db import Database
from core.jobs import Claim
from core.ports import Blobs, Embedder
from core.settings import Settings
from workers import ingesting
from workers.ingesting import Parts
from workers.perform import Doers


class Station:
    """A worker's workplace."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._making = threading.Lock()
        self._parts: Parts | None = None

    @cached_property
    def db(self) -> Database:
        return Database(self.settings.database_url)

    @cached_property
    def blobs(self) -> Blobs:
        return open_blobs(self.settings.blobs_url)

    @cached_property
    def embedder(self) -> Embedder:
        from retrieval.embed import open_embedder

        return open_embedder(self.settings)

    @property
    def parts(self) -> Parts:
        """What building a document takes; loads the models at the first call, once."""
        with self._making:
            if self._parts is None:
                self._parts = self._make_parts()
            return self._parts

    def warm_up(self) -> None:
        """Load everything and parse a line, so that the first document does not wait for it."""
        parts = self.parts
        parts.parse(b"warm", "text/plain", "warm.txt")
        parts.redactor.redact(["Good morning, I am Ann Smith."], "en")
        parts.embedder.embed_passages(["warm"])

    def _make_parts(self) -> Parts:
        from ingest.redact import open_redactor
        from ingest.sandbox import Sandbox

        parse, redactor = Sandbox(self.settings), open_redactor(self.settings)
        return Parts(self.settings, self.db, self.blobs, parse, redactor, self.embedder)

    def ingest_doers(self) -> Doers:
        """Return what the ingest queue's jobs do."""
        return {"ingest": self._ingest, "purge": self._purge}

    def learning_doers(self) -> Doers:
        """Return what the learning queue's jobs do."""
        return {"train": self._train}

    def _ingest(self, claim: Claim) -> None:
        ingesting.ingest(self.parts, claim)

    def _purge(self, claim: Claim) -> None:
        ingesting.purge(self.db, self.blobs, claim)

    def _train(self, claim: Claim) -> None:
        from workers.training import TrainParts, train

        train(TrainParts(self.settings, self.db, self.blobs), claim)
