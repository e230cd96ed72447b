"""The composition root: open what the settings name and connect it. Read this file to see what runs.

Database and blobs open at once, models when they are first needed (`core.reloadable`). Importing this module loads no
heavy library; the functions that open models do. API, command line and workers all start here.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from core.blobs import open_blobs
from core.disk.home import open_home
from core.errors import Unavailable
from core.ports import Blobs, Embedder, JobQueue, ReaderText, Redactor, Retriever
from core.reloadable import Reloadable
from core.settings import Settings
from core.store.database import Database, migrate
from core.store.learned.calibrations import ActiveCalibration
from core.types import Answer, AnswerMode, Caller, Filters, Redacted
from ingest.sandbox.pages import PageRenderer, Pages

if TYPE_CHECKING:
    from generation.events import Event
    from learning.answer_cache.cache import AnswerCache
    from retrieval.search import Searcher

REQUEST_WAIT_S = 20.0
"""Seconds that a request waits for models that are still loading; after that the client must try again."""
COMMAND_WAIT_S = 300.0
"""The same for a command of the command line, which is not tried again."""


class Answering(Protocol):
    """Turns a question into events, the last of which holds the answer."""

    def stream(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Iterator[Event]:
        """Yield the events. Raises Invalid for text that is not a question, Unavailable."""

    def answer(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Answer:
        """Return only the answer. Raises as `stream` does."""


def _no_renderer() -> PageRenderer:
    raise Unavailable("This service does not show pages.")


def _no_embedder() -> Embedder:
    raise Unavailable("This service has no embedder.")


@dataclass(frozen=True, slots=True)
class Engine:
    """The loaded models: search and answering. `index` returns the name of the index version that serves now.

    `problem` returns why searches or answers are worse than they should be, although they work; None if they are not.
    """

    searcher: Retriever
    answerer: Answering
    devices: Callable[[], Mapping[str, str]]
    index: Callable[[], str] = lambda: "unknown"
    problem: Callable[[], str | None] = lambda: None
    close: Callable[[], None] = lambda: None
    embedder: Callable[[], Embedder] = _no_embedder
    """Returns the embedder that serves now."""
    answer_cache: AnswerCache | None = None
    """Stores answers that may be given again; None if every question is answered from the documents."""


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the use cases need."""

    settings: Settings
    db: Database
    blobs: Blobs
    queue: JobQueue
    engine: Reloadable[None, Engine]
    redactor: Reloadable[None, Redactor]
    pages: Pages = field(default_factory=lambda: Pages(_no_renderer))
    wait_s: float = COMMAND_WAIT_S
    """Seconds to wait for models that are still loading."""

    def devices(self) -> Mapping[str, str]:
        """Return the device that each model actually runs on; empty while they are loading."""
        engine = self.engine.loaded()
        return engine.devices() if engine is not None else {}

    @property
    def searcher(self) -> Retriever:
        return self.engine.get(self.wait_s).searcher

    @property
    def answerer(self) -> Answering:
        return self.engine.get(self.wait_s).answerer

    @property
    def embedder(self) -> Embedder:
        """The embedder that serves now. Raises Unavailable while models are loading."""
        return self.engine.get(self.wait_s).embedder()

    @property
    def answer_cache(self) -> AnswerCache | None:
        """What stores answers that may be given again; None while models are loading."""
        engine = self.engine.loaded()
        return engine.answer_cache if engine is not None else None

    def redact(self, text: str) -> str:
        """Return the text as it may be stored. Raises Unavailable while the redactor is loading."""
        return self.redactor.get(self.wait_s).redact([text])[0].text

    def warm_up(self) -> None:
        """Start to load everything in the background, instead of when it is first needed."""
        self.engine.start()
        self.redactor.start()

    def close(self) -> None:
        """Close the models, the page renderer and the database."""
        if (engine := self.engine.close()) is not None:
            engine.close()
        self.pages.close()
        self.db.close()


