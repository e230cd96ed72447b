"""What a worker process works with: database, blobs, models, each opened when it is first needed and then kept open.

Made after the fork, so that no thread or connection is shared between processes. Knows no Celery.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from core.blobs import open_blobs
from core.ports import Blobs, Embedder, LateEncoder, Redactor
from core.reloadable import Reloadable
from core.settings import Settings
from core.store.database import Database
from core.store.index.serving import serving_settings
from core.store.jobs import Claim
from service.build_document import BuildContext, build_version
from service.forget import purge
from service.run_job import Handlers

if TYPE_CHECKING:
    from ingest.sandbox.parent import Sandbox
    from retrieval.models.late import EncodeCursor


class WorkerContext:
    """The database, blobs and models of one worker. A migration never changes the embedder during a job."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._embedder = Reloadable("embedder", self._open_embedder, self._embedder_url, background=False)
        self._sandbox = Reloadable.once("parser", self._open_sandbox, background=False)
        self._redactor = Reloadable.once("redactor", self._open_redactor, background=False)

    @cached_property
    def db(self) -> Database:
        return Database(self.settings.database_url)

    @cached_property
    def blobs(self) -> Blobs:
        return open_blobs(self.settings.blobs_url)

    @property
    def serving(self) -> Settings:
        """The settings, with the index and the embedder that serve now: a migration may have changed them."""
        with self.db.read() as session:
            return serving_settings(session, self.settings)

    @property
    def embedder(self) -> Embedder:
        """The embedder that serves; between jobs it is opened again if another one serves."""
        return self._embedder.get()

    @cached_property
    def late(self) -> LateEncoder | None:
        """Encodes published passages token by token; None if the settings name no such model."""
        from retrieval.models.late import open_late

        return open_late(self.settings)

    @cached_property
    def encoded(self) -> EncodeCursor:
        """How far this process knows that everything is encoded."""
        from retrieval.models.late import EncodeCursor

        return EncodeCursor()

    @property
    def build(self) -> BuildContext:
        """What `build_version` needs; the first call loads the models."""
        parse, redactor = self._sandbox.get(), self._redactor.get()
        return BuildContext(self.settings, self.db, self.blobs, parse, redactor, self.embedder)

    def warm_up(self) -> None:
        """Load everything and use it once, so that the first document does not wait for it."""
        build = self.build
        build.parse(b"warm", "text/plain", "warm.txt")
        build.redactor.redact(["Good morning, I am Ann Smith."], "en")
        build.embedder.embed_passages(["warm"])

    def ingest_handlers(self) -> Handlers:
        """Return the functions that run the jobs of the ingest queue."""
        return {"ingest": lambda claim: build_version(self.build, claim), "purge": self._purge}

    def learning_handlers(self) -> Handlers:
        """Return the functions that run the jobs of the learning queue."""
        return {"train": self._train}

    def _purge(self, claim: Claim) -> None:
        purge(self.db, self.blobs, claim)

    def _train(self, claim: Claim) -> None:
        from service.train import TrainingContext, train

        train(TrainingContext(self.settings, self.db, self.blobs), claim)

    def _embedder_url(self) -> str:
        return self.serving.embedder_url

    def _open_embedder(self, url: str, _: Embedder | None) -> Embedder:
        from retrieval.models.embedder import open_embedder

        return open_embedder(self.serving.model_copy(update={"embedder_url": url}))

    def _open_sandbox(self) -> Sandbox:
        from ingest.sandbox.parent import Sandbox

        return Sandbox(self.settings)

    def _open_redactor(self) -> Redactor:
        from ingest.redaction.redactor import open_redactor

        return open_redactor(self.settings)
