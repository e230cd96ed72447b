"""The composition of the service: what the settings name, opened and put together. Read it to see what runs.

Database and blobs open at once, models in the background (`core.reloadable`). Heavy libraries are imported by the
adapters that `_open_engine` opens and by nothing that this module imports at its top.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from core.blobs import open_blobs
from core.errors import Unavailable
from core.ports import Blobs, Embedder, Generator, Redactor, Retriever
from core.reloadable import Opening
from core.settings import Settings
from core.store.database import Database, migrate
from core.store.learned.calibrations import InForce
from core.types import Answer, AnswerMode, Caller, Filters, JobKind, Message, Redacted
from service.page_images import Draws, Pages

if TYPE_CHECKING:
    from generation.events import Event
    from learning.answer_cache.cache import AnswerMemory
    from learning.registry import ActiveAdapter

PATIENCE_S = 20.0
"""Seconds that a request waits for models that are still being loaded, before it is told to come back."""


class Answering(Protocol):
    """Turns a question into events, the last of which holds the answer."""

    def stream(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Iterator[Event]:
        """Yield the events. Raises Invalid for what is no question, Unavailable."""

    def answer(
        self, caller: Caller, question: str, *, mode: AnswerMode = "auto", filters: Filters | None = None
    ) -> Answer:
        """Return the answer alone. Raises as `stream` does."""


def _no_sandbox() -> Draws:
    raise Unavailable("Pages are not drawn here.")


def _no_embedder() -> Embedder:
    raise Unavailable("No embedder is open here.")


@dataclass(frozen=True, slots=True)
class Engine:
    """The models at work: finding and answering. `index` names the index version that serves now.

    `trouble` tells what makes searches find less than they should, though they go on.
    """

    searcher: Retriever
    answerer: Answering
    devices: Callable[[], Mapping[str, str]]
    index: Callable[[], str] = lambda: "unknown"
    trouble: Callable[[], str | None] = lambda: None
    close: Callable[[], None] = lambda: None
    embedder: Callable[[], Embedder] = _no_embedder
    """The embedder that serves now."""
    memory: AnswerMemory | None = None
    """What keeps answers that may be given again; None where every question is answered afresh."""


@dataclass(frozen=True, slots=True)
class Services:
    """What the routes work with."""

    settings: Settings
    db: Database
    blobs: Blobs
    engine: Opening[Engine]
    redactor: Opening[Redactor]
    send: Callable[[Sequence[str], JobKind], object]
    """Sends hints for committed jobs; one that does not get through is sent again by the sweep."""
    broker_trouble: Callable[[], str | None] = field(default=lambda: None)
    patience_s: float = PATIENCE_S
    pages: Pages = field(default_factory=lambda: Pages(_no_sandbox))
    """Draws pages of documents."""

    def devices(self) -> Mapping[str, str]:
        """Return which device each model truly runs on; empty while they are being loaded."""
        engine = self.engine.opened()
        return engine.devices() if engine is not None else {}

    @property
    def searcher(self) -> Retriever:
        return self.engine.get(self.patience_s).searcher

    @property
    def answerer(self) -> Answering:
        return self.engine.get(self.patience_s).answerer

    @property
    def embedder(self) -> Embedder:
        """The embedder that serves now. Raises Unavailable while models are being loaded."""
        return self.engine.get(self.patience_s).embedder()

    @property
    def memory(self) -> AnswerMemory | None:
        """What keeps answers that may be given again; None while models are being loaded."""
        engine = self.engine.opened()
        return engine.memory if engine is not None else None

    def redact(self, text: str) -> str:
        """Return the text as it may be stored. Raises Unavailable while the redactor is being loaded."""
        return self.redactor.get(self.patience_s).redact([text])[0].text

    def warm_up(self) -> None:
        """Begin to load everything, instead of when it is first needed."""
        self.engine.start()
        self.redactor.start()

    def close(self) -> None:
        """Let go of the index and the database."""
        if (engine := self.engine.opened()) is not None:
            engine.close()
        self.pages.close()
        self.db.close()


def open_services(settings: Settings, *, patience_s: float = 300.0) -> Services:
    """Open what the settings name and bring the schema up to date; models load when they are first needed.

    `patience_s` is how long whoever needs them waits. Raises SettingsError, Unavailable when the database is down.
    """
    from workers import queue

    settings.home.mkdir(parents=True, exist_ok=True)
    db, blobs = Database(settings.database_url), open_blobs(settings.blobs_url)
    migrate(db)
    return Services(
        settings,
        db,
        blobs,
        Opening("models", lambda: _open_engine(settings, db, blobs)),
        Opening("redactor", lambda: _open_redactor(settings)),
        send=lambda job_ids, kind: queue.send(settings, job_ids, kind),
        broker_trouble=lambda: queue.ping(settings),
        patience_s=patience_s,
        pages=Pages(lambda: _open_sandbox(settings)),
    )


def _open_engine(settings: Settings, db: Database, blobs: Blobs) -> Engine:
    """Open models and index and use each once, so that the first question is as fast as the second."""
    from generation.answering import Answerer
    from generation.models.open import open_generator
    from generation.refusal import support
    from learning.answer_cache.answering import Remembering
    from learning.answer_cache.cache import AnswerMemory
    from learning.answer_cache.examples import Exemplars
    from learning.answer_cache.near import NearQuestions
    from learning.registry import ActiveAdapter
    from retrieval.models.reranker import open_reranker
    from retrieval.search import open_searcher

    reranker = open_reranker(settings)
    searcher = open_searcher(settings, db, reranker=reranker)
    voice = Voice(open_generator(settings), ActiveAdapter(settings, db, blobs))

    def models() -> dict[str, str]:
        return support.made_with(searcher.models, settings.search_k)

    calibrated, near = InForce(db, models), NearQuestions(db, lambda: searcher.embedder)
    answerer = Answerer(
        searcher,
        reranker,
        voice.now,
        settings,
        prefers_generator=voice.is_tuned,
        calibrated=calibrated,
        examples=Exemplars(db, near),
    )
    memory = AnswerMemory(db, settings, near, lambda mode: models() | answerer.phrased_by(mode))
    if reranker is not None:
        reranker.score("warm up", ["warm up"])
    voice.warm_up()
    voice_device = voice.device
    return Engine(
        searcher,
        Remembering(answerer, memory, models),
        lambda: {**searcher.devices, **voice_device},
        index=lambda: searcher.index_version,
        trouble=searcher.trouble,
        close=searcher.close,
        embedder=lambda: searcher.embedder,
        memory=memory,
    )


def _open_redactor(settings: Settings) -> Redactor:
    from ingest.redaction.policy import open_redactor

    redactor = OneAtATime(open_redactor(settings))
    redactor.redact(["warm up"])
    return redactor


def _open_sandbox(settings: Settings) -> Draws:
    from ingest.sandbox.parent import Sandbox

    return Sandbox(settings)


class OneAtATime:
    """A redactor that threads may share: the language model behind it is not made for that."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        return self._redactor.name

    def redact(self, texts: Sequence[str], language: str | None = None) -> list[Redacted]:
        with self._turn:
            return self._redactor.redact(texts, language)


