"""Model versions that serve: store an adapter, unpack it on any machine, promote it, roll it back.

The pointer in the database decides which version is active. A folder under `home/adapters` is only a copy that can be
unpacked again from the blob store. Whether a version may become active is decided in `learning.gate.decision`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from core.errors import WeightsError
from core.ports import Blobs
from core.reloadable import Reloadable
from core.settings import Settings
from core.store.access import audit
from core.store.database import Database
from core.store.learned import lineage
from core.store.learned.lineage import ModelVersion
from core.types import Caller
from generation.models.adapted import Adapter
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


def promote(db: Database, caller: Caller, model_id: str, force: bool = False) -> ModelVersion:
    """Make a version active and audit who did it. Raises NotFound, Conflict for a rejected version unless forced."""
    with db.write() as session:
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
        return model.id, adapter_folder(settings, blobs, model)

    return Reloadable("adapter", load, active, background=False, check_every_s=check_every_s, clock=clock)
