"""The service with real models: from an upload over HTTP to an answer, then a deletion."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from core.settings import Settings, load_settings
from ingest.sandbox.parent import Sandbox
from service.compose import open_services
from service.keys import first_run_key
from service.run_job import drain
from workers.context import WorkerContext
from workers.queue import CeleryQueue

pytestmark = pytest.mark.weights

MANUAL = b"""# Router X1

## Resetting

To reset the router, hold the button on its back for ten seconds until the lamp blinks twice.
Write to jonathan.smith@example.com when it does not come back.

## Lamps

The green lamp shows that the line is up. The red lamp shows that the router is starting.
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return load_settings({}, home=tmp_path_factory.mktemp("home"), generator_url="none://", threads=1)


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    services = open_services(settings, CeleryQueue(settings))
    path = first_run_key(services.db, settings.home)
    assert path is not None
    headers = {"Authorization": f"Bearer {path.read_text().strip()}"}
    with TestClient(create_app(services=services), headers=headers) as client:
        services.engine.get(120)
        services.redactor.get(120)
        yield client
    services.close()


@pytest.fixture(scope="module")
def worker(settings: Settings, client: TestClient) -> Iterator[WorkerContext]:
    worker = WorkerContext(settings)
    yield worker
    parser = worker.build.parse
    assert isinstance(parser, Sandbox)
    parser.close()
    worker.db.close()


def work(worker: WorkerContext) -> None:
    """Run the waiting jobs as a worker does."""
    assert drain(worker.db, worker.settings, worker.ingest_handlers())


def test_a_manual_is_uploaded_found_quoted_and_forgotten(client: TestClient, worker: WorkerContext) -> None:
    made = client.post("/v1/documents", files={"file": ("router.md", MANUAL)}).json()
    work(worker)
    job = client.get(f"/v1/jobs/{made['job_id']}").json()
    assert job["state"] == "succeeded", job["reason"]

    found = client.post("/v1/search", json={"query": "hold the button to reset", "explain": True}).json()
    assert "ten seconds" in found["passages"][0]["text"]
    assert found["passages"][0]["explain"]["dense_rank"] == 1

    answer = client.post("/v1/answers", json={"question": "How do I reset the router?"}).json()
    assert answer["status"] == "answered"
    assert "ten seconds" in answer["text"]
    assert "@example.com" not in client.get(f"/v1/documents/{made['document_id']}/chunks").text

    purge = client.delete(f"/v1/documents/{made['document_id']}").json()["job_id"]
    after = client.post("/v1/answers", json={"question": "How do I reset the router?"}).json()
    stored = client.get(f"/v1/answers/{answer['id']}").json()
    work(worker)
    assert (after["status"], stored["withdrawn"]) == ("refused", True)
    assert client.get(f"/v1/jobs/{purge}").json()["state"] == "succeeded"
    assert not list(Path(worker.settings.home / "blobs").rglob("?" * 64))


def test_the_real_service_is_ready_and_names_its_devices(client: TestClient) -> None:
    body = client.get("/readyz").json()
    assert body["status"] == "ready", body
    assert body["device"]["embedder"] == "cpu"
    assert body["device"]["index"] == "cpu"


def test_a_name_in_a_question_is_not_stored(client: TestClient) -> None:
    asked = client.post("/v1/answers", json={"question": "Can Jonathan Smith reset his router?"}).json()
    assert "Jonathan" not in client.get(f"/v1/answers/{asked['id']}").json()["question"]