def open_services(settings: Settings, queue: JobQueue, *, wait_s: float = COMMAND_WAIT_S) -> Services:
    """Open what the settings name and migrate the database; models load when they are first needed.

    Raises SettingsError, and Unavailable when the database is down.
    """
    db, blobs = open_store(settings)
    return Services(
        settings,
        db,
        blobs,
        queue,
        engine=Reloadable.once("models", lambda: _open_engine(settings, db, blobs)),
        redactor=Reloadable.once("redactor", lambda: _open_redactor(settings)),
        pages=Pages(lambda: open_sandbox(settings)),
        wait_s=wait_s,
    )


def open_store(settings: Settings) -> tuple[Database, Blobs]:
    """Open the database, migrate it, and open the blobs. Neither ever loads a model.

    Raises SettingsError, and Unavailable when the database is down.
    """
    open_home(settings.home)
    db = Database(settings.database_url)
    migrate(db)
    return db, open_blobs(settings.blobs_url)


def open_search(settings: Settings) -> Searcher:
    """Open search without the models that answers need. Raises SettingsError, WeightsError, Unavailable."""
    from retrieval.search import open_searcher

    db, _ = open_store(settings)
    return open_searcher(settings, db)


def open_sandbox(settings: Settings) -> PageRenderer:
    """Return a sandbox that parses files and renders pages; its process starts with the first file or page."""
    from ingest.sandbox.parent import Sandbox

    return Sandbox(settings)


def _open_engine(settings: Settings, db: Database, blobs: Blobs) -> Engine:
    """Open models and index and run each once, so that the first question is as fast as the second."""
    from generation.answering import Answerer
    from generation.evidence.reading import SharedWords
    from generation.models.adapted import AdaptedGenerator
    from generation.models.open import open_generator
    from generation.refusal import support
    from learning.answer_cache.answering import CachedAnswering
    from learning.answer_cache.cache import AnswerCache
    from learning.answer_cache.examples import ExampleSelector
    from learning.answer_cache.near import NearQuestions
    from learning.registry import active_adapter
    from learning.search_profiles import ActiveProfile
    from retrieval.models.readers.open import find_reader
    from retrieval.models.reranker import open_reranker
    from retrieval.search import open_searcher

    reranker = open_reranker(settings)
    found, reader_problem = find_reader(settings, reranker)
    reader = found or SharedWords()
    profile = ActiveProfile(settings, db, blobs)
    searcher = open_searcher(settings, db, reranker=reranker, profiles=profile)
    generator = AdaptedGenerator(open_generator(settings), active_adapter(settings, db, blobs).get)

    def models() -> dict[str, str]:
        return support.made_with({**searcher.models, "reader": reader.name}, settings.search_k)

    def versions() -> dict[str, str]:
        return models() | {"search": searcher.profile.version}

    def problem() -> str | None:
        return " ".join(each for each in (searcher.problem(), profile.problem(), reader_problem) if each) or None

    calibrated, near = ActiveCalibration(db, models), NearQuestions(db, lambda: searcher.embedder)
    answerer = Answerer(
        searcher,
        reader,
        generator.load,
        settings,
        prefers_generator=generator.is_preferred,
        calibrated=calibrated,
        examples=ExampleSelector(db, near),
    )
    cache = AnswerCache(db, settings, near, reader, lambda mode: versions() | answerer.phrased_by(mode))
    if reranker is not None:
        reranker.score("warm up", ["warm up"])
    reader.read("warm up", [ReaderText("warm up", ((0, 4),))])
    generator.warm_up()
    generator_device = generator.device
    return Engine(
        searcher,
        CachedAnswering(answerer, cache, versions),
        lambda: {**searcher.devices, "reader": reader.device, **generator_device},
        index=lambda: searcher.index_version,
        problem=problem,
        close=searcher.close,
        embedder=lambda: searcher.embedder,
        answer_cache=cache,
    )


def _open_redactor(settings: Settings) -> Redactor:
    from ingest.redaction.redactor import open_redactor

    redactor = LockedRedactor(open_redactor(settings))
    redactor.redact(["warm up"])
    return redactor


class LockedRedactor:
    """A redactor that several threads may use: one at a time, because its language model is not thread-safe."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self._redactor.name

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
        with self._lock:
            return self._redactor.redact(texts, language)
