"""A served API that may open 256 files, and sockets that are closed at the end of a test."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from tests.servers import free_port, wait_for

ROOT = Path(__file__).parents[3]
FILES = 256
TIMEOUT_S = 2.0
NONE: Mapping[str, str] = {}


@dataclass
class Served:
    """A server in its own process, a key that may ask, one that may upload, and the connections that a test opened."""

    port: int
    process: subprocess.Popen[bytes]
    headers: dict[str, str]
    uploader: str = ""
    sockets: list[socket.socket] = field(default_factory=list)

    def connect(self, *sent: bytes) -> socket.socket:
        """Open a connection and send these bytes."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        self.sockets.append(made)
        for data in sent:
            made.sendall(data)
        return made

    def get(self, path: str, timeout: float = 5) -> httpx.Response:
        """Send one request on a connection of its own."""
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", headers=self.headers, timeout=timeout)

    def post(
        self, path: str, *, headers: Mapping[str, str] = NONE, key: str | None = None, **body: Any
    ) -> httpx.Response:
        """Send one request with a body on a connection of its own."""
        sent = self.headers | dict(headers) | ({"Authorization": key} if key else {})
        return httpx.post(f"http://127.0.0.1:{self.port}{path}", headers=sent, timeout=10, **body)

    def ask(self) -> httpx.Response:
        """Ask a question that the manual answers."""
        return self.post("/v1/answers", json={"question": "reset"})

    def seconds_to_live(self) -> float:
        """Return how long `/livez` takes, at best of three: the machine may be busy. Fails if it does not answer."""
        return min(self._seconds_to_live() for _ in range(3))

    def _seconds_to_live(self) -> float:
        began = time.monotonic()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
        connection.request("GET", "/livez")
        assert connection.getresponse().status == 200
        connection.close()
        return time.monotonic() - began

    def open_files(self) -> int:
        """Return how many files and sockets the process has open."""
        return psutil.Process(self.process.pid).num_fds()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, blank_home: Path) -> Iterator[Served]:
    folder, port = tmp_path_factory.mktemp("served"), free_port()
    arguments = [str(folder / "home"), str(blank_home), str(FILES), str(TIMEOUT_S), str(port)]
    command = [sys.executable, "-m", "tests.api.serving.process", *arguments]
    with (folder / "log").open("wb") as log:
        env = os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    made = Served(port, process, {})
    try:
        wait_for(lambda: _is_alive(made), 30, "the server to listen")
        made.headers["Authorization"], made.uploader = (folder / "home" / "keys").read_text().splitlines()
        yield made
        process.terminate()
        process.wait(15)
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def served(server: Served) -> Iterator[Served]:
    yield server
    for each in server.sockets:
        each.close()
    server.sockets.clear()


def ended(connection: socket.socket, within_s: float) -> bytes:
    """Return what the server sent until it closed the connection. Fails the test if it does not close it in time."""
    connection.settimeout(within_s)
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionResetError:
        pass
    except TimeoutError:
        pytest.fail(f"the connection is open after {within_s} s: {received[:100]!r}")
    return received


def _is_alive(served: Served) -> bool:
    assert served.process.poll() is None, "the server ended"
    try:
        return served.get("/livez").status_code == 200
    except httpx.TransportError:
        return False
