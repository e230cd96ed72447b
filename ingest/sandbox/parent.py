"""Parses files in a child process without network, with limited memory and time; a crash of it harms nothing else.

The child starts at the first file, serves the next ones too, and is replaced after a crash, a limit, or many files. It
is a plain subprocess, so it also works inside a daemonic worker process. Parsing itself is in `ingest.readers.parse`.
"""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import tempfile
import threading
import time
from base64 import b64decode
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO

from core.errors import DocumentRejected, LimitExceeded
from core.processes import python_module
from core.settings import TREE, Settings
from core.types import Json, Parsed
from ingest.readers import libreoffice
from ingest.sandbox.wire import error_from_json, from_json

START_S = 120.0
"""Seconds allowed for starting the child or importing a reader's libraries; they do not count as parsing."""
MAX_ANSWER = 192 << 20
"""Bytes of a parsed file as JSON; with many small blocks, this process needs 16 times as much memory for it."""
FILES_PER_CHILD = 500
_PASSED_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX", "VIRTUAL_ENV")


class Sandbox:
    """A parser (see `core.ports.Parser`) in its own process. Use it from any thread; files wait for one another."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._scratch: tempfile.TemporaryDirectory[str] | None = None
        self.isolation = "not started"
        """What blocks the child's network: "network namespace", "seccomp" or "python"."""
        self.peak_mb = 0.0
        """Peak resident memory of the latest file in MiB, including the idle parser; 0 when unknown."""

    def __call__(self, data: bytes, media_type: str, filename: str) -> Parsed:
        return self.parse(data, media_type, filename)

    def parse(self, data: bytes, media_type: str, filename: str) -> Parsed:
        """Return a file's elements. Raises UnsupportedMedia, DocumentRejected, LimitExceeded.

        If the child dies, a new child tries the file once more; if that dies too, the file is rejected.
        """
        return from_json(self._answer(data, media_type, filename, None).get("parsed"))

    def picture(self, data: bytes, media_type: str, page: int, width: int) -> bytes:
        """Return a page (from 1) as a PNG at most `width` pixels wide. Raises NotFound and what `parse` raises."""
        answer = self._answer(data, media_type, "", (page, width))
        try:
            return b64decode(answer["picture"], validate=True)
        except (KeyError, TypeError, ValueError) as error:
            raise DocumentRejected("The page cannot be rendered; the file may be hostile.") from error

    def _answer(self, data: bytes, media_type: str, filename: str, picture_of: tuple[int, int] | None) -> Json:
        request = self._request(len(data), media_type, filename, picture_of)
        with self._lock:
            for _ in range(2):
                try:
                    return self._attempt(data, request)
                except _AnswerTooLong:
                    self._stop()
                    raise LimitExceeded(
                        f"The text of the file with its structure is longer than {MAX_ANSWER >> 20} MiB.",
                        hint="Split the file.",
                    ) from None
                except _ChildDied as death:
                    self._stop()
                    if death.limited:
                        break
            else:
                raise DocumentRejected(
                    "The parser crashed on this file twice; it is damaged or hostile.",
                    hint="Open it in the program that made it and save it again, or upload it as PDF.",
                )
        raise LimitExceeded(
            f"Parsing took more than {self._settings.parse_timeout_s} s and was stopped.",
            hint="Split the file, or raise VOUCH_PARSE_TIMEOUT_S.",
        )

    def close(self) -> None:
        """Stop the child. A later file starts a new one."""
        with self._lock:
            self._stop()
            if self._scratch is not None and self._scratch.name:
                self._scratch.cleanup()
                self._scratch = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _attempt(self, data: bytes, request: bytes) -> Json:
        child = self._live_child()
        self.peak_mb = 0.0
        child.served += 1
        answer = child.ask(request, START_S)
        if "ready" in answer:
            answer = child.ask(data, self._settings.parse_timeout_s)
        self.peak_mb = float(answer.get("peak_mb") or 0.0)
        if answer.get("spent"):
            self._stop()
        if "error" in answer:
            raise error_from_json(answer["error"])
        return answer

    def _request(self, size: int, media_type: str, filename: str, picture_of: tuple[int, int] | None) -> bytes:
        request = {
            "size": size,
            "media_type": media_type,
            "filename": filename,
            "picture_of": picture_of,
            "timeout_s": self._settings.parse_timeout_s,
            "memory_mb": self._settings.parse_memory_mb,
            "ocr_languages": self._settings.ocr_languages,
            "revisions": self._settings.revisions,
        }
        return json.dumps(request).encode() + b"\n"

    def _live_child(self) -> _Child:
        """Return a live child of this process, not one that a forked worker inherited from its parent."""
        child = self._child
        if child is not None and child.owner == os.getpid():
            if child.alive and child.served < FILES_PER_CHILD:
                return child
            self._stop()
        self._scratch = self._scratch or tempfile.TemporaryDirectory(prefix="vouch-parse-", ignore_cleanup_errors=True)
        self._child = child = _Child(self._scratch.name)
        self.isolation = str(child.read(START_S).get("isolation"))
        return child

    def _stop(self) -> None:
        if self._child is not None and self._child.owner == os.getpid():
            self._child.kill()
            if self._scratch is not None:
                libreoffice.clear(Path(self._scratch.name), self._child.pid)
        self._child = None