class Voice:
    """The generator, wearing the adapter that is active now: promotions and roll-backs need no restart."""

    def __init__(self, generator: Generator | None, active: ActiveAdapter) -> None:
        self._generator, self._active = generator, active
        self._lock = threading.Lock()
        self._worn: str | None = None

    @property
    def device(self) -> Mapping[str, str]:
        """The device truly in use; asking a GPU's loads the weights."""
        return {"generator": self._generator.device} if self._generator is not None else {}

    def now(self) -> Generator | None:
        """Return the generator as it should speak now. Raises WeightsError for an adapter that is damaged."""
        with self._lock:
            active = self._active.current()
            version = active[0] if active is not None else None
            if version != self._worn and self._generator is not None:
                _wear(self._generator, *(active or ("", None)))
                self._worn = version
        return self._generator

    def is_tuned(self) -> bool:
        """Return whether an adapter that passed the gate is active: only then do its words beat plain quotes."""
        return self._generator is not None and self._active.current() is not None

    def warm_up(self) -> None:
        """Load the weights if the next answer would need them."""
        if self.is_tuned() and (generator := self.now()) is not None:
            next(iter(generator.stream([Message("user", "Hello")], max_tokens=1)), None)


class _Wears(Protocol):
    def use_adapter(self, folder: Path | None, name: str) -> None: ...


def _wear(generator: Generator | _Wears, name: str, folder: Path | None) -> None:
    if hasattr(generator, "use_adapter"):
        generator.use_adapter(folder, name)
