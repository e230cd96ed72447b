"""Model versions that serve: store an adapter, unpack it on any machine, promote it, roll it back.

The pointer in the database decides which version is active. A folder under `home/adapters` is only a copy that can be
unpacked again from the blob store. Whether a version may become active is decided in `learning.gate.decision`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from core.errors import Conflict, WeightsError
from core.ports import Blobs
from core.reloadable import Reloadable
from core.settings import Settings
from core.store.access import audit
from core.store.database import Database, Session
from core.store.learned import lineage, taint
from core.store.learned.lineage import ModelVersion
from core.store.learned.taint import Retreat
from core.types import Caller
from generation.models.adapted import Adapter
from learning.gate.report import prefers_phrasing
from learning.tuning import adapter_files

SCHEME = "transformers://"
CHECK_EVERY_S = 2.0
ADAPTERS = "adapters"
"""Folder under home that holds the unpacked copies."""


def save_adapter(blobs: Blobs, folder: Path) -> str:
    """Store a whole adapter as one zip and return its key. Raises WeightsError, StorageFull."""
    return blobs.put(adapter_files.pack(folder))


def adapter_folder(settings: Settings, blobs: Blobs, model: ModelVersion) -> Path:
    """Return the folder of a version's adapter under `home/adapters`; it is unpacked once and checked each time.

    Raises WeightsError for an incomplete archive or another model's adapter, BlobDamaged and BlobMissing for its bytes.
    """
    folder = settings.home / ADAPTERS / model.id
    try:
        card = adapter_files.check(folder)
    except WeightsError:
        adapter_files.unpack(blobs.get(model.adapter_blob), folder)
        card = adapter_files.check(folder)
    if card["base"] != model.base:
        raise WeightsError(f"The adapter of {model.id} was made for {card['base']}, not for {model.base}.")
    return folder


def local_base(settings: Settings) -> str | None:
    """Return the name of the model that runs in this process and can be tuned; None for a remote model or none."""
    if not settings.generator_url.startswith(SCHEME):
        return None
    return settings.generator_url.removeprefix(SCHEME).split("?", 1)[0]


def promote(
    db: Database, caller: Caller, model_id: str, force: bool = False, *, allow_tainted: bool = False
) -> ModelVersion:
    """Make a version active and audit who did it.

    Raises NotFound, and Conflict for a rejected version, or one that saw a document withdrawn since, unless forced.
    """
    with db.write() as session:
        if not (force or allow_tainted):
            _require_clean(session, model_id)
        before = lineage.active_model(session, lineage.get_model_version(session, model_id).role)
        model = lineage.promote(session, model_id, force=force)
        audit.record(session, caller, "model.promote", model_id, before=before.id if before else None, forced=force)
    return model


def roll_back(db: Database, caller: Caller, role: str = lineage.GENERATOR) -> ModelVersion | None:
    """Make the role's previous version active again, audit who did it, and return it; None is the base.

    Raises Conflict.
    """
    with db.write() as session:
        before = lineage.active_model(session, role)
        model = lineage.roll_back(session, role)
        audit.record(session, caller, "model.rollback", before.id if before else "", now=model.id if model else None)
    return model


def leave_tainted(session: Session, caller: Caller, document_id: str) -> list[Retreat]:
    """Point away from the versions that saw the document, and audit it, in the caller's transaction."""
    left = taint.leave(session, taint.models_that_saw(session, document_id))
    for each in left:
        audit.record(session, caller, "model.leave", each.before, now=each.after, document=document_id)
    return left


def _require_clean(session: Session, model_id: str) -> None:
    found = taint.model_taints(session, [model_id]).get(model_id)
    if found is not None and found.withdrawn:
        raise Conflict(
            f"{model_id} was tuned on {', '.join(found.withdrawn[:3])}, withdrawn since.",
            hint="Train again: the new version is made without it. Set `force` to promote this one anyway.",
        )


def active_adapter(
    settings: Settings,
    db: Database,
    blobs: Blobs,
    *,
    check_every_s: float = CHECK_EVERY_S,
    clock: Callable[[], float] = time.monotonic,
) -> Reloadable[str | None, Adapter | None]:
    """Return the adapter that is active in a running service, None for the base model alone, as a `Reloadable`.

    It reads one row, at most every `check_every_s`; unpacks only when the version changes. A version that was tuned on
    another base is not loaded. `get` raises WeightsError or Unavailable, and tries again the next time.
    """
    base = local_base(settings)

    def active() -> str | None:
        with db.read() as session:
            model = lineage.active_model(session)
        return model.id if model is not None and model.base == base else None

    def load(model_id: str | None, _: Adapter | None) -> Adapter | None:
        if model_id is None:
            return None
        with db.read() as session:
            model = lineage.get_model_version(session, model_id)
        return Adapter(model.id, adapter_folder(settings, blobs, model), prefers_phrasing(model.report))

    return Reloadable("adapter", load, active, background=False, check_every_s=check_every_s, clock=clock)
