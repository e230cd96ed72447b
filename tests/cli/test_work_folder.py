"""A service that is started in a folder with files named like modules imports none of them."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import httpx
import pytest

from core.processes import python_environment, python_module
from core.settings import TREE, load_settings
from ingest.sandbox.parent import Sandbox
from tests.servers import free_port, wait_for

NAMES = ("mcp", "json", "core", "ingest", "api", "cli", "workers", "celery", "celeryconfig", "typing", "torch", "kombu")

pytestmark = pytest.mark.timeout(180)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in which a Python program that imports from it ends with status 77."""
    folder = tmp_path / "manuals"
    folder.mkdir()
    for name in NAMES:
        (folder / f"{name}.py").write_text("import os\nos._exit(77)\n")
    return folder


def start(words: list[str], folder: Path, tmp_path: Path, output: int | None = None) -> subprocess.Popen[bytes]:
    # an empty entry of PYTHONPATH means the work folder
    env = os.environ | {"PYTHONPATH": ":."} | python_environment() | {"VOUCH_HOME": str(tmp_path / "home")}
    command = [*python_module("cli.main"), *words]
    return subprocess.Popen(
        command, cwd=folder, env=env, stdin=subprocess.PIPE, stdout=output, stderr=output, start_new_session=True
    )


def end(process: subprocess.Popen[bytes]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def test_the_api_starts_there(folder: Path, tmp_path: Path) -> None:
    port = free_port()
    process = start(["serve", "--port", str(port)], folder, tmp_path)

    def alive() -> bool:
        assert process.poll() is None
        try:
            return httpx.get(f"http://127.0.0.1:{port}/livez").status_code == 200
        except httpx.TransportError:
            return False

    try:
        wait_for(alive, 60, "the API to answer")
    finally:
        end(process)


def test_a_worker_and_its_scheduler_start_there(folder: Path, tmp_path: Path) -> None:
    process = start(["worker", "--queue", "learning", "--beat"], folder, tmp_path)
    try:
        wait_for(lambda: any((tmp_path / "home").glob("schedule*")), 60, "the scheduler to start")
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(5)
    finally:
        end(process)


def test_the_mcp_server_starts_there(folder: Path, tmp_path: Path) -> None:
    process = start(["mcp"], folder, tmp_path, subprocess.PIPE)
    client = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}}
    request = httpx.Request(
        "POST", "http://x", json={"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": client}
    )

    said, _ = process.communicate(request.content + b"\n", timeout=60)

    assert process.returncode != 77
    assert b"serverInfo" in said


def test_a_file_that_a_parser_left_in_its_scratch_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with Sandbox(load_settings({}, home=tmp_path / "home")) as sandbox:
        assert sandbox.parse(b"one", "text/plain", "a.txt").elements
        (scratch,) = tmp_path.glob("vouch-parse-*")
        for name in NAMES:
            (scratch / f"{name}.py").write_text("import os\nos._exit(77)\n")
        sandbox._stop()

        assert sandbox.parse(b"two", "text/plain", "b.txt").elements


def test_the_installed_script_does_not_import_from_its_own_folder_either() -> None:
    assert ".venv/bin/python -P\\n" in (TREE / "scripts" / "setup").read_text()
