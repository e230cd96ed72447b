"""SQLite and PostgreSQL behave the same through the API: also in races, and for text that one of them cannot store."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from core.store.database import Database, migrate
from tests.api.conftest import RESET, World

Json = Any


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, make_world: Json) -> Iterator[World]:
    """A world on SQLite, then one on PostgreSQL."""
    if request.param == "sqlite":
        yield make_world()
        return
    url = request.getfixturevalue("postgres_url")
    database = Database(url)
    migrate(database)
    database.close()
    world: World = make_world(database_url=url)
    yield world
    world.services.db.close()


def test_upload_answer_feedback_and_deletion_work_on_either(either: World) -> None:
    document_id = either.served(groups="staff", metadata='{"model": "X1"}')
    headers = either.key("ask", groups=("staff",))
    answer = either.asked("reset", headers=headers)
    opinion = either.client.post(f"/v1/answers/{answer['id']}/feedback", json={"rating": "up"}, headers=headers)
    removed = either.client.delete(f"/v1/documents/{document_id}", headers=either.key("admin"))
    stored = either.client.get(f"/v1/answers/{answer['id']}", headers=headers).json()
    assert (answer["status"], opinion.status_code, removed.status_code) == ("answered", 200, 202)
    assert (stored["withdrawn"], stored["text"]) == (True, "")


@pytest.mark.parametrize("same", [True, False])
def test_concurrent_uploads_to_one_path_make_one_document(either: World, same: bool) -> None:
    headers = either.key("ingest", "ask")

    def upload(number: int) -> int:
        data = RESET if same else RESET + str(number).encode()
        return either.client.post("/v1/documents", files={"file": ("a.txt", data)}, headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(upload, range(6)))
    documents = either.client.get("/v1/documents", headers=headers).json()["data"]
    assert len(documents) == 1
    assert set(statuses) <= {200, 202, 409}
    assert documents[0]["latest_version"] == len(either.queue.sent) == statuses.count(202)
    assert 1 <= statuses.count(202) <= (1 if same else 6)


def test_concurrent_requests_with_one_idempotency_key_are_executed_once(either: World) -> None:
    headers = either.key("review") | {"Idempotency-Key": "once"}

    def train(_: int) -> int:
        return either.client.post("/v1/training-runs", json={}, headers=headers).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = set(pool.map(train, range(6)))
    assert statuses <= {202, 409}
    assert len(either.queue.sent) == 1


@pytest.mark.parametrize(
    "path",
    ["/v1/documents/%00", "/v1/jobs/%00", "/v1/answers/%00", "/v1/datasets/%00", "/v1/documents/doc_%F0%9F%98%80"],
)
def test_an_invalid_id_is_an_error_of_the_request(either: World, path: str) -> None:
    response = either.client.get(path, headers=either.key("admin"))
    assert response.status_code in (404, 422)
    assert response.headers["content-type"] == "application/problem+json"
