"""The scrub finds what a disk changed or lost, in bounded runs, and forgets it when it is repaired."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.blobs import open_blobs
from core.clock import now
from core.disk.scrub import describe_bad, scrub, scrub_all
from core.errors import Unavailable
from core.ports import Blobs
from core.store import blob_checks, documents, uploads
from core.store.blob_checks import BlobCounts
from core.store.database import Database
from core.types import OPERATOR
from tests.damage import blob_path, flip


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return open_blobs(f"file://{tmp_path}/blobs")


def store(db: Database, blobs: Blobs, number: int) -> tuple[str, str]:
    """Register a document; return its id and the key of its bytes."""
    data = f"manual {number}".encode()
    given = uploads.Upload("manuals", f"{number}.txt", "text/plain", len(data), blobs.put(data), title=f"No. {number}")
    with db.write() as session:
        return uploads.register_upload(session, given, OPERATOR).document_id, given.blob


def counts(db: Database) -> BlobCounts:
    with db.read() as session:
        return blob_checks.counts(session)


def age(db: Database, key: str, days: int) -> None:
    with db.write() as session:
        at = {"at": now() - timedelta(days=days), "key": key}
        session.execute(text("UPDATE blob_checks SET checked_at = :at WHERE blob = :key"), at)


def test_a_changed_and_a_deleted_file_are_found_and_named(db: Database, blobs: Blobs, tmp_path: Path) -> None:
    keys = [store(db, blobs, number)[1] for number in range(3)]
    flip(blob_path(tmp_path, keys[0]))
    blob_path(tmp_path, keys[1]).unlink()

    assert scrub(db, blobs, 60) == 3

    with db.read() as session:
        bad = {blob.needed_by: blob.state for blob in blob_checks.bad_blobs(session)}
    assert (counts(db).total, counts(db).damaged, counts(db).missing) == (3, 1, 1)
    assert bad == {"No. 0": "damaged", "No. 1": "missing"}


def test_a_file_is_due_again_after_a_day_and_the_oldest_check_comes_first(db: Database, blobs: Blobs) -> None:
    keys = [store(db, blobs, number)[1] for number in range(3)]
    scrub(db, blobs, 60)
    assert scrub(db, blobs, 60) == 0
    age(db, keys[1], 2)
    age(db, keys[2], 3)

    with db.read() as session:
        assert blob_checks.due(session, 10) == [keys[2], keys[1]]
    assert scrub(db, blobs, 60) == 2


def test_a_run_stops_when_its_time_is_up_and_the_next_one_continues(
    db: Database, blobs: Blobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        store(db, blobs, number)
    ticks = iter(range(1000))
    monkeypatch.setattr("core.disk.scrub.time.monotonic", lambda: next(ticks))

    assert [scrub(db, blobs, 1.5) for _ in range(4)] == [1, 1, 1, 0]


def test_the_age_is_that_of_the_oldest_check_and_counts_from_the_upload_before_the_first(
    db: Database, blobs: Blobs
) -> None:
    assert counts(db).oldest is None
    began = now()
    keys = [store(db, blobs, number)[1] for number in range(2)]
    never = counts(db).oldest
    assert never is not None
    assert began <= never <= now()

    scrub(db, blobs, 60)
    age(db, keys[0], 3)
    oldest = counts(db).oldest
    assert oldest is not None
    assert timedelta(days=3) <= now() - oldest < timedelta(days=3, minutes=1)


def test_a_deleted_document_is_not_missed(db: Database, blobs: Blobs) -> None:
    document_id, key = store(db, blobs, 1)
    scrub(db, blobs, 60)
    with db.write() as session:
        documents.delete_document(session, document_id, OPERATOR)
    blobs.delete(key)

    assert scrub_all(db, blobs, 60) == 0
    assert counts(db) == BlobCounts(0, 0, 0, None)


def test_a_store_that_does_not_answer_damages_nothing(db: Database, blobs: Blobs, tmp_path: Path) -> None:
    _, key = store(db, blobs, 1)
    blobs.delete(key)
    blob_path(tmp_path, key).mkdir()

    with pytest.raises(Unavailable):
        scrub(db, blobs, 60)

    assert (counts(db).damaged, counts(db).missing) == (0, 0)


def test_a_damaged_file_is_looked_at_again_within_hours(db: Database, blobs: Blobs, tmp_path: Path) -> None:
    _, key = store(db, blobs, 1)
    flip(blob_path(tmp_path, key))
    scrub(db, blobs, 60)
    flip(blob_path(tmp_path, key))  # somebody restored it
    with db.write() as session:
        at = {"at": now() - timedelta(hours=2)}
        session.execute(text("UPDATE blob_checks SET checked_at = :at"), at)

    assert scrub(db, blobs, 60) == 1
    assert counts(db).damaged == 0


def test_the_sentence_names_only_what_there_is() -> None:
    assert describe_bad(0, 0) is None
    assert "2 damaged, 1 missing" in str(describe_bad(2, 1))
    assert "damaged" not in str(describe_bad(0, 1))
