"""A forgotten document is in no answer, no example and no model; everything else stays."""

from __future__ import annotations

import pytest

from core.blobs import FileBlobs
from core.errors import Conflict
from core.settings import Settings
from core.store.access import audit
from core.store.database import Database, migrate
from core.store.forgetting import Forgotten
from core.store.learned import lineage
from core.store.learned.lineage import Dataset
from core.types import OPERATOR, Split
from learning import registry
from learning.dataset.build import as_jsonl, build_dataset, lessons
from learning.dataset.triage import triage
from learning.forget import forget_document
from tests.learning.conftest import DEVICES, Office, Registrar, manual

SPLITS: tuple[Split, ...] = ("train", "valid", "test")


@pytest.fixture
def kettle(office: Office) -> str:
    """The id of one device's manual, after feedback on all 24 devices."""
    office.fill()
    return office.serve("kettle", *manual("kettle"))


def forgotten(settings: Settings, db: Database, blobs: FileBlobs, document_id: str) -> Forgotten:
    return forget_document(settings, db, blobs, OPERATOR, document_id)


def exported(db: Database, dataset: Dataset) -> str:
    with db.read() as session:
        return "".join(as_jsonl(lineage.dataset_examples(session, dataset.id)))


def candidates(db: Database) -> int:
    with db.read() as session:
        return len(triage(session).candidates)


def test_its_answers_feedback_and_examples_are_deleted_and_the_others_stay(
    kettle: str, tuned: Settings, db: Database, blobs: FileBlobs
) -> None:
    dataset = build_dataset(db, None, "operator")

    receipt = forgotten(tuned, db, blobs, kettle)

    assert (receipt.answers, receipt.examples) == (1, 1)
    assert manual("kettle")[0] not in exported(db, dataset)
    assert manual("router")[0] in exported(db, dataset)
    assert candidates(db) == len(DEVICES) - 1


def test_a_deleted_example_is_in_no_split(kettle: str, tuned: Settings, db: Database, blobs: FileBlobs) -> None:
    dataset = build_dataset(db, None, "operator")

    forgotten(tuned, db, blobs, kettle)

    left = [item for split in SPLITS for item in lessons(db, dataset.id, split)]
    assert len(left) == len(DEVICES) - 1


def test_a_model_that_was_trained_on_it_stops_serving_and_loses_its_adapter(
    kettle: str, tuned: Settings, db: Database, blobs: FileBlobs, registrar: Registrar
) -> None:
    clean = registrar.add("clean")
    taught = registrar.add("taught", dataset_id=build_dataset(db, None, "operator").id)
    for model in (clean, taught):
        registry.promote(db, OPERATOR, model.id)
    folder = registry.adapter_folder(tuned, blobs, taught)

    receipt = forgotten(tuned, db, blobs, kettle)

    current = registry.active_adapter(tuned, db, blobs).get()
    assert (receipt.models, receipt.active) == ((taught.id,), True)
    assert current is not None
    assert current[0] == clean.id
    assert not blobs.exists(taught.adapter_blob)
    assert not folder.exists()


def test_a_withdrawn_model_never_comes_back(
    kettle: str, tuned: Settings, db: Database, blobs: FileBlobs, registrar: Registrar
) -> None:
    taught = registrar.add("taught", dataset_id=build_dataset(db, None, "operator").id)
    clean = registrar.add("clean")
    for model in (taught, clean):
        registry.promote(db, OPERATOR, model.id)

    forgotten(tuned, db, blobs, kettle)

    assert registry.roll_back(db, OPERATOR) is None
    with pytest.raises(Conflict, match="document that was forgotten"):
        registry.promote(db, OPERATOR, taught.id, force=True)


def test_forgetting_a_document_without_feedback_changes_nothing(
    kettle: str, tuned: Settings, db: Database, blobs: FileBlobs, office: Office
) -> None:
    other = office.serve("other", "Nothing that anybody asked for.")

    assert forgotten(tuned, db, blobs, other) == Forgotten(0, 0, (), (), active=False)
    assert candidates(db) == len(DEVICES)


def test_the_receipt_is_audited(kettle: str, tuned: Settings, db: Database, blobs: FileBlobs) -> None:
    forgotten(tuned, db, blobs, kettle)
    forgotten(tuned, db, blobs, kettle)

    with db.read() as session:
        again, first = audit.list_audit(session).data[:2]
    assert (first.action, first.target, first.detail["answers"]) == ("document.forget", kettle, 1)
    assert again.detail["answers"] == 0


def test_postgresql_forgets_in_the_same_way(postgres_url: str, tuned: Settings, blobs: FileBlobs) -> None:
    postgres = Database(postgres_url)
    migrate(postgres)
    office = Office(postgres)
    office.fill()
    build_dataset(postgres, None, "operator")

    receipt = forgotten(tuned, postgres, blobs, office.serve("kettle", *manual("kettle")))

    postgres.close()
    assert (receipt.answers, receipt.examples) == (1, 1)
