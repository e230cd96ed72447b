"""HTTP/1.1 of uvicorn with a limit on each wait for the client.

uvicorn limits only the time between two requests. Here a timer runs in every phase in which the server waits for the
client. The timer starts with the phase and not with the last byte, so that a byte now and then does not extend it. A
body that the application reads is limited by its rate in `api.middleware.slow_bodies`, which can answer 408.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from typing import Any, cast

import h11
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from api.errors import RETRY_AFTER_S, problem
from api.serving.connections import Connections

PROGRESS = 64 << 10
"""Bytes of a body after which its connection counts as newly waiting."""
SLICE = 8 << 10
"""Bytes that h11 gets at once: it limits a head to 16 KiB, but only if it does not get a longer one as a whole."""
ALIVE = "/livez"


class Phase(Enum):
    """What a connection waits for."""

    HEAD = auto()
    BODY = auto()
    ANSWER = auto()
    """The application: the only phase in which the server itself has something to do."""
    READER = auto()
    """The client, which has not read what was sent."""
    REST = auto()
    """The rest of a body whose response was sent without it."""
    IDLE = auto()
    CLOSING = auto()


class PatientProtocol(H11Protocol):
    """uvicorn's protocol; `open_connections` and `patience_s` are set by `protocol_class`."""

    open_connections: Connections
    patience_s: float

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._phase: Phase | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._received = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if not self.open_connections.admit(self, self.client[0] if self.client else None):
            self.app = cast(Any, come_later(cast(ASGIApp, self.app)))
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self.open_connections.remove(self)
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), SLICE):
            if self.transport.is_closing():
                break
            super().data_received(data[start : start + SLICE])
        self._received += len(data)
        if self._phase is Phase.BODY and self._received >= PROGRESS:
            self._received = 0
            self.open_connections.waits(self)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._watch()

    def abort(self) -> None:
        """Close the connection at once, without sending what is buffered."""
        self.transport.abort()

    def _current_phase(self) -> Phase:
        if self.transport.is_closing():
            return Phase.CLOSING
        if self.flow.write_paused:
            return Phase.READER
        if self.cycle is None:
            return Phase.HEAD
        if not self.cycle.response_complete:
            return Phase.BODY if self.cycle.more_body else Phase.ANSWER
        if self.conn.their_state is h11.SEND_BODY:
            return Phase.REST
        return Phase.HEAD if self.conn.trailing_data[0] else Phase.IDLE

    def _watch(self) -> None:
        phase = self._current_phase()
        if phase is self._phase:
            return
        self._phase = phase
        if self._timer is not None:
            self._timer.cancel()
        if phase is Phase.ANSWER:
            self.open_connections.works(self)
        else:
            self.open_connections.waits(self)
        # uvicorn's own timer ends an idle connection; this one is longer, and catches what that one does not see
        seconds = self.patience_s + (self.timeout_keep_alive if phase is Phase.IDLE else 0)
        self._timer = self.loop.call_later(seconds, self._on_timer)

    def _on_timer(self) -> None:
        phase = self._current_phase()
        if phase is self._phase and phase not in (Phase.ANSWER, Phase.BODY):
            self.open_connections.drop(self, "slow")
            return
        self._phase = self._phase if phase is not self._phase else None
        self._watch()


def protocol_class(connections: Connections, patience_s: float) -> type[PatientProtocol]:
    """Return the protocol of one server, for uvicorn's `http`; `patience_s` is the longest wait, in seconds."""
    return type("ServerProtocol", (PatientProtocol,), {"open_connections": connections, "patience_s": patience_s})


def come_later(app: ASGIApp) -> ASGIApp:
    """Return an application that answers 503 to everything but `/livez`, and closes the connection."""

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == ALIVE:
            await app(scope, receive, send)
            return
        headers = {"Retry-After": str(RETRY_AFTER_S), "Connection": "close"}
        detail = f"Too many connections are in use. Wait {RETRY_AFTER_S} s, and use fewer connections."
        await problem(scope, 503, "busy", detail, headers=headers)(scope, receive, send)

    return answer
