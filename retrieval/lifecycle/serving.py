"""What this process searches with: the embedder and the index that serve, changed for others while searches go on.

Before each search the pointer is read (`core.store.index.serving`). When it has moved, a thread opens what it names and
the old serves until that is open. A search keeps what it began with, so one question never meets vectors of another
space.
"""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from core.errors import SettingsError, VouchError, missing_extra
from core.loading import ONE_AT_A_TIME
from core.log import where
from core.ports import Embedder
from core.settings import Settings
from core.store.database import Database
from core.store.index.serving import ServingPointer, configured_pair, load_pointer
from core.store.index.spaces import stored_dimension

if TYPE_CHECKING:
    from retrieval.lifecycle.live_index import Follower

PARTING_S = 10.0
"""Seconds that closing waits for a change under way."""
PAUSE_S = 15.0
"""Seconds between two attempts to open what could not be opened."""
log = structlog.get_logger(__name__)

Embedders = Callable[[Settings], Embedder]
"""Opens what `embedder_url` names."""


@dataclass(frozen=True, slots=True, weakref_slot=True, eq=False)
class Standing:
    """An embedder with the index of its space, and the pointer that named both; None: the settings did.

    Hold it for as long as you search: the index is closed when nobody does.
    """

    embedder: Embedder
    follower: Follower
    embedder_url: str
    moved: ServingPointer | None


def open_follower(settings: Settings, db: Database, embedder: Embedder) -> Follower:
    """Open the index that the settings name. Raises SettingsError when it holds vectors of another length."""
    try:
        from retrieval.lifecycle.live_index import Follower
    except ModuleNotFoundError as error:
        raise missing_extra(str(error.name), "cpu") from error
    from retrieval.lifecycle.publish import index_place

    with db.read() as session:
        stored = stored_dimension(session, embedder.name)
    if stored not in (None, embedder.dimension):
        raise SettingsError(
            f"The embedder {embedder.name} makes {embedder.dimension} numbers of a text; the vectors that are stored "
            f"under that name have {stored}.",
            hint="A changed model needs another name: give the path of its folder, and run `vouch reindex`.",
        )
    return Follower(db, index_place(settings), embedder.name, embedder.dimension)


class Fixed:
    """An embedder and an index that stay, whatever is made to serve: for evaluations in a home of their own."""

    def __init__(self, embedder: Embedder, follower: Follower) -> None:
        self._standing = Standing(embedder, follower, "", None)

    def current(self) -> Standing:
        return self._standing

    def trouble(self) -> str | None:
        return None

    def close(self) -> None:
        self._standing.follower.close()


def _lacks(standing: Standing) -> str | None:
    live = standing.follower.current()
    if (bare := len(live.lexical) - len(live.vectors)) <= 0:
        return None
    return f"{bare} of {len(live.lexical)} chunks have no vector of {standing.embedder.name}: run `vouch reindex`."


def _say_what_lacks(standing: Standing) -> None:
    if reason := _lacks(standing):
        log.warning("chunks_without_vectors", reason=reason)


class Serving:
    """Holds what stands now. All methods may be called from any thread."""

    def __init__(self, db: Database, settings: Settings, embedders: Embedders) -> None:
        """Open what serves. Raises SettingsError, WeightsError."""
        self._db, self._settings, self._embedders = db, settings, embedders
        self._lock = threading.Lock()
        self._changing = False
        self._closed = False
        self._changer: threading.Thread | None = None
        self._failed: tuple[ServingPointer | None, float, str] | None = None
        self._standing = self._open(self._read(), None)
        _say_what_lacks(self._standing)

    def current(self) -> Standing:
        """Return what stands; begin to change it, in the background, when the pointer leads elsewhere."""
        moved = self._read()
        if moved != self._standing.moved:
            self._begin(moved)
        return self._standing

    def trouble(self) -> str | None:
        """Return what makes searches find less than they should: chunks without vectors, or a move not followed."""
        self.current()
        failed = self._failed
        stuck = failed[2] if failed is not None and failed[0] != self._standing.moved else None
        return stuck or _lacks(self._standing)

    def close(self) -> None:
        """Let go of the index, when the last search is done with it; no change begins or takes effect any more."""
        with self._lock:
            self._closed, changer = True, self._changer
        if changer is not None:
            changer.join(PARTING_S)
        with self._lock:
            del self._standing

    def _read(self) -> ServingPointer | None:
        with self._db.read() as session:
            return load_pointer(session)

    def _begin(self, moved: ServingPointer | None) -> None:
        with self._lock:
            failed = self._failed
            if (
                self._closed
                or self._changing
                or (failed and failed[0] == moved and time.monotonic() - failed[1] < PAUSE_S)
            ):
                return
            self._changing = True
            self._changer = threading.Thread(
                target=self._change, args=(moved, self._standing), name="change-index", daemon=True
            )
            self._changer.start()

    def _change(self, moved: ServingPointer | None, old: Standing) -> None:
        try:
            with ONE_AT_A_TIME:
                standing = self._open(moved, old)
            version = standing.follower.current().version
        except Exception as error:  # a thread's boundary: the old goes on serving, `/readyz` tells
            reason = str(error) if isinstance(error, VouchError) else f"an unexpected {type(error).__name__}"
            log.error("serving_not_changed", error=type(error).__name__, reason=reason, at=where(error))
            self._failed = moved, time.monotonic(), f"What should serve cannot be opened here: {reason}"
        else:
            with self._lock:
                if self._closed:
                    return
                self._standing, self._failed = standing, None  # searches that run keep the old until they end
            log.info("serving_changed", embedder=standing.embedder.name, index=version)
            _say_what_lacks(standing)
        finally:
            self._changing = False

    def _open(self, moved: ServingPointer | None, old: Standing | None) -> Standing:
        settings = self._settings if moved is None else moved.pair.applied_to(self._settings)
        url = configured_pair(settings).embedder_url
        embedder = old.embedder if old is not None and old.embedder_url == url else self._embedders(settings)
        embedder.embed_query("warm up")  # the first question shall be as fast as the second
        standing = Standing(embedder, open_follower(settings, self._db, embedder), url, moved)
        weakref.finalize(standing, standing.follower.close).atexit = False
        return standing
