"""Starts the API's server: raises the limit on open files, keeps some of them for the database, and listens."""

from __future__ import annotations

import asyncio
import resource
import socket
from contextlib import suppress

import structlog
import uvicorn
from starlette.types import ASGIApp

from api.serving.connections import Connections, Limits
from api.serving.protocol import protocol_class
from core.errors import Conflict
from core.settings import Settings

MOST_FILES = 65_536
RESERVED = 256
"""Open files for the database, the index, uploads and logs; half of all if the limit is below 512."""
ACCEPTED_AT_ONCE = 16
BACKLOG = 2048
KEEP_ALIVE_S = 5

log = structlog.get_logger()


def run_server(app: ASGIApp, settings: Settings, connections: Connections, listener: socket.socket) -> None:
    """Serve the application on this socket until SIGINT or SIGTERM."""
    with suppress(KeyboardInterrupt):  # uvicorn raises the signal again after it has stopped
        uvicorn.Server(server_config(app, settings, connections)).run([listener])


def server_config(app: ASGIApp, settings: Settings, connections: Connections) -> uvicorn.Config:
    """Return uvicorn's configuration."""
    return uvicorn.Config(
        app,
        loop="asyncio",  # uvloop does not accept through the socket's own method
        http=protocol_class(connections, settings.client_timeout_s),
        ws="none",
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=3,
        forwarded_allow_ips=settings.trusted_proxies,
        log_level="warning",
        access_log=False,
        server_header=False,
    )


def connection_limits(settings: Settings) -> Limits:
    """Raise this process's limit on open files to its hard limit, and return the limits that leave room for files.

    At most MOST_FILES: some systems have a hard limit of a thousand million, and tables are sized by it.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    files = MOST_FILES if hard == resource.RLIM_INFINITY else min(hard, MOST_FILES)
    if files > soft:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, hard))
    total = room_for_connections(max(files, soft), settings.max_connections)
    if total < settings.max_connections:
        log.warning("fewer_connections", wanted=settings.max_connections, possible=total, open_files=files)
    return Limits(total, settings.max_connections_per_client, settings.trusted_proxies)


def room_for_connections(files: int, wanted: int) -> int:
    """Return how many connections may be open in a process that may open this many files."""
    return max(1, min(wanted, files - min(RESERVED, files // 2)))


def listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens there. Raises Conflict if that is not possible, for example if the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        made = socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).partition(" (while")[0]
        raise Conflict(f"Cannot listen on {host}:{port}: {reason}.", hint="Choose another --port.") from None
    return _Listener(made.family, made.type, made.proto, fileno=made.detach())


class _Listener(socket.socket):
    """A listening socket that hands out only a few connections at once.

    asyncio accepts as many connections in one step as the backlog has, and the first is counted two steps later.
    """

    _accepted = 0

    def accept(self) -> tuple[socket.socket, object]:
        if self._accepted >= ACCEPTED_AT_ONCE:
            raise BlockingIOError
        if self._accepted == 0:
            asyncio.get_running_loop().call_soon(self._next_step)
        accepted = super().accept()
        self._accepted += 1
        return accepted

    def _next_step(self) -> None:
        self._accepted = 0
