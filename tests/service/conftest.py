"""The use cases on a real database of either kind, without models."""

from __future__ import annotations

import pytest

from core.blobs import open_blobs
from core.errors import Unavailable
from core.reloadable import Reloadable
from core.settings import Settings
from core.store.database import Database
from service.compose import Engine, Services
from tests.api.doubles import RecordedQueue, SmithRedactor, opened


def _no_models() -> Engine:
    raise Unavailable("This test has no models.")


@pytest.fixture
def queue() -> RecordedQueue:
    return RecordedQueue()


@pytest.fixture
def services(db: Database, settings: Settings, queue: RecordedQueue) -> Services:
    engine = Reloadable.once("models", _no_models)
    return Services(settings, db, open_blobs(settings.blobs_url), queue, engine, opened(SmithRedactor()))
