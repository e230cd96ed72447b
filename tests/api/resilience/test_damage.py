"""Damage as a client and an operator meet it: never wrong bytes, repaired by an upload, reported until then."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from core.disk.scrub import scrub
from core.errors import DocumentRejected
from core.store import documents, jobs
from service.run_job import perform
from tests.api.conftest import LAMPS, RESET, World
from tests.damage import blob_path, flip, overwrite_page

OTHER = "spare"


def stored(world: World, document_id: str) -> Path:
    """Return the file that holds the first version's bytes."""
    with world.services.db.read() as session:
        version = documents.get_version(session, document_id, 1)
    assert version is not None
    return blob_path(world.services.settings.home, version.blob)


def content(world: World, document_id: str) -> tuple[int, bytes, str]:
    response = world.client.get(f"/v1/documents/{document_id}/content", headers=world.key("ingest"))
    code = response.json()["code"] if response.status_code != 200 else ""
    return response.status_code, response.content, code


def ready(world: World) -> tuple[int, str, str]:
    response = world.client.get("/readyz")
    body = response.json()
    return response.status_code, str(body["status"]), body.get("detail", "")


@pytest.mark.parametrize("damage", [flip, Path.unlink])
def test_a_damaged_file_is_never_served_and_the_same_upload_repairs_it(world: World, damage: object) -> None:
    document_id = world.served()
    damage(stored(world, document_id))  # type: ignore[operator]
    status, body, code = content(world, document_id)
    assert (status, code) == (500, "damaged")
    assert b"Upload the same file again" in body
    assert ready(world)[1] == "degraded"

    world.upload()

    assert content(world, document_id) == (200, RESET, "")


def build(world: World, job_id: str) -> tuple[str, str, int]:
    """Run a job as a worker does, with a handler that only reads the bytes; return its state, reason and attempts."""
    services = world.services

    def read(claim: jobs.Claim) -> None:
        with services.db.read() as session:
            version = documents.get_version(session, claim.job.document_id or "", claim.job.version or 0)
        assert version is not None
        services.blobs.get(version.blob)

    perform(services.db, services.settings, {"ingest": read}, job_id)
    with services.db.read() as session:
        job = jobs.get_job(session, job_id)
    return job.state, job.reason or "", job.attempts


@pytest.mark.parametrize("form", [{}, {"collection": OTHER, "path": "elsewhere.txt"}])
def test_a_job_fails_once_with_the_reason_and_an_upload_of_the_bytes_anywhere_queues_it_again(
    world: World, form: dict[str, Any]
) -> None:
    made = world.upload()
    flip(stored(world, made["document_id"]))
    state, reason, attempts = build(world, made["job_id"])
    assert (state, attempts) == ("failed", 1)
    assert "is damaged" in reason

    world.queue.sent.clear()
    world.upload(**form)

    with world.services.db.read() as session:
        waiting = [job.document_id for job in jobs.waiting(session, ["ingest"], limit=9)]
    assert made["document_id"] in waiting
    assert len(world.queue.sent) == len(waiting)


def test_a_job_that_failed_for_another_reason_is_left_alone(world: World) -> None:
    services, made = world.services, world.upload()

    def reject(_: jobs.Claim) -> None:
        raise DocumentRejected("It is encrypted.")

    perform(services.db, services.settings, {"ingest": reject}, made["job_id"])

    again = world.upload(collection=OTHER)

    with world.services.db.read() as session:
        assert [job.id for job in jobs.waiting(session, ["ingest"], limit=9)] == [again["job_id"]]


def test_readiness_is_degraded_by_damaged_files_and_names_no_document(world: World) -> None:
    router, lamps = world.served(), world.served(LAMPS, "lamps.txt")
    flip(stored(world, router))
    stored(world, lamps).unlink()
    assert ready(world) == (200, "ready", "")
    scrub(world.services.db, world.services.blobs, 60)

    status, state, detail = ready(world)
    assert (status, state) == (200, "degraded")
    assert "1 damaged, 1 missing" in detail
    assert "router" not in detail

    world.upload()
    world.upload(LAMPS, "lamps.txt")
    assert ready(world) == (200, "ready", "")


def gauge(world: World, name: str) -> float:
    text = world.client.get("/metrics", headers=world.key("admin")).text
    lines = [line for line in text.splitlines() if line.startswith(f"{name} ")]
    assert len(lines) == 1, name
    return float(lines[0].split()[1])


def test_the_metrics_count_damage_and_tell_the_age_of_the_checks(world: World) -> None:
    assert gauge(world, "vouch_scrub_age_seconds") == 0
    flip(stored(world, world.served()))
    stored(world, world.served(LAMPS, "lamps.txt")).unlink()
    scrub(world.services.db, world.services.blobs, 60)

    assert gauge(world, "vouch_stored_files_damaged") == 1
    assert gauge(world, "vouch_stored_files_missing") == 1
    assert 0 <= gauge(world, "vouch_scrub_age_seconds") < 60


@pytest.mark.parametrize("name", ["jobs", "chunks", "documents", "ix_jobs_state", "alembic_version"])
def test_readiness_fails_with_the_reason_when_a_page_of_the_database_is_damaged(world: World, name: str) -> None:
    for number in range(3):
        world.served(RESET + b" %d" % number, f"{number}.txt")
    world.services.db.close()
    overwrite_page(world.services.settings.home / "vouch.db", name)

    status, _, detail = ready(world)

    assert status == 503
    assert "The database is damaged" in detail
    assert "restore a backup" in detail
