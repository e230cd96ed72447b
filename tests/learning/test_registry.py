"""The active adapter: unpacked once, checked each time, loaded without a restart, audited."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.blobs import FileBlobs
from core.errors import BlobDamaged, BlobMissing, Conflict, NotFound
from core.reloadable import Reloadable
from core.settings import Settings
from core.store.access import audit
from core.store.database import Database
from core.types import OPERATOR
from generation.models.adapted import Adapter
from learning import registry
from learning.tuning import adapter_files
from tests.learning.conftest import Registrar

Active = Reloadable[str | None, Adapter | None]


@pytest.fixture
def active(tuned: Settings, db: Database, blobs: FileBlobs) -> Active:
    return registry.active_adapter(tuned, db, blobs, check_every_s=0)


def test_the_service_follows_promotion_and_roll_back(registrar: Registrar, active: Active, db: Database) -> None:
    first, second = registrar.add("first"), registrar.add("second")
    loaded = []
    for step in (None, first.id, second.id):
        if step:
            registry.promote(db, OPERATOR, step)
        loaded.append(active.get())
    back = registry.roll_back(db, OPERATOR)
    loaded.append(active.get())

    assert back is not None
    assert [current and current[0] for current in loaded] == [None, first.id, second.id, first.id]
    assert [current and (current[1] / adapter_files.WEIGHTS).read_text() for current in loaded[1:3]] == [
        "first",
        "second",
    ]


def test_the_pointer_is_read_no_more_often_than_configured(
    registrar: Registrar, tuned: Settings, db: Database, blobs: FileBlobs
) -> None:
    time = [0.0]
    active = registry.active_adapter(tuned, db, blobs, check_every_s=2, clock=lambda: time[0])
    assert active.get() is None
    registry.promote(db, OPERATOR, registrar.add("first").id)

    time[0] = 1.9
    before = active.get()
    time[0] = 2.0

    assert before is None
    assert active.get() is not None


def test_an_adapter_of_another_base_is_not_loaded(registrar: Registrar, active: Active, db: Database) -> None:
    registry.promote(db, OPERATOR, registrar.add("foreign", base="another-model").id)

    assert active.get() is None


def test_a_damaged_folder_is_unpacked_again(registrar: Registrar, tuned: Settings, blobs: FileBlobs) -> None:
    model = registrar.add("first")
    folder = registry.adapter_folder(tuned, blobs, model)
    (folder / adapter_files.WEIGHTS).write_text("damaged")

    assert (registry.adapter_folder(tuned, blobs, model) / adapter_files.WEIGHTS).read_text() == "first"


def test_a_whole_folder_needs_no_blob_store(registrar: Registrar, tuned: Settings, blobs: FileBlobs) -> None:
    model = registrar.add("first")
    folder = registry.adapter_folder(tuned, blobs, model)
    blobs.delete(model.adapter_blob)

    assert registry.adapter_folder(tuned, blobs, model) == folder


def test_a_tampered_blob_is_never_unpacked(
    registrar: Registrar, tuned: Settings, blobs: FileBlobs, tmp_path: Path
) -> None:
    model = registrar.add("first")
    stored = tmp_path / "blobs" / model.adapter_blob[:2] / model.adapter_blob
    stored.write_bytes(stored.read_bytes().replace(b"first", b"worst"))

    with pytest.raises(BlobDamaged):
        registry.adapter_folder(tuned, blobs, model)

    assert not (tuned.home / "adapters" / model.id).exists()


def test_deleted_bytes_are_reported_as_missing(registrar: Registrar, tuned: Settings, blobs: FileBlobs) -> None:
    model = registrar.add("first")
    blobs.delete(model.adapter_blob)

    with pytest.raises(BlobMissing):
        registry.adapter_folder(tuned, blobs, model)


def test_a_rejected_version_is_promoted_only_by_force(registrar: Registrar, db: Database) -> None:
    model = registrar.add("poor", state="rejected")

    with pytest.raises(Conflict, match="as the test says"):
        registry.promote(db, OPERATOR, model.id)

    assert registry.promote(db, OPERATOR, model.id, force=True).state == "active"


def test_promotion_and_roll_back_are_audited(registrar: Registrar, db: Database) -> None:
    model = registrar.add("first")

    registry.promote(db, OPERATOR, model.id)
    registry.roll_back(db, OPERATOR)

    with db.read() as session:
        entries = audit.list_audit(session).data
    assert [(entry.action, entry.target) for entry in entries] == [
        ("model.rollback", model.id),
        ("model.promote", model.id),
    ]


def test_a_refused_promotion_leaves_no_entry(registrar: Registrar, db: Database) -> None:
    with pytest.raises(NotFound):
        registry.promote(db, OPERATOR, "mv_none")

    with db.read() as session:
        assert list(audit.list_audit(session).data) == []
