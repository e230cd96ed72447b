"""A service that finds less than it should still works, and reports it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from core.errors import Unavailable
from core.reloadable import Reloadable
from tests.api.conftest import World

LACKS = "2 of 9 chunks have no vector of minilm: run `vouch reindex`."


def down() -> str:
    raise Unavailable("The database does not answer.")


@pytest.mark.parametrize(("problem", "status"), [(lambda: LACKS, "degraded"), (lambda: None, "ready"), (down, "ready")])
def test_readiness_reports_what_searches_lack(world: World, problem: Callable[[], str | None], status: str) -> None:
    engine = replace(world.services.engine.get(30), problem=problem)
    other = Reloadable.once("models", lambda: engine)
    other.get(30)
    with TestClient(create_app(services=replace(world.services, engine=other))) as client:
        response = client.get("/readyz")

    body = response.json()
    assert (response.status_code, body["status"]) == (200, status)
    assert body.get("detail") == (LACKS if status == "degraded" else None)
