"""The child process: what it can do, what it cannot do, and how a hostile file ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from core.errors import DocumentRejected, LimitExceeded, UnsupportedMedia
from core.settings import load_settings
from ingest.sandbox import parent
from ingest.sandbox.child import SPENT_MB
from ingest.sandbox.parent import Sandbox
from tests.ingest import files


def child_of(sandbox: Sandbox) -> psutil.Process:
    assert sandbox._child is not None
    return psutil.Process(sandbox._child._process.pid)


def test_a_file_is_parsed_into_elements(sandbox: Sandbox) -> None:
    parsed = sandbox(b"# Title\n\nSome text.\n", "text/markdown", "a.md")

    assert [(element.kind, element.text) for element in parsed.elements] == [
        ("heading", "Title"),
        ("paragraph", "Some text."),
    ]


def test_one_child_serves_several_files(sandbox: Sandbox) -> None:
    sandbox(b"one", "text/plain", "a.txt")
    first = child_of(sandbox).pid

    sandbox(b"two", "text/plain", "b.txt")

    assert child_of(sandbox).pid == first


def test_an_error_that_a_reader_raises_is_raised_by_the_sandbox(sandbox: Sandbox) -> None:
    with pytest.raises(DocumentRejected, match="encrypted with a password"):
        sandbox(files.pdf([files.manual_page(1)], password="x"), "application/pdf", "a.pdf")


def test_an_unknown_type_is_unsupported(sandbox: Sandbox) -> None:
    with pytest.raises(UnsupportedMedia, match="application/x-unknown"):
        sandbox(b"x", "application/x-unknown", "a")


def test_a_killed_child_is_replaced(sandbox: Sandbox) -> None:
    sandbox(b"one", "text/plain", "a.txt")
    os.kill(child_of(sandbox).pid, signal.SIGKILL)

    assert sandbox(b"two", "text/plain", "b.txt").elements[0].text == "two"


def test_a_file_that_takes_too_long_is_stopped() -> None:
    pages = [[(20.0, 20.0 + y, f"{y} " * 60, "Helvetica", 4) for y in range(0, 800, 5)] for _ in range(60)]
    with Sandbox(load_settings({}, parse_timeout_s=1)) as sandbox:
        started = time.monotonic()
        with pytest.raises(LimitExceeded, match="VOUCH_PARSE_TIMEOUT_S"):
            sandbox(files.pdf(pages), "application/pdf", "a.pdf")

        assert time.monotonic() - started < 30
        assert sandbox(b"still here", "text/plain", "b.txt").elements[0].text == "still here"


def test_a_file_that_takes_too_much_memory_is_stopped() -> None:
    with Sandbox(load_settings({}, parse_memory_mb=256)) as sandbox:
        with pytest.raises(LimitExceeded, match="256 MiB"):
            sandbox(b"word " * (40 << 20), "text/plain", "a.txt")

        assert sandbox(b"still here", "text/plain", "b.txt").elements[0].text == "still here"


def test_the_child_has_no_network() -> None:
    code = (
        "import os, socket; from ingest.sandbox.isolation import isolate\n"
        "print(isolate(os.getppid()))\n"
        "try:\n    socket.create_connection(('127.0.0.1', int(os.environ['PORT'])), 2); print('connected')\n"
        "except OSError: print('refused')\n"
    )
    import socket

    with socket.create_server(("127.0.0.1", 0)) as server:
        environment = os.environ | {"PORT": str(server.getsockname()[1])}
        result = subprocess.run(
            [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
        )

    assert result.stdout.splitlines()[1] == "refused"


def test_the_child_dies_with_its_parent() -> None:
    code = (
        "from core.settings import load_settings; from ingest.sandbox.parent import Sandbox; import time\n"
        "s = Sandbox(load_settings({})); s(b'x', 'text/plain', 'a'); print(s._child._process.pid, flush=True)\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = psutil.Process(int(parent.stdout.readline()))
        parent.kill()

    gone, alive = psutil.wait_procs([child], timeout=10)
    assert gone
    assert not alive


def test_peak_memory_is_measured(sandbox: Sandbox) -> None:
    sandbox(b"text", "text/plain", "a.txt")

    assert 10 < sandbox.peak_mb < 2000


def test_a_file_with_more_text_than_is_taken_is_said_to_be_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parent, "MAX_ANSWER", 1 << 20)
    with Sandbox(load_settings({})) as sandbox:
        with pytest.raises(LimitExceeded, match="longer than 1 MiB"):
            sandbox(b"word " * (2 << 20), "text/plain", "a.txt")

        assert sandbox(b"still here", "text/plain", "b.txt").elements[0].text == "still here"


def test_a_child_that_a_file_made_large_does_not_serve_the_next_one() -> None:
    with Sandbox(load_settings({})) as sandbox:
        sandbox(b"one", "text/plain", "a.txt")
        first = child_of(sandbox).pid
        sandbox(b"word " * (8 << 20), "text/plain", "a.txt")
        assert sandbox.peak_mb > SPENT_MB
        sandbox(b"two", "text/plain", "b.txt")

        assert child_of(sandbox).pid != first
