"""What is learned from feedback: datasets, training runs, model versions; for reviewers."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import Reviewer
from api.deps import Served, reply
from api.idempotency import OnceOnly
from api.paging import cut
from api.reference import problems
from api.schemas.common import PageQuery, PageView, page_view
from api.schemas.learning import (
    DatasetBody,
    DatasetView,
    ModelVersionView,
    PromoteBody,
    RolledBackView,
    TrainingBody,
    TrainingView,
)
from core.errors import Conflict, NotFound
from core.store import audit, jobs
from core.store.jobs import Job
from core.store.learned import lineage
from learning import registry

router = APIRouter(prefix="/v1", tags=["learning"])
RUNS = 1000


@router.post("/datasets", status_code=201, response_model=DatasetView, responses=problems(409))
def make_dataset(_: DatasetBody, services: Served, caller: Reviewer, once: OnceOnly) -> Response:
    """Make the next dataset of all approved feedback; the same content again is the dataset that stands."""
    from learning.dataset.build import build_dataset

    def make() -> Response:
        redactor = services.redactor.get(services.patience_s)
        made = build_dataset(services.db, redactor, caller.key_id, minimum=services.settings.train_min_examples)
        return reply(DatasetView.model_validate(made), 201, f"/v1/datasets/{made.id}")

    return once(caller, b"", make)


@router.get("/datasets")
def list_datasets(query: Annotated[PageQuery, Query()], services: Served, caller: Reviewer) -> PageView[DatasetView]:
    """List datasets, newest first."""
    with services.db.read() as session:
        found = lineage.list_datasets(session)
    page = cut(found, [f"{dataset.version:012d}" for dataset in found], query.limit, query.cursor)
    return page_view(page, [DatasetView.model_validate(dataset) for dataset in page.data])


@router.get("/datasets/{dataset_id}", responses=problems(404))
def get_dataset(dataset_id: str, services: Served, caller: Reviewer) -> DatasetView:
    """Return a dataset's card."""
    with services.db.read() as session:
        return DatasetView.model_validate(lineage.get_dataset(session, dataset_id))


@router.post("/training-runs", status_code=202, response_model=TrainingView, responses=problems(404, 409))
def train(body: TrainingBody, services: Served, caller: Reviewer, once: OnceOnly) -> Response:
    """Queue a fine-tuning on approved feedback."""

    def make() -> Response:
        with services.db.write() as session:
            if body.dataset_id is not None:
                lineage.get_dataset(session, body.dataset_id)
            run_id = jobs.enqueue(session, "train", payload=body.model_dump(exclude_none=True))
            audit.record(session, caller, "training.start", run_id, dataset=body.dataset_id)
            run = jobs.get_job(session, run_id)
        services.send([run_id], "train")
        return reply(_training(run, {}), 202, f"/v1/training-runs/{run_id}")

    return once(caller, body, make)


@router.get("/training-runs")
def list_training_runs(
    query: Annotated[PageQuery, Query()], services: Served, caller: Reviewer
) -> PageView[TrainingView]:
    """List training runs, newest first."""
    with services.db.read() as session:
        runs = jobs.list_jobs(session, kind="train", limit=RUNS)
        made = {model.job_id: model.id for model in lineage.list_model_versions(session)}
    page = cut(runs, [run.id for run in runs], query.limit, query.cursor)
    return page_view(page, [_training(run, made) for run in page.data])


@router.get("/training-runs/{run_id}", responses=problems(404))
def get_training_run(run_id: str, services: Served, caller: Reviewer) -> TrainingView:
    """Return where a training run stands."""
    with services.db.read() as session:
        run = jobs.get_job(session, run_id)
        made = {model.job_id: model.id for model in lineage.list_model_versions(session)}
    if run.kind != "train":
        raise NotFound(f"There is no training run {run_id!r}.")
    return _training(run, made)


@router.get("/model-versions")
def list_model_versions(
    query: Annotated[PageQuery, Query()], services: Served, caller: Reviewer
) -> PageView[ModelVersionView]:
    """List tuned models, newest first."""
    with services.db.read() as session:
        found = lineage.list_model_versions(session)
    page = cut(found, [model.id for model in found], query.limit, query.cursor)
    return page_view(page, [ModelVersionView.model_validate(model) for model in page.data])


@router.get("/model-versions/{model_id}", responses=problems(404))
def get_model_version(model_id: str, services: Served, caller: Reviewer) -> ModelVersionView:
    """Return a tuned model and what the gate found."""
    with services.db.read() as session:
        return ModelVersionView.model_validate(lineage.get_model_version(session, model_id))


@router.post("/model-versions/{model_id}:promote", responses=problems(404, 409))
def promote(model_id: str, services: Served, caller: Reviewer, body: PromoteBody = PromoteBody()) -> ModelVersionView:
    """Let a version phrase the answers from the next question on; one that the gate rejected needs `force`."""
    return ModelVersionView.model_validate(registry.promote(services.db, caller, model_id, force=body.force))


@router.post("/model-versions:rollback", responses=problems(409))
def roll_back(services: Served, caller: Reviewer) -> RolledBackView:
    """Go back to what was active before, which may be the base model."""
    model = registry.roll_back(services.db, caller)
    return RolledBackView(active=ModelVersionView.model_validate(model) if model else None)


@router.post("/model-versions/{model_id}:rollback", responses=problems(404, 409))
def roll_back_from(model_id: str, services: Served, caller: Reviewer) -> RolledBackView:
    """Go back from this version, which must be the active one."""
    with services.db.read() as session:
        if lineage.get_model_version(session, model_id).state != "active":
            raise Conflict(f"{model_id} is not active, so there is nothing to roll back from.")
    return roll_back(services, caller)


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
