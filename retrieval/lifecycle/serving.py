"""What this process searches with: the embedder and the index that serve, changed for others while searches go on.

Before each search the pointer is read (`core.store.index.serving`). When it has moved, a thread opens what it names and
the old serves until that is open. A search keeps what it began with, so one question never meets vectors of another
space.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from core.errors import SettingsError, missing_extra
from core.ports import Embedder
from core.reloadable import Reloadable
from core.settings import Settings
from core.store.database import Database
from core.store.index.serving import ServingPointer, configured_pair, load_pointer
from core.store.index.spaces import stored_dimension

if TYPE_CHECKING:
    from retrieval.lifecycle.live_index import LiveIndex

CLOSE_WAIT_S = 10.0
"""How long closing waits for a change under way."""
log = structlog.get_logger(__name__)

Embedders = Callable[[Settings], Embedder]
"""Opens what `embedder_url` names."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class ServingIndex:
    """An embedder with the index of its space, and the pointer that named both; None: the settings did.

    Hold it for as long as you search: the index is closed when nobody holds it.
    """

    embedder: Embedder
    index: LiveIndex
    embedder_url: str
    moved: ServingPointer | None


def open_index(settings: Settings, db: Database, embedder: Embedder) -> LiveIndex:
    """Open the index that the settings name. Raises SettingsError when it holds vectors of another length."""
    try:
        from retrieval.lifecycle.live_index import LiveIndex
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    from retrieval.lifecycle.publish import index_location

    with db.read() as session:
        stored = stored_dimension(session, embedder.name)
    if stored not in (None, embedder.dimension):
        raise SettingsError(
            f"The embedder {embedder.name} makes {embedder.dimension} numbers of a text; the vectors that are stored "
            f"under that name have {stored}.",
            hint="A changed model needs another name: give the path of its folder, and run `vouch reindex`.",
        )
    return LiveIndex(db, index_location(settings), embedder.name, embedder.dimension)


class FixedServing:
    """An embedder and an index that stay, whatever is made to serve: for evaluations in a home of their own."""

    def __init__(self, embedder: Embedder, index: LiveIndex) -> None:
        self._serving = ServingIndex(embedder, index, "", None)

    def current(self) -> ServingIndex:
        return self._serving

    def problem(self) -> str | None:
        return None

    def close(self) -> None:
        self._serving.index.close()


class Serving:
    """The embedder and the index that serve now. Thread-safe."""

    def __init__(self, db: Database, settings: Settings, embedders: Embedders) -> None:
        """Open what serves. Raises SettingsError, WeightsError."""
        self._db, self._settings, self._embedders = db, settings, embedders
        self._serving: Reloadable[ServingPointer | None, ServingIndex] = Reloadable(
            "models of the index that serves", self._open, self._read_pointer, after_swap=_log_change
        )
        _warn_of_missing_vectors(self._serving.load_now())

    def current(self) -> ServingIndex:
        """Return what serves; when the pointer has moved, begin to open in the background what it names."""
        return self._serving.get()

    def problem(self) -> str | None:
        """Return what makes searches find less than they should: missing vectors, or a migration not followed."""
        serving = self.current()
        if (failure := self._serving.failure()) is not None:
            return f"What should serve cannot be opened here: {failure}"
        return _missing_vectors(serving)

    def close(self) -> None:
        """Let go of the index, when the last search is done with it; no change begins or takes effect any more."""
        self._serving.close(CLOSE_WAIT_S)

    def _read_pointer(self) -> ServingPointer | None:
        with self._db.read() as session:
            return load_pointer(session)

    def _open(self, moved: ServingPointer | None, old: ServingIndex | None) -> ServingIndex:
        settings = self._settings if moved is None else moved.pair.applied_to(self._settings)
        url = configured_pair(settings).embedder_url
        embedder = old.embedder if old is not None and old.embedder_url == url else self._embedders(settings)
        embedder.embed_query("warm up")  # the first question must be as fast as the second
        serving = ServingIndex(embedder, open_index(settings, self._db, embedder), url, moved)
        weakref.finalize(serving, serving.index.close).atexit = False
        return serving


def _missing_vectors(serving: ServingIndex) -> str | None:
    state = serving.index.current()
    if (missing := len(state.lexical) - len(state.vectors)) <= 0:
        return None
    return f"{missing} of {len(state.lexical)} chunks have no vector of {serving.embedder.name}: run `vouch reindex`."


def _warn_of_missing_vectors(serving: ServingIndex) -> None:
    if reason := _missing_vectors(serving):
        log.warning("chunks_without_vectors", reason=reason)


def _log_change(serving: ServingIndex) -> None:
    log.info("serving_changed", embedder=serving.embedder.name, index=serving.index.current().version)
    _warn_of_missing_vectors(serving)