class _AnswerTooLong(Exception):
    """What the child read is longer than this process takes."""


class _ChildDied(Exception):
    """The child died, or took too long."""

    def __init__(self, *, limited: bool) -> None:
        super().__init__()
        self.limited = limited


class _Child:
    """The child process and its two pipes."""

    def __init__(self, scratch: str) -> None:
        self.owner = os.getpid()
        self.served = 0
        environment = {name: os.environ[name] for name in _PASSED_VARIABLES if name in os.environ}
        environment |= {
            "HOME": scratch,
            "TMPDIR": scratch,
            "LANG": "C.UTF-8",
            "OMP_NUM_THREADS": "1",
            "OMP_THREAD_LIMIT": "1",
            "PYTHONPATH": str(TREE),
            "PYTHONSAFEPATH": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self._process = subprocess.Popen(
            [*python_module("ingest.sandbox.child"), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=scratch,
            env=environment,
            start_new_session=True,
        )
        self._left = b""
        for pipe in (self._input, self._output):
            os.set_blocking(pipe.fileno(), False)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def _input(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _output(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def ask(self, data: bytes, seconds: float) -> Json:
        """Send bytes and return the answer. Raises _ChildDied when the child dies or does not answer in time."""
        return self._exchange(memoryview(data), time.monotonic() + seconds)

    def read(self, seconds: float) -> Json:
        return self.ask(b"", seconds)

    def kill(self) -> None:
        """Kill the child and the processes that it started (tesseract), and wait for its end."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for pipe in (self._input, self._output):
            with suppress(BrokenPipeError):
                pipe.close()

    def _exchange(self, unsent: memoryview, deadline: float) -> Json:
        received = bytearray(self._left)
        with selectors.DefaultSelector() as selector:
            selector.register(self._output, selectors.EVENT_READ)
            if unsent:
                selector.register(self._input, selectors.EVENT_WRITE)
            while b"\n" not in received[-(1 << 16) - 1 :]:
                if len(received) > MAX_ANSWER:
                    raise _AnswerTooLong
                left = deadline - time.monotonic()
                if left <= 0:
                    raise _ChildDied(limited=True)
                for key, _ in selector.select(left):
                    if key.fileobj is self._output:
                        received += self._receive()
                    else:
                        unsent = unsent[self._send(unsent) :]
                        if not unsent:
                            selector.unregister(self._input)
        line, _, rest = bytes(received).partition(b"\n")
        self._left = rest
        return self._decode(line)

    def _receive(self) -> bytes:
        part = os.read(self._output.fileno(), 1 << 16)
        if not part:
            raise _ChildDied(limited=self._process.wait() == -signal.SIGXCPU)
        return part

    def _send(self, unsent: memoryview) -> int:
        try:
            return os.write(self._input.fileno(), unsent[: 1 << 16])
        except BrokenPipeError:
            raise _ChildDied(limited=False) from None

    def _decode(self, line: bytes) -> Json:
        try:
            answer = json.loads(line)
        except ValueError:
            raise _ChildDied(limited=False) from None
        if not isinstance(answer, dict):
            raise _ChildDied(limited=False)
        return answer
