"""The routes of background jobs: list, read, follow, cancel, retry."""

from __future__ import annotations

import threading
import time

import pytest

from core.store import jobs
from core.store.jobs import Claim
from core.types import JobState
from tests.api.conftest import LAMPS, World
from tests.api.routes.test_answers import events_of


def claimed(world: World, job_id: str) -> Claim:
    claim = jobs.claim(world.services.db, job_id, lease_s=30, max_attempts=3)
    assert claim is not None
    return claim


def finished(world: World, job_id: str, state: JobState = "succeeded") -> None:
    claim = claimed(world, job_id)
    with world.services.db.write() as session:
        jobs.finish(session, claim, state)


def test_a_job_shows_its_stage_and_progress(world: World) -> None:
    made = world.upload()
    jobs.renew(world.services.db, claimed(world, made["job_id"]), "embed", 0.5)
    job = world.client.get(f"/v1/jobs/{made['job_id']}", headers=world.key("ingest")).json()
    assert (job["state"], job["stage"], job["progress"], job["attempts"]) == ("running", "embed", 0.5, 1)
    assert (job["document_id"], job["version"]) == (made["document_id"], 1)


def test_a_job_of_a_document_that_is_not_visible_does_not_exist(world: World) -> None:
    made = world.upload(groups="staff")
    stranger = world.key("ingest")
    for method, path in (("GET", ""), ("GET", "/events"), ("POST", ":cancel"), ("POST", ":retry")):
        assert world.client.request(method, f"/v1/jobs/{made['job_id']}{path}", headers=stranger).status_code == 404
    assert world.client.get("/v1/jobs", headers=stranger).json()["data"] == []


def test_reviewers_see_training_jobs_and_uploaders_see_ingest_jobs(world: World) -> None:
    ingest = world.upload()["job_id"]
    train = world.client.post("/v1/training-runs", json={}, headers=world.key("review")).json()["id"]
    seen = {
        scope: [job["id"] for job in world.client.get("/v1/jobs", headers=world.key(scope)).json()["data"]]
        for scope in ("ingest", "review", "admin")
    }
    assert seen == {"ingest": [ingest], "review": [train], "admin": [train, ingest]}


def test_jobs_are_filtered_by_state_and_paged(world: World) -> None:
    made = [world.upload(f"text {n}".encode(), f"{n}.txt")["job_id"] for n in range(3)]
    finished(world, made[0])
    headers = world.key("ingest")
    first = world.client.get("/v1/jobs", params={"state": "queued", "limit": 1}, headers=headers).json()
    query = {"state": "queued", "cursor": first["next_cursor"]}
    rest = world.client.get("/v1/jobs", params=query, headers=headers).json()
    assert [job["id"] for job in first["data"] + rest["data"]] == [made[2], made[1]]
    assert (first["has_more"], rest["has_more"]) == (True, False)


def test_the_purge_of_a_deleted_document_can_be_followed(world: World) -> None:
    document_id, headers = world.served(), world.key("ingest")
    job_id = world.client.delete(f"/v1/documents/{document_id}", headers=headers).json()["job_id"]
    assert world.client.get(f"/v1/jobs/{job_id}", headers=headers).json()["kind"] == "purge"


def test_a_job_is_cancelled_once(world: World) -> None:
    job_id, headers = world.upload()["job_id"], world.key("ingest")
    first = world.client.post(f"/v1/jobs/{job_id}:cancel", headers=headers)
    second = world.client.post(f"/v1/jobs/{job_id}:cancel", headers=headers)
    assert (first.json()["state"], second.status_code, second.json()["code"]) == ("cancelled", 409, "conflict")


def test_only_a_failed_or_cancelled_job_is_retried(world: World) -> None:
    job_id, headers = world.upload()["job_id"], world.key("ingest")
    early = world.client.post(f"/v1/jobs/{job_id}:retry", headers=headers)
    finished(world, job_id, "failed")
    late = world.client.post(f"/v1/jobs/{job_id}:retry", headers=headers)
    assert (early.status_code, late.json()["state"]) == (409, "queued")
    assert world.queue.sent[-1] == (job_id, "ingest")


def test_a_finished_job_is_one_event(world: World) -> None:
    job_id = world.upload()["job_id"]
    finished(world, job_id)
    events = events_of(world.client.get(f"/v1/jobs/{job_id}/events", headers=world.key("ingest")))
    assert [(name, data["state"]) for name, data in events] == [("job", "succeeded")]


def test_a_job_is_followed_until_it_is_finished(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.routes.jobs.POLL_S", 0.02)
    job_id = world.upload(LAMPS)["job_id"]

    def work() -> None:
        time.sleep(0.3)
        finished(world, job_id)

    worker = threading.Thread(target=work)
    headers = world.key("ingest")
    worker.start()
    events = events_of(world.client.get(f"/v1/jobs/{job_id}/events", headers=headers))
    worker.join()
    states = [data["state"] for _, data in events]
    assert (states[0], states[-1]) == ("queued", "succeeded")
