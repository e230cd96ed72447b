"""Datasets, training runs and model versions."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.common import Body, View
from core.types import JobState, Json, ModelState


class DatasetBody(Body):
    """A new dataset of all approved feedback; there is nothing to choose yet."""


class DatasetView(View):
    """A dataset's card: it never changes; `counts` are examples per split."""

    id: str
    version: int
    sha256: str
    counts: dict[str, int]
    created_by: str
    created_at: datetime


class TrainingBody(Body):
    """A fine-tuning. Without a dataset a new one is built of all approved feedback."""

    dataset_id: Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,64}$")] | None = None
    promote: Literal["auto", "manual"] = Field("manual", description="`auto`: promote what passes the gate.")


class TrainingView(View):
    """A training run, and the model version that it made when it is done."""

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
    """A tuned model: where it comes from, what the gate found, whether it serves."""

    id: str
    role: str
    base: str
    dataset_id: str | None
    job_id: str | None
    state: ModelState
    report: dict[str, Json]
    created_at: datetime
    updated_at: datetime


class PromoteBody(Body):
    """Whether a version that the gate rejected may serve all the same."""

    force: bool = False


class RolledBackView(View):
    """What is active now; null is the base model as it came."""

    active: ModelVersionView | None
