"""Datasets, training runs and model versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.common import Body, Flag, View
from core.types import JobState, Json, ModelState


class TaintView(View):
    """What a dataset or a model saw that is gone: documents withdrawn since, and the number of examples erased."""

    withdrawn: list[str]
    forgotten: int


class DatasetBody(Body):
    """A new dataset from all approved feedback; it has no fields yet."""


class DatasetView(View):
    """A dataset; it never changes. `counts` are the examples per split; `taint` is null if all it saw still stands."""

    id: str
    version: int
    sha256: str
    counts: dict[str, int]
    created_by: str
    created_at: datetime
    taint: TaintView | None = None


class TrainingBody(Body):
    """A new training run. Without `dataset_id`, a new dataset is built from all approved feedback."""

    dataset_id: Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,64}$")] | None = None
    promote: Literal["auto", "manual"] = Field("manual", description="`auto`: promote a model that passes the gate.")
    recipe: Literal["generator", "search"] = Field("generator", description="What is tuned.")


class TrainingView(View):
    """A training run and, when it is done, its model version."""

    id: str
    state: JobState
    stage: str
    progress: float
    reason: str | None
    attempts: int
    dataset_id: str | None
    model_version: str | None
    created_at: datetime
    updated_at: datetime


class ModelVersionView(View):
    """A tuned model: its origin, the gate's report, whether it serves; `taint` is null if all it saw still stands."""

    id: str
    role: str
    base: str
    dataset_id: str | None
    job_id: str | None
    state: ModelState
    report: dict[str, Json]
    created_at: datetime
    updated_at: datetime
    taint: TaintView | None = None


class PromoteBody(Body):
    """With `force`, a version that the gate rejected is promoted too."""

    force: Flag = False


class RollBackBody(Body):
    """What goes back: the model that phrases answers, or what was learned for search."""

    role: Literal["generator", "search"] = "generator"


class RolledBackView(View):
    """The version that is active now; null means the base model."""

    active: ModelVersionView | None
