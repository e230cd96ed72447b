"""Training from end to end: feedback, dataset, adapter, comparison, gate, active model, roll-back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from core import clock
from core.blobs import FileBlobs
from core.errors import Cancelled, Invalid, LostLease, NotFound, SettingsError
from core.settings import Settings
from core.store import jobs
from core.store.access import audit
from core.store.database import Database
from core.store.jobs import Claim
from core.store.journal import Opinion
from core.store.learned import lineage
from core.store.learned.lineage import ModelVersion
from core.types import OPERATOR, Json
from learning import registry
from learning.dataset import build
from learning.forget import forget_document
from service.train import TrainingContext, queue_training_if_due, train
from tests.learning.conftest import DENIS, DEVICES, Office, OneNameRedactor


def claimed(db: Database, **payload: Json) -> Claim:
    with db.write() as session:
        job_id = jobs.enqueue(session, "train", payload=payload)
    claim = jobs.claim(db, job_id, lease_s=60, max_attempts=3)
    assert claim is not None
    return claim


def newest(db: Database) -> ModelVersion:
    with db.read() as session:
        return lineage.list_model_versions(session)[0]


def state_of(db: Database, claim: Claim) -> str:
    with db.read() as session:
        return jobs.get_job(session, claim.job.id).state


@pytest.fixture(autouse=True)
def _short_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A random model never ends its turn, so limit its answers to a few tokens."""
    monkeypatch.setattr("generation.phrasing.phrase.MAX_TOKENS", 8)


@pytest.fixture
def parts(tuned: Settings, db: Database, blobs: FileBlobs) -> TrainingContext:
    return TrainingContext(tuned, db, blobs)


def test_thumbs_become_an_active_model_and_it_can_be_taken_back(office: Office, parts: TrainingContext) -> None:
    office.fill()
    claim = claimed(parts.db, promote="auto")
    active = registry.active_adapter(parts.settings, parts.db, parts.blobs, check_every_s=0)
    assert active.get() is None

    train(parts, claim)

    model, current = newest(parts.db), active.get()
    assert (state_of(parts.db, claim), model.state, model.job_id) == ("succeeded", "active", claim.job.id)
    assert model.report["candidate"]["loss"] < model.report["active"]["loss"]
    assert current is not None
    assert current[0] == model.id
    assert registry.roll_back(parts.db, OPERATOR) is None
    assert active.get() is None


def test_a_candidate_waits_for_a_person_unless_the_job_says_otherwise(office: Office, parts: TrainingContext) -> None:
    office.fill()

    train(parts, claimed(parts.db))

    assert newest(parts.db).state == "candidate"
    assert registry.promote(parts.db, OPERATOR, newest(parts.db).id).state == "active"


def test_a_model_that_learned_nothing_is_rejected_even_if_promotion_is_automatic(
    office: Office, parts: TrainingContext
) -> None:
    office.fill()
    claim = claimed(parts.db, promote="auto", steps=1)

    train(parts, claim)

    model = newest(parts.db)
    assert (state_of(parts.db, claim), model.state) == ("succeeded", "rejected")
    assert "must fall by at least" in model.report["verdict"]


def test_the_second_model_is_compared_with_the_first(office: Office, parts: TrainingContext) -> None:
    office.fill()
    train(parts, claimed(parts.db, promote="auto"))
    first = newest(parts.db)

    train(parts, claimed(parts.db, promote="auto"))

    second = newest(parts.db)
    assert (second.report["against"], second.state) == (first.id, "rejected")
    assert second.report["active"]["losses"] == first.report["candidate"]["losses"]


def test_a_given_dataset_is_the_one_that_is_used(office: Office, parts: TrainingContext) -> None:
    office.fill(DEVICES[:22])
    given = build.build_dataset(parts.db, None, "operator")
    office.fill(DEVICES[22:])

    train(parts, claimed(parts.db, dataset_id=given.id, steps=2))

    assert newest(parts.db).dataset_id == given.id


def test_training_redacts_what_it_learns_from(office: Office, parts: TrainingContext) -> None:
    office.fill()
    text = "Ada Lovelace repairs the kettle in room 7."
    found = office.passages(office.serve("people", text))
    office.judge(office.answer("Who repairs the kettle?", found, quote=text), Opinion("up"))

    train(TrainingContext(parts.settings, parts.db, parts.blobs, OneNameRedactor()), claimed(parts.db, steps=1))

    with parts.db.read() as session:
        learned = "".join(build.as_jsonl(lineage.dataset_examples(session, newest(parts.db).dataset_id or "")))
    assert "Lovelace" not in learned
    assert "[PERSON] repairs the kettle" in learned


