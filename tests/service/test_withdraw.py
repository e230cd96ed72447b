"""A model that saw a withdrawn document: whether it serves meanwhile is a setting, and the next training is without."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.errors import Conflict
from core.store.access import audit
from core.store.learned import lineage
from core.store.learned.lineage import Example
from core.types import OPERATOR
from learning import registry
from service.compose import Services
from service.forget import withdraw
from service.train import queue_training
from tests.core.conftest import Library


@pytest.fixture
def gone(services: Services) -> str:
    return Library(services.db).serve("gone.txt", "gone")


@pytest.fixture
def dataset(services: Services, gone: str) -> str:
    example = Example("train", {"kind": "answer"}, None, (gone,))
    with services.db.write() as session:
        return lineage.add_dataset(session, [example], "0" * 64, "operator").id


@pytest.fixture
def tuned(services: Services, dataset: str) -> str:
    with services.db.write() as session:
        model = lineage.add_model_version(
            session, role="generator", base="tiny", adapter_blob="0" * 64, dataset_id=dataset, job_id=None,
            state="candidate", report={},
        )  # fmt: skip
    return registry.promote(services.db, OPERATOR, model.id).id


def active(services: Services) -> str | None:
    with services.db.read() as session:
        model = lineage.active_model(session)
    return model.id if model is not None else None


def test_by_default_it_stops_serving_at_once_and_the_audit_trail_says_why(
    services: Services, gone: str, tuned: str
) -> None:
    withdraw(services, OPERATOR, gone)

    assert active(services) is None
    with services.db.read() as session:
        entry = audit.list_audit(session).data[0]
    assert (entry.action, entry.target, entry.detail) == ("model.leave", tuned, {"now": None, "document": gone})


def test_it_may_go_on_serving(services: Services, gone: str, tuned: str) -> None:
    serving = replace(services, settings=services.settings.model_copy(update={"tainted_models": "serve"}))

    withdraw(serving, OPERATOR, gone)

    assert active(services) == tuned


def test_it_is_promoted_again_only_by_force_or_where_the_setting_allows_it(
    services: Services, gone: str, tuned: str
) -> None:
    withdraw(services, OPERATOR, gone)

    with pytest.raises(Conflict, match="withdrawn since"):
        registry.promote(services.db, OPERATOR, tuned)
    assert registry.promote(services.db, OPERATOR, tuned, allow_tainted=True).id == tuned
    registry.roll_back(services.db, OPERATOR)
    assert registry.promote(services.db, OPERATOR, tuned, force=True).id == tuned


def test_nothing_is_tuned_on_its_dataset_again(services: Services, gone: str, dataset: str) -> None:
    assert queue_training(services.db, OPERATOR, {"dataset_id": dataset}).state == "queued"

    withdraw(services, OPERATOR, gone)

    with pytest.raises(Conflict, match="withdrawn or forgotten"):
        queue_training(services.db, OPERATOR, {"dataset_id": dataset})
