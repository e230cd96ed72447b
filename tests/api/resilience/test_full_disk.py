"""A full disk refuses what must be written; questions, searches and probes go on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.api.conftest import World

METRICS = "a-token-for-metrics-alone"


@pytest.fixture
def full(make_world: Any, tmp_path: Path) -> Iterator[tuple[World, dict[str, str]]]:
    """A service with a document, on a file system without a free byte, and the headers of a key."""
    home = tmp_path / "home"
    home.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(home)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root may mount a small file system")
    try:
        world: World = make_world(metrics_token=METRICS)
        world.served()
        headers = world.key("ask", "ingest", "review")
        fill(home / "filler")
        yield world, headers
    finally:
        subprocess.run(["umount", "--lazy", str(home)], check=True)


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as stream:
        for size in (1 << 16, 4096, 1):
            try:
                while True:
                    stream.write(b"x" * size)
            except OSError:
                continue


def test_questions_and_searches_are_answered(full: tuple[World, dict[str, str]]) -> None:
    world, headers = full

    for _ in range(3):
        answer = world.client.post("/v1/answers", json={"question": "reset"}, headers=headers)
        assert (answer.status_code, answer.json()["status"], answer.json()["stored"]) == (200, "answered", False)
    assert world.client.post("/v1/search", json={"query": "reset"}, headers=headers).json()["passages"]
    assert (
        "vouch_answers_not_stored_total 3.0"
        in world.client.get("/metrics", headers={"Authorization": f"Bearer {METRICS}"}).text
    )


def test_a_conversation_is_answered_but_does_not_begin(full: tuple[World, dict[str, str]]) -> None:
    world, headers = full

    answer = world.client.post(
        "/v1/answers", json={"question": "reset", "conversation_id": "new"}, headers=headers
    ).json()

    assert (answer["status"], answer["conversation_id"]) == ("answered", None)


def test_the_probes_are_good(full: tuple[World, dict[str, str]]) -> None:
    world, _ = full

    assert world.client.get("/livez").status_code == 200
    assert world.client.get("/readyz").status_code == 200


def test_what_must_be_written_is_refused(full: tuple[World, dict[str, str]]) -> None:
    world, headers = full
    answer = world.asked(headers=headers)

    feedback = world.client.post(f"/v1/answers/{answer['id']}/feedback", json={"rating": "up"}, headers=headers)
    upload = world.client.post(
        "/v1/documents", files={"file": ("b.txt", b"x" * 100_000, "text/plain")}, headers=headers
    )

    assert feedback.status_code == 404
    assert (upload.status_code, upload.json()["code"]) == (507, "storage_full")


def test_after_space_is_freed_answers_are_stored_again(full: tuple[World, dict[str, str]]) -> None:
    world, headers = full
    world.client.post("/v1/answers", json={"question": "reset"}, headers=headers)
    (world.services.settings.home / "filler").unlink()

    answer = world.asked(headers=headers)

    assert answer["stored"] is True
    assert world.client.get(f"/v1/answers/{answer['id']}", headers=headers).status_code == 200
