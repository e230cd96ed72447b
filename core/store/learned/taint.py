"""Which datasets and models saw a document that was withdrawn or forgotten since, and how pointers leave such models.

Nothing is marked by hand: a dataset is tainted by the documents that its examples name, a model by the datasets behind
it. Whether a tainted model may serve is a setting (`VOUCH_TAINTED_MODELS`), which the callers read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, or_, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.clock import now
from core.store.tables import DocumentRow, ExampleRow, ModelVersionRow, PointerRow
from core.types import Json

ERASED = "forgotten"
"""The kind of an example whose content was erased with its document."""
BATCH = 500


@dataclass(frozen=True, slots=True)
class Taint:
    """Why a dataset or a model is marked.

    `withdrawn` are the withdrawn documents that it saw; `forgotten` counts examples that were erased with their
    document.
    """

    withdrawn: tuple[str, ...] = ()
    forgotten: int = 0


@dataclass(frozen=True, slots=True)
class Retreat:
    """A pointer that left a tainted version, `before`, for the version `after`; None is the base model."""

    pointer: str
    before: str
    after: str | None


def names(column: InstrumentedAttribute[Json], document_id: str) -> ColumnElement[bool]:
    """Return the condition that a JSON column names the document: ids are unique, so a search in its text is enough."""
    return cast(column, Text).contains(f'"{document_id}"', autoescape=True)


def saw(document_id: str) -> ColumnElement[bool]:
    """Return the condition that an example was made from the document."""
    return or_(names(ExampleRow.document_ids, document_id), names(ExampleRow.content, document_id))


def models_that_saw(session: Session, document_id: str) -> frozenset[str]:
    """Return the model versions that have an example of the document in a dataset behind them."""
    return models_tuned_on(session, set(session.scalars(select(ExampleRow.dataset_id).where(saw(document_id)))))


def models_tuned_on(session: Session, dataset_ids: Collection[str]) -> frozenset[str]:
    """Return the model versions that have one of these datasets behind them."""
    wanted = set(dataset_ids)
    return frozenset(model_id for model_id, datasets in _datasets_behind(session).items() if datasets & wanted)


def dataset_taints(session: Session, dataset_ids: Collection[str]) -> dict[str, Taint]:
    """Return the taint of each of these datasets that has one."""
    forgotten, seen = _erased(session, dataset_ids), _documents(session, dataset_ids)
    gone = _withdrawn(session, {document_id for documents in seen.values() for document_id in documents})
    found = {each: Taint(tuple(sorted(seen[each] & gone)), forgotten[each]) for each in (*seen, *forgotten)}
    return {each: taint for each, taint in found.items() if taint != Taint()}


def model_taints(session: Session, model_ids: Collection[str]) -> dict[str, Taint]:
    """Return the taint of each of these model versions that has one: that of all the datasets behind it."""
    behind = {each: datasets for each, datasets in _datasets_behind(session).items() if each in model_ids}
    tainted = dataset_taints(session, {each for datasets in behind.values() for each in datasets})
    found = {each: _joined([tainted[one] for one in sorted(sets) if one in tainted]) for each, sets in behind.items()}
    return {each: taint for each, taint in found.items() if taint != Taint()}


def leave(session: Session, model_ids: Collection[str]) -> list[Retreat]:
    """Point away from these versions, for good: to the newest untainted one that was active before, or to the base.

    No roll-back leads to one of them afterwards. Returns the pointers at which one of them was active. A version
    that was only a candidate is not chosen: nobody has promoted it.
    """
    tainted = set(model_ids)
    query = select(PointerRow).where(or_(PointerRow.value.in_(tainted), PointerRow.previous.in_(tainted)))
    return [made for row in session.scalars(query.with_for_update()).all() if (made := _left(session, row, tainted))]


def _left(session: Session, pointer: PointerRow, tainted: Collection[str]) -> Retreat | None:
    pointer.previous = None if pointer.previous in tainted else pointer.previous
    if pointer.value is None or pointer.value not in tainted:
        return None
    before = session.get_one(ModelVersionRow, pointer.value)
    before.state, before.updated_at = "retired", now()
    after = _newest_clean(session, before, tainted)
    if after is not None:
        after.state, after.updated_at = "active", now()
    pointer.value, pointer.previous, pointer.updated_at = after.id if after else None, None, now()
    session.flush()
    return Retreat(pointer.name, before.id, pointer.value)


def _newest_clean(session: Session, like: ModelVersionRow, tainted: Collection[str]) -> ModelVersionRow | None:
    """Return the newest version of the same role and base that was active before and is not tainted."""
    query = select(ModelVersionRow).where(
        ModelVersionRow.role == like.role,
        ModelVersionRow.base == like.base,
        ModelVersionRow.state == "retired",
        ModelVersionRow.adapter_blob != "",
        ModelVersionRow.id.not_in(tainted),
    )
    rows = list(session.scalars(query.order_by(ModelVersionRow.id.desc())))
    marked = model_taints(session, [row.id for row in rows])
    return next((row for row in rows if row.id not in marked), None)


def _datasets_behind(session: Session) -> dict[str, frozenset[str]]:
    """Return for each model version its dataset, and those of the version that it was tuned from, and so on."""
    columns = (ModelVersionRow.id, ModelVersionRow.dataset_id, ModelVersionRow.base)
    rows = {row.id: row for row in session.execute(select(*columns))}
    return {model_id: frozenset(_chain(model_id, rows)) for model_id in rows}


def _chain(model_id: str, rows: Mapping[str, Any]) -> Iterator[str]:
    seen: set[str] = set()
    while model_id in rows and model_id not in seen:
        seen.add(model_id)
        if rows[model_id].dataset_id is not None:
            yield rows[model_id].dataset_id
        model_id = rows[model_id].base


def _erased(session: Session, dataset_ids: Collection[str]) -> Counter[str]:
    kind = ExampleRow.content["kind"].as_string()
    query = select(ExampleRow.dataset_id, func.count()).where(ExampleRow.dataset_id.in_(dataset_ids), kind == ERASED)
    return Counter(dict(session.execute(query.group_by(ExampleRow.dataset_id)).tuples().all()))


def _documents(session: Session, dataset_ids: Collection[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    query = select(ExampleRow.dataset_id, ExampleRow.document_ids).where(ExampleRow.dataset_id.in_(dataset_ids))
    for dataset_id, document_ids in session.execute(query):
        found[dataset_id].update(document_ids)
    return found


def _withdrawn(session: Session, document_ids: Collection[str]) -> set[str]:
    ordered, gone = sorted(document_ids), set[str]()
    for start in range(0, len(ordered), BATCH):
        query = select(DocumentRow.id).where(DocumentRow.id.in_(ordered[start : start + BATCH]))
        gone.update(session.scalars(query.where(DocumentRow.deleted_at.is_not(None))))
    return gone


def _joined(taints: Collection[Taint]) -> Taint:
    withdrawn = {document_id for taint in taints for document_id in taint.withdrawn}
    return Taint(tuple(sorted(withdrawn)), sum(taint.forgotten for taint in taints))
