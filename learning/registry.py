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
from core.settings import Settings
from core.store import audit
from core.store.database import Database
from core.store.learned import lineage
from core.store.learned.lineage import ModelVersion
from core.types import Caller
from learning.tuning import adapter_files

SCHEME = "transformers://"
LOOK_EVERY_S = 2.0
ADAPTERS = "adapters"
"""Folder under home that holds the unpacked copies."""


def save_adapter(blobs: Blobs, folder: Path) -> str:
    """Store a whole adapter as one zip and return its key. Raises WeightsError, StorageFull."""
    return blobs.put(adapter_files.pack(folder))


def adapter_folder(settings: Settings, blobs: Blobs, model: ModelVersion) -> Path:
    """Return the folder of a version's adapter under `home/adapters`; it is unpacked once and checked each time.

    Raises WeightsError for a damaged archive or another model's adapter, NotFound when the bytes are deleted.
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
        before = lineage.active_model(session)
        model = lineage.promote(session, model_id, force=force)
        audit.note(session, caller, "model.promote", model_id, before=before.id if before else None, forced=force)
    return model


def roll_back(db: Database, caller: Caller) -> ModelVersion | None:
    """Make the previous version active again, audit who did it, and return it; None is the base model.

    Raises Conflict.
    """
    with db.write() as session:
        before = lineage.active_model(session)
        model = lineage.roll_back(session)
        audit.note(session, caller, "model.rollback", before.id if before else "", now=model.id if model else None)
    return model


class ActiveAdapter:
    """Follows the pointer for a running service: what to wear now, asked before each answer."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        blobs: Blobs,
        *,
        look_every_s: float = LOOK_EVERY_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings, self._db, self._blobs = settings, db, blobs
        self._base = local_base(settings)
        self._look_every_s, self._clock = look_every_s, clock
        self._looked: float | None = None
        self._current: tuple[str, Path] | None = None

    def current(self) -> tuple[str, Path] | None:
        """Return (version, folder) of the active adapter, None for the base model as it came.

        Reads one row, at most every `look_every_s`; unpacks only when the version changed. A version tuned on
        another base is not worn. Raises WeightsError or Unavailable, and then asks again the next time.
        """
        now = self._clock()
        if self._looked is None or now - self._looked >= self._look_every_s:
            self._current = self._read()
            self._looked = now
        return self._current

    def _read(self) -> tuple[str, Path] | None:
        with self._db.read() as session:
            model = lineage.active_model(session)
        if model is None or model.base != self._base:
            return None
        if self._current is not None and self._current[0] == model.id:
            return self._current
        return model.id, adapter_folder(self._settings, self._blobs, model)
