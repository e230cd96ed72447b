"""A whole Vouch as a person starts it: `vouch up` in processes of its own, spoken to over HTTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.servers import free_port, wait_for

ROOT = Path(__file__).resolve().parents[2]
READY_S = 150


@dataclass
class Service:
    """A running service, a client that holds its admin key, and its processes."""

    client: httpx.Client
    process: subprocess.Popen[bytes]
    home: Path

    def upload(self, filename: str, data: bytes, **fields: str) -> httpx.Response:
        return self.client.post("/v1/documents", files={"file": (filename, data)}, data=fields)

    def job(self, job_id: str) -> dict[str, Any]:
        body: dict[str, Any] = self.client.get(f"/v1/jobs/{job_id}").json()
        return body

    def finished(self, job_id: str, seconds: float = 120) -> dict[str, Any]:
        done = ("succeeded", "failed", "cancelled")
        wait_for(lambda: self.job(job_id)["state"] in done, seconds, f"job {job_id} to end")
        return self.job(job_id)

    def serve(self, filename: str, data: bytes, **fields: str) -> str:
        sent = self.upload(filename, data, **fields)
        assert sent.status_code == 202, sent.text
        job = self.finished(sent.json()["job_id"])
        assert job["state"] == "succeeded", job["reason"]
        return str(sent.json()["document_id"])

    def ask(self, question: str, **body: object) -> dict[str, Any]:
        response = self.client.post("/v1/answers", json={"question": question, **body})
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def worker(self) -> psutil.Process:
        """The ingest worker's main process."""
        (found,) = (
            child for child in psutil.Process(self.process.pid).children()
            if "worker" in child.cmdline() and "ingest" in child.cmdline()
        )  # fmt: skip
        return found


@contextmanager
def running(home: Path, environment: Mapping[str, str] | None = None) -> Iterator[Service]:
    """Start `vouch up`, wait until it is ready, and stop it with Ctrl-C's signal at the end."""
    port = free_port()
    env = os.environ | {"VOUCH_HOME": str(home), "VOUCH_TRAIN_EVERY_H": "0"} | dict(environment or {})
    home.mkdir(parents=True, exist_ok=True)
    with (home / "up.log").open("wb") as log:
        command = [sys.executable, "-m", "cli.main", "up", "--port", str(port)]
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for(lambda: is_ready(url, process, home), READY_S, f"the service: {(home / 'up.log').read_text()[-3000:]}")
        token = (home / "admin.key").read_text().strip()
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=120) as client:
            yield Service(client, process, home)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


def is_ready(url: str, process: subprocess.Popen[bytes], home: Path) -> bool:
    assert process.poll() is None, (home / "up.log").read_text()[-3000:]
    try:
        return httpx.get(f"{url}/readyz", timeout=5).status_code == 200
    except httpx.TransportError:
        return False
