"""Routes for reviewers: datasets, training runs, model versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import Reviewer
from api.deps import ServicesDep, reply
from api.idempotency import OnceOnly
from api.paging import cut
from api.reference import problems
from api.schemas.common import PageQuery, PageView, page_view
from api.schemas.learning import (
    DatasetBody,
    DatasetView,
    ModelVersionView,
    PromoteBody,
    RollBackBody,
    RolledBackView,
    TaintView,
    TrainingBody,
    TrainingView,
)
from core.errors import Conflict, NotFound
from core.store import jobs
from core.store.jobs import Job
from core.store.learned import lineage, taint
from core.store.learned.lineage import Dataset, ModelVersion
from core.store.learned.taint import Taint
from learning import registry
from service.train import start_training

router = APIRouter(prefix="/v1", tags=["learning"])
MAX_RUNS = 1000


@router.post("/datasets", status_code=201, response_model=DatasetView, responses=problems(409))
def make_dataset(_: DatasetBody, services: ServicesDep, caller: Reviewer, once: OnceOnly) -> Response:
    """Build a dataset from all usable approved feedback; return the existing one if nothing changed."""
    from learning.dataset.build import build_dataset

    def make() -> Response:
        redactor = services.redactor.get(services.wait_s)
        made = build_dataset(services.db, redactor, caller.key_id, minimum=services.settings.train_min_examples)
        return reply(DatasetView.model_validate(made), 201, f"/v1/datasets/{made.id}")

    return once(caller, b"", make)


@router.get("/datasets")
def list_datasets(
    query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Reviewer
) -> PageView[DatasetView]:
    """List datasets, newest first."""
    with services.db.read() as session:
        found = lineage.list_datasets(session)
        page = cut(found, [f"{dataset.version:012d}" for dataset in found], query.limit, query.cursor)
        taints = taint.dataset_taints(session, [dataset.id for dataset in page.data])
    return page_view(page, [_dataset(dataset, taints) for dataset in page.data])


@router.get("/datasets/{dataset_id}", responses=problems(404))
def get_dataset(dataset_id: str, services: ServicesDep, caller: Reviewer) -> DatasetView:
    """Return the attributes of a dataset."""
    with services.db.read() as session:
        dataset = lineage.get_dataset(session, dataset_id)
        return _dataset(dataset, taint.dataset_taints(session, [dataset_id]))


@router.post("/training-runs", status_code=202, response_model=TrainingView, responses=problems(404, 409))
def train(body: TrainingBody, services: ServicesDep, caller: Reviewer, once: OnceOnly) -> Response:
    """Queue a tuning of the generator, or of search, on approved feedback."""

    def make() -> Response:
        run = start_training(services, caller, body.model_dump(exclude_none=True))
        return reply(_training(run, {}), 202, f"/v1/training-runs/{run.id}")

    return once(caller, body, make)


@router.get("/training-runs")
def list_training_runs(
    query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Reviewer
) -> PageView[TrainingView]:
    """List training runs, newest first."""
    with services.db.read() as session:
        runs = jobs.list_jobs(session, kind="train", limit=MAX_RUNS)
        made = {model.job_id: model.id for model in lineage.list_model_versions(session)}
    page = cut(runs, [run.id for run in runs], query.limit, query.cursor)
    return page_view(page, [_training(run, made) for run in page.data])


@router.get("/training-runs/{run_id}", responses=problems(404))
def get_training_run(run_id: str, services: ServicesDep, caller: Reviewer) -> TrainingView:
    """Return the state and the progress of a training run."""
    with services.db.read() as session:
        run = jobs.get_job(session, run_id)
        made = {model.job_id: model.id for model in lineage.list_model_versions(session)}
    if run.kind != "train":
        raise NotFound(f"There is no training run {run_id!r}.")
    return _training(run, made)


@router.get("/model-versions")
def list_model_versions(
    query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Reviewer
) -> PageView[ModelVersionView]:
    """List the tuned models, newest first."""
    with services.db.read() as session:
        found = lineage.list_model_versions(session)
        page = cut(found, [model.id for model in found], query.limit, query.cursor)
        taints = taint.model_taints(session, [model.id for model in page.data])
    return page_view(page, [_model(model, taints) for model in page.data])


@router.get("/model-versions/{model_id}", responses=problems(404))
def get_model_version(model_id: str, services: ServicesDep, caller: Reviewer) -> ModelVersionView:
    """Return a tuned model with the report of the gate."""
    with services.db.read() as session:
        model = lineage.get_model_version(session, model_id)
        return _model(model, taint.model_taints(session, [model_id]))


@router.post("/model-versions/{model_id}:promote", responses=problems(404, 409))
def promote(
    model_id: str, services: ServicesDep, caller: Reviewer, body: PromoteBody = PromoteBody()
) -> ModelVersionView:
    """Make a version active in its role from the next question on.

    `force` promotes a rejected version, and one that saw a document withdrawn since.
    """
    serves = services.settings.tainted_models == "serve"
    model = registry.promote(services.db, caller, model_id, force=body.force, allow_tainted=serves)
    with services.db.read() as session:
        return _model(model, taint.model_taints(session, [model_id]))


@router.post("/model-versions:rollback", responses=problems(409))
def roll_back(services: ServicesDep, caller: Reviewer, body: RollBackBody = RollBackBody()) -> RolledBackView:
    """Make the version active that was active before; this may be the base model, or the default search."""
    model = registry.roll_back(services.db, caller, body.role)
    return RolledBackView(active=ModelVersionView.model_validate(model) if model else None)


@router.post("/model-versions/{model_id}:rollback", responses=problems(404, 409))
def roll_back_from(model_id: str, services: ServicesDep, caller: Reviewer) -> RolledBackView:
    """Go back from this version, which must be active, to the version that was active before."""
    with services.db.read() as session:
        model = lineage.get_model_version(session, model_id)
    if model.state != "active":
        raise Conflict(f"{model_id} is not active, so there is nothing to roll back from.")
    before = registry.roll_back(services.db, caller, model.role)
    return RolledBackView(active=ModelVersionView.model_validate(before) if before else None)


def _dataset(dataset: Dataset, taints: Mapping[str, Taint]) -> DatasetView:
    return DatasetView.model_validate(dataset).model_copy(update={"taint": _taint(taints.get(dataset.id))})


def _model(model: ModelVersion, taints: Mapping[str, Taint]) -> ModelVersionView:
    return ModelVersionView.model_validate(model).model_copy(update={"taint": _taint(taints.get(model.id))})


def _taint(found: Taint | None) -> TaintView | None:
    return TaintView.model_validate(found) if found is not None else None


def _training(run: Job, made: dict[str | None, str]) -> TrainingView:
    return TrainingView(
        id=run.id,
        state=run.state,
        stage=run.stage,
        progress=run.progress,
        reason=run.reason,
        attempts=run.attempts,
        dataset_id=run.payload.get("dataset_id"),
        model_version=made.get(run.id),
        created_at=run.created_at,
        updated_at=run.updated_at,
    )
