"""Uploading, listing, reading and withdrawing documents."""

from __future__ import annotations

from tests.api.conftest import RESET, World


def test_an_upload_is_accepted_with_the_address_of_its_job(world: World) -> None:
    response = world.client.post("/v1/documents", files={"file": ("router.txt", RESET)}, headers=world.key("ingest"))
    body = response.json()
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{body['job_id']}"
    assert (body["version"], body["status"]) == (1, "queued")
    assert world.hints.sent == [(body["job_id"], "ingest")]


def test_the_same_bytes_again_answer_with_the_version_that_stands(world: World) -> None:
    first = world.upload()
    response = world.client.post("/v1/documents", files={"file": ("router.txt", RESET)}, headers=world.key("ingest"))
    assert response.status_code == 200
    assert response.json() == {**first, "job_id": None}
    assert len(world.hints.sent) == 1
