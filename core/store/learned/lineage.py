"""Where models come from: datasets, model versions, and the pointer to the active one.

A stored dataset never changes. A model version names its dataset, base model and report. The active version is one
row: promoting and rolling back change it, and every process reads it when it needs it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, NotFound
from core.ids import new_id
from core.store.tables import DatasetRow, ExampleRow, ModelVersionRow, PointerRow
from core.types import Json, ModelState, Split

GENERATOR, SEARCH = "generator", "search"
"""What a version is for: it phrases answers, or it orders what is found."""
ROLES = (GENERATOR, SEARCH)


def pointer_name(role: str) -> str:
    """Return the name of the pointer to the role's active version; without a value the base serves alone."""
    return f"active_{role}"


@dataclass(frozen=True, slots=True)
class Example:
    """One example of a dataset, with the feedback and the documents that it was made from."""

    split: Split
    content: Mapping[str, Json]
    feedback_id: str | None
    document_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset without its examples. `sha256` is of the examples in order, `counts` are per split."""

    id: str
    version: int
    sha256: str
    counts: Mapping[str, int]
    created_by: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """A tuned model: `role` says what it is for, `adapter_blob` is the key of a zip with what was tuned."""

    id: str
    role: str
    base: str
    adapter_blob: str
    dataset_id: str | None
    job_id: str | None
    state: ModelState
    report: Mapping[str, Json]
    created_at: datetime
    updated_at: datetime


def add_dataset(session: Session, examples: Sequence[Example], sha256: str, created_by: str) -> Dataset:
    """Store the next version of the dataset, or return the version that has exactly these examples."""
    existing = session.scalar(select(DatasetRow).where(DatasetRow.sha256 == sha256).limit(1))
    if existing is not None:
        return _dataset(existing)
    counts: dict[str, int] = {"train": 0, "valid": 0, "test": 0}
    for example in examples:
        counts[example.split] += 1
    row = DatasetRow(
        id=new_id("ds"),
        version=(session.scalar(select(func.max(DatasetRow.version))) or 0) + 1,
        sha256=sha256,
        counts=counts,
        created_by=created_by,
        created_at=now(),
    )
    session.add(row)
    session.flush()
    session.add_all(
        ExampleRow(
            dataset_id=row.id,
            ordinal=ordinal,
            split=example.split,
            feedback_id=example.feedback_id,
            document_ids=list(example.document_ids),
            content=dict(example.content),
        )
        for ordinal, example in enumerate(examples)
    )
    return _dataset(row)


def get_dataset(session: Session, dataset_id: str) -> Dataset:
    """Return the dataset. Raises NotFound."""
    row = session.get(DatasetRow, dataset_id)
    if row is None:
        raise NotFound(f"There is no dataset {dataset_id!r}.")
    return _dataset(row)


def list_datasets(session: Session) -> list[Dataset]:
    """Return all datasets, newest first."""
    return [_dataset(row) for row in session.scalars(select(DatasetRow).order_by(DatasetRow.version.desc()))]


def dataset_examples(session: Session, dataset_id: str, split: Split | None = None) -> list[Example]:
    """Return a dataset's examples in order. Raises NotFound."""
    get_dataset(session, dataset_id)
    query = select(ExampleRow).where(ExampleRow.dataset_id == dataset_id).order_by(ExampleRow.ordinal)
    query = query.where(ExampleRow.split == split) if split else query
    return [Example(row.split, row.content, row.feedback_id, tuple(row.document_ids)) for row in session.scalars(query)]


def add_model_version(
    session: Session,
    *,
    role: str,
    base: str,
    adapter_blob: str,
    dataset_id: str | None,
    job_id: str | None,
    state: ModelState,
    report: Mapping[str, Json],
) -> ModelVersion:
    """Store a tuned model; it is not used before it is promoted."""
    row = ModelVersionRow(
        id=new_id("mv"),
        role=role,
        base=base,
        adapter_blob=adapter_blob,
        dataset_id=dataset_id,
        job_id=job_id,
        state=state,
        report=dict(report),
        created_at=now(),
        updated_at=now(),
    )
    session.add(row)
    session.flush()
    return _model(row)


def get_model_version(session: Session, model_id: str) -> ModelVersion:
    """Return the version. Raises NotFound."""
    row = session.get(ModelVersionRow, model_id)
    if row is None:
        raise NotFound(f"There is no model version {model_id!r}.")
    return _model(row)


def list_model_versions(session: Session) -> list[ModelVersion]:
    """Return all versions, newest first."""
    return [_model(row) for row in session.scalars(select(ModelVersionRow).order_by(ModelVersionRow.id.desc()))]


def active_model(session: Session, role: str = GENERATOR) -> ModelVersion | None:
    """Return the role's active version; None for the base."""
    row = session.get(PointerRow, pointer_name(role))
    return get_model_version(session, row.value) if row and row.value else None


def promote(session: Session, model_id: str, *, force: bool = False) -> ModelVersion:
    """Make a version active in its role. Raises Conflict if it is active, has no adapter, or was rejected (unless
    forced).
    """
    model = get_model_version(session, model_id)
    if model.state == "active":
        raise Conflict(f"{model_id} is active already.")
    if not model.adapter_blob:
        raise Conflict(f"{model_id} cannot be used again: {model.report.get('verdict', 'its adapter is gone')}")
    if model.state == "rejected" and not force:
        raise Conflict(
            f"The gate rejected {model_id}: {model.report.get('verdict', 'see its report')}.",
            hint="Set `force` to promote it anyway.",
        )
    _point(session, model.role, model_id)
    return get_model_version(session, model_id)


def roll_back(session: Session, role: str = GENERATOR) -> ModelVersion | None:
    """Make the role's previous version active and return it; None is the base. Raises Conflict if that is active."""
    row = session.get(PointerRow, pointer_name(role), with_for_update=True)
    if row is None or row.value is None:
        raise Conflict("The base model is active; there is nothing to roll back to.")
    _point(session, role, row.previous)
    row.previous = None
    return active_model(session, role)


def _point(session: Session, role: str, model_id: str | None) -> None:
    name = pointer_name(role)
    row = session.get(PointerRow, name, with_for_update=True)
    if row is None:
        row = PointerRow(name=name, value=None, previous=None, updated_at=now())
        session.add(row)
    if row.value is not None:
        _set_state(session, row.value, "retired")
    row.previous, row.value, row.updated_at = row.value, model_id, now()
    if model_id is not None:
        _set_state(session, model_id, "active")
    session.flush()


def _set_state(session: Session, model_id: str, state: ModelState) -> None:
    row = session.get_one(ModelVersionRow, model_id)
    row.state, row.updated_at = state, now()


def _dataset(row: DatasetRow) -> Dataset:
    return Dataset(row.id, row.version, row.sha256, row.counts, row.created_by, row.created_at)


def _model(row: ModelVersionRow) -> ModelVersion:
    return ModelVersion(
        row.id,
        row.role,
        row.base,
        row.adapter_blob,
        row.dataset_id,
        row.job_id,
        row.state,
        row.report,
        row.created_at,
        row.updated_at,
    )
