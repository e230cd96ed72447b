"""Two API processes beside one worker: a document that is published is found through both, at the same time."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.e2e.service import READY_S, ROOT, Service, is_ready, running
from tests.servers import free_port, wait_for

pytestmark = [pytest.mark.weights, pytest.mark.timeout(500)]
TEXT = b"# Zebra\n\nThe zebra hinge is greased with the violet paste twice a year.\n"
APART_S = 1.0


@contextmanager
def another_api(service: Service) -> Iterator[str]:
    """Start a second API on the first one's home and yield its address."""
    port = free_port()
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port)]
    url, env = f"http://127.0.0.1:{port}", os.environ | {"VOUCH_HOME": str(service.home)}
    with (service.home / "up.log").open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
    try:
        wait_for(lambda: is_ready(url, process, service.home), READY_S, "the second API")
        yield url
    finally:
        process.terminate()
        process.wait(30)


def first_found(url: str, headers: dict[str, str]) -> float:
    """Search until the document is there and return when it was."""
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            found = client.post("/v1/search", json={"query": "zebra hinge", "k": 1}).json()["passages"]
            if found and "violet paste" in found[0]["text"]:
                return time.time()
            time.sleep(0.02)
    pytest.fail("the document was never found")


def test_both_serve_a_published_document_within_a_second_of_each_other(tmp_path: Path) -> None:
    with running(tmp_path / "home") as service, another_api(service) as second:
        headers = {"Authorization": service.client.headers["Authorization"]}
        with ThreadPoolExecutor(2) as pool:
            looking = [pool.submit(first_found, url, headers) for url in (str(service.client.base_url), second)]
            document_id = service.serve("zebra.md", TEXT)
            found = [look.result() for look in looking]
        published = datetime.fromisoformat(service.client.get(f"/v1/documents/{document_id}").json()["updated_at"])

    since = [f"{moment - published.timestamp():.2f} s" for moment in found]
    print(f"\nfrom publication to being found through each API: {', '.join(since)}")
    assert abs(found[0] - found[1]) < APART_S
