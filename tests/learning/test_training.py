"""The whole way of a thumb: feedback, dataset, adapter, comparison, gate, active model, and back."""

from __future__ import annotations

from core import jobs, lineage
from core.blobs import FileBlobs
from core.db import Database
from core.jobs import Claim
from core.settings import Settings
from core.types import OPERATOR, Json
from learning import registry
from tests.learning.conftest import Office
from workers.training import TrainParts, train


def claimed(db: Database, payload: dict[str, Json] | None = None) -> Claim:
    with db.write() as session:
        job_id = jobs.enqueue(session, "train", payload=payload or {})
    claim = jobs.claim(db, job_id, lease_s=60, max_attempts=3)
    assert claim is not None
    return claim


def test_thumbs_become_an_active_model_and_it_can_be_taken_back(
    office: Office, tuned: Settings, db: Database, blobs: FileBlobs
) -> None:
    office.fill()
    claim = claimed(db, {"promote": "auto"})
    follower = registry.ActiveAdapter(tuned, db, blobs, look_every_s=0)
    assert follower.current() is None

    train(TrainParts(tuned, db, blobs), claim)

    with db.read() as session:
        job, model = jobs.get_job(session, claim.job.id), lineage.list_model_versions(session)[0]
    assert job.state == "succeeded"
    assert (model.state, model.job_id) == ("active", claim.job.id)
    assert model.report["candidate"]["loss"] < model.report["active"]["loss"] - 0.1
    current = follower.current()
    assert current is not None
    assert current[0] == model.id
    assert registry.roll_back(db, OPERATOR) is None
    assert follower.current() is None
