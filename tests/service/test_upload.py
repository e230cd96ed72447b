"""An upload without HTTP: what it records and sends, and a purge of the same bytes at the same moment."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import Forbidden
from core.store import documents
from core.store.access import audit
from core.types import OPERATOR, Caller
from service.compose import Services
from service.upload import File, register, upload
from tests.api.doubles import RecordedQueue
from tests.service.doubles import PurgedBlobs

STAFF = Caller("key_staff", frozenset({"ingest"}), frozenset({"staff"}))


def test_an_upload_is_recorded_in_the_audit_trail(services: Services) -> None:
    made = register(services, STAFF, File(b"Turn the valve.", "a.txt", groups=frozenset({"staff"})))

    with services.db.read() as session:
        (entry,) = audit.list_audit(session).data
    assert (entry.key_id, entry.action, entry.target) == ("key_staff", "document.upload", made.document_id)
    assert entry.detail == {"version": 1, "job": made.job_id, "groups": ["staff"]}


def test_a_refused_upload_is_not_recorded(services: Services) -> None:
    with pytest.raises(Forbidden):
        register(services, STAFF, File(b"Turn the valve.", "a.txt", groups=frozenset({"board"})))

    with services.db.read() as session:
        assert audit.list_audit(session).data == ()


def test_bytes_that_a_purge_deletes_before_the_commit_are_stored_again(services: Services) -> None:
    blobs = PurgedBlobs(services.settings.home / "blobs")

    made = register(replace(services, blobs=blobs), OPERATOR, File(b"Turn the valve.", "a.txt"))

    with services.db.read() as session:
        version = documents.get_version(session, made.document_id, made.version)
    assert version is not None
    assert blobs.get(version.blob) == b"Turn the valve."
    assert blobs.puts == 2


def test_only_upload_sends_a_hint_and_only_for_a_new_job(services: Services, queue: RecordedQueue) -> None:
    registered = register(services, OPERATOR, File(b"Close the valve.", "b.txt"))
    uploaded, same = (upload(services, OPERATOR, File(b"Turn the valve.", "a.txt")) for _ in range(2))

    assert registered.job_id is not None
    assert same.job_id == uploaded.job_id
    assert queue.sent == [(uploaded.job_id, "ingest")]