def test_too_little_feedback_ends_the_run_in_words(office: Office, parts: TrainingContext) -> None:
    office.fill(DEVICES[:3])

    with pytest.raises(Invalid, match="3 of the 20 examples"):
        train(parts, claimed(parts.db))


def test_an_unknown_dataset_ends_the_run_in_words(parts: TrainingContext) -> None:
    with pytest.raises(NotFound):
        train(parts, claimed(parts.db, dataset_id="ds_none"))


def test_a_remote_generator_is_not_tuned_here(parts: TrainingContext) -> None:
    remote = parts.settings.model_copy(update={"generator_url": "openai+http://gpu:8000/v1?model=m"})

    with pytest.raises(SettingsError, match="does not name a model that can be tuned"):
        train(TrainingContext(remote, parts.db, parts.blobs), claimed(parts.db))


def test_a_cancelled_run_registers_nothing_and_leaves_no_folder(office: Office, parts: TrainingContext) -> None:
    office.fill()
    claim = claimed(parts.db)
    with parts.db.write() as session:
        jobs.cancel(session, claim.job.id)

    with pytest.raises(LostLease):
        train(parts, claim)

    with parts.db.read() as session:
        assert lineage.list_model_versions(session) == []
    assert not list((parts.settings.home / "training").glob("*"))


def test_a_run_that_loses_its_job_at_the_very_end_registers_nothing(
    office: Office, parts: TrainingContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.fill()
    claim = claimed(parts.db, steps=1)
    save = registry.save_adapter

    def save_and_cancel(blobs: FileBlobs, folder: Path) -> str:
        with parts.db.write() as session:
            jobs.cancel(session, claim.job.id)
        return save(blobs, folder)

    monkeypatch.setattr(registry, "save_adapter", save_and_cancel)
    with pytest.raises(LostLease):
        train(parts, claim)

    with parts.db.read() as session:
        assert lineage.list_model_versions(session) == []


def test_a_model_that_was_taught_what_is_forgotten_meanwhile_is_not_kept(
    office: Office, parts: TrainingContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.fill()
    save = registry.save_adapter

    def save_and_forget(blobs: FileBlobs, folder: Path) -> str:
        with parts.db.read() as session:
            (build,) = lineage.list_datasets(session)
            document_id = lineage.dataset_examples(session, build.id)[0].document_ids[0]
        forget_document(parts.settings, parts.db, blobs, OPERATOR, document_id)
        return save(blobs, folder)

    monkeypatch.setattr(registry, "save_adapter", save_and_forget)
    with pytest.raises(Cancelled, match="forgotten"):
        train(parts, claimed(parts.db, steps=1, promote="auto"))

    with parts.db.read() as session:
        assert lineage.list_model_versions(session) == []


def test_enough_new_feedback_schedules_one_run(office: Office, db: Database, tuned: Settings) -> None:
    office.fill(DEVICES[:19])
    assert queue_training_if_due(db, tuned) is None
    office.fill(DEVICES[19:])

    job_id = queue_training_if_due(db, tuned)

    assert job_id is not None
    with db.read() as session:
        assert jobs.get_job(session, job_id).payload == {"promote": "auto"}
        assert audit.list_audit(session).data[0].action == "training.schedule"
    assert queue_training_if_due(db, tuned) is None


def test_a_failed_run_is_not_repeated_before_the_interval_is_over(
    office: Office, db: Database, tuned: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.fill()
    claim = claimed(db)
    with db.write() as session:
        jobs.finish(session, claim, "failed", "no luck")
    assert queue_training_if_due(db, tuned) is None

    tomorrow = clock.now() + timedelta(hours=23)
    monkeypatch.setattr("service.train.now", lambda: tomorrow)

    assert queue_training_if_due(db, tuned) is not None


@pytest.mark.parametrize("changed", [{"train_every_h": 0}, {"generator_url": "none://"}])
def test_where_training_is_off_nothing_is_scheduled(
    office: Office, db: Database, tuned: Settings, changed: dict[str, Json]
) -> None:
    office.fill(by=DENIS)

    assert queue_training_if_due(db, tuned.model_copy(update=changed)) is None
