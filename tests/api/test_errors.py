"""Every error is a problem with status, code and request id, and never repeats what was sent."""

from __future__ import annotations

import errno
import json

import pytest
from structlog.testing import capture_logs

from api.errors import STATUS, status_of
from core import errors
from core.errors import VouchError
from core.types import Json
from tests.api.conftest import World


def all_errors(kind: type[VouchError] = VouchError) -> list[type[VouchError]]:
    return [found for sub in kind.__subclasses__() for found in (sub, *all_errors(sub))]


def assert_problem(response: Json, status: int, code: str) -> None:
    body = response.json()
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert (body["status"], body["code"]) == (status, code)
    assert body["request_id"] == response.headers["x-request-id"]
    assert body["title"]
    assert body["detail"]


def test_every_error_of_core_is_in_the_table() -> None:
    for kind in all_errors():
        if kind.__module__ == "core.errors":
            assert status_of(kind("x")) != 500 or kind in STATUS, kind


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.NotFound("x"), 404),
        (errors.Conflict("x"), 409),
        (errors.Invalid("x"), 422),
        (errors.Unauthenticated("x"), 401),
        (errors.Forbidden("x"), 403),
        (errors.TooLarge("x"), 413),
        (errors.UnsupportedMedia("x"), 415),
        (errors.DocumentRejected("x"), 422),
        (errors.LimitExceeded("x"), 422),
        (errors.SettingsError("x"), 503),
        (errors.WeightsError("x"), 503),
        (errors.Unavailable("x"), 503),
        (errors.StorageFull("x"), 507),
        (errors.IndexCorrupt("x"), 503),
        (errors.LostLease("x"), 409),
        (errors.Cancelled("x"), 409),
    ],
)
def test_an_error_of_core_becomes_its_status(world: World, error: VouchError, status: int) -> None:
    world.searcher.error = error
    response = world.client.post("/v1/search", json={"query": "reset"}, headers=world.key("ask"))
    assert_problem(response, status, error.code)


def test_an_unavailable_service_sends_retry_after(world: World) -> None:
    world.searcher.error = errors.Unavailable("The index is away.", hint="Wait.")
    response = world.client.post("/v1/search", json={"query": "reset"}, headers=world.key("ask"))
    assert response.headers["retry-after"] == "5"
    assert response.json()["detail"] == "The index is away. Wait."


def test_the_response_to_a_wrong_key_says_how_to_authenticate(world: World) -> None:
    response = world.client.get("/v1/documents", headers={"Authorization": "Bearer vch_wrong"})
    assert_problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


def test_broken_json_is_malformed(world: World) -> None:
    headers = world.key("ask") | {"Content-Type": "application/json"}
    response = world.client.post("/v1/search", content=b'{"query": ', headers=headers)
    assert_problem(response, 400, "malformed")


@pytest.mark.parametrize("body", [b"[]", b"null", b"3", b'"text"', b"", b'{"query": 3}', b'{"query": null}', b"{}"])
def test_json_of_another_shape_is_invalid(world: World, body: bytes) -> None:
    headers = world.key("ask") | {"Content-Type": "application/json"}
    assert_problem(world.client.post("/v1/search", content=body, headers=headers), 422, "invalid")


def test_an_unknown_field_is_named(world: World) -> None:
    response = world.client.post("/v1/search", json={"query": "a", "colections": ["x"]}, headers=world.key("ask"))
    assert_problem(response, 422, "invalid")
    assert [error["field"] for error in response.json()["errors"]] == ["colections"]


def test_a_problem_never_repeats_what_was_sent(world: World) -> None:
    secret = "Mrs Smith's password is hunter2"
    response = world.client.post("/v1/search", json={"query": [secret]}, headers=world.key("ask"))
    assert response.status_code == 422
    assert "hunter2" not in response.text


@pytest.mark.parametrize("text", ["\ud800", "a\u0000b"])
def test_text_that_cannot_be_stored_is_invalid(world: World, text: str) -> None:
    body = json.dumps({"query": text}).encode()
    headers = world.key("ask") | {"Content-Type": "application/json"}
    assert_problem(world.client.post("/v1/search", content=body, headers=headers), 422, "invalid")


def test_an_unknown_address_is_not_found(world: World) -> None:
    assert_problem(world.client.get("/v2/nothing"), 404, "not_found")


def test_a_wrong_method_is_answered_with_the_allowed_ones(world: World) -> None:
    response = world.client.put("/v1/search", json={})
    assert_problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == "POST"


@pytest.mark.parametrize(
    ("path", "field", "value"),
    [
        ("/v1/search", "explain", 0),
        ("/v1/search", "explain", "yes"),
        ("/v1/search", "k", "3"),
        ("/v1/search", "k", True),
        ("/v1/answers", "stream", 1),
        ("/v1/answers/ans_x/feedback", "wrong_citations", ["1"]),
        ("/v1/model-versions/mv_x:promote", "force", "on"),
    ],
)
def test_a_json_body_has_the_types_that_the_schema_says(world: World, path: str, field: str, value: Json) -> None:
    body = {"query": "x"} if "search" in path else {"rating": "down"} if "feedback" in path else {}
    body |= {"question": "x"} if path == "/v1/answers" else {}
    problem = world.client.post(path, json=body | {field: value}, headers=world.key("admin")).json()
    assert (problem["status"], [error["field"].split(".")[0] for error in problem["errors"]]) == (422, [field])


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        ("/v1/documents", "GET, POST"),
        ("/v1/documents/doc_1", "DELETE, GET"),
        ("/v1/jobs/job_1:cancel", "POST"),
        ("/v1/model-versions:rollback", "POST"),
        ("/v1/models/a/b", "GET"),
    ],
)
def test_the_allowed_methods_are_those_of_all_routes_of_an_address(world: World, path: str, methods: str) -> None:
    response = world.client.options(path)
    assert (response.status_code, response.headers["allow"]) == (405, methods)


def test_a_defect_is_a_500_with_the_request_id_and_a_log_without_its_message(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: object, **__: object) -> None:
        raise RuntimeError("the text was: Mrs Smith")

    headers = world.key("ask")
    monkeypatch.setattr(world.searcher, "search", defect)
    with capture_logs() as lines:
        response = world.client.post("/v1/search", json={"query": "reset"}, headers=headers)
    assert_problem(response, 500, "internal")
    (line,) = [line for line in lines if line["event"] == "defect"]
    assert line["error"] == "RuntimeError"
    assert "Smith" not in str(lines)
    assert "Smith" not in response.text


def test_a_full_disk_is_storage_full(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    headers = world.key("ask")
    monkeypatch.setattr(world.searcher, "search", full)
    response = world.client.post("/v1/search", json={"query": "reset"}, headers=headers)
    assert_problem(response, 507, "storage_full")


def test_another_system_error_is_a_defect(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    headers = world.key("ask")
    monkeypatch.setattr(world.searcher, "search", broken)
    assert_problem(world.client.post("/v1/search", json={"query": "reset"}, headers=headers), 500, "internal")


def test_a_body_with_a_large_content_length_is_refused_before_it_is_read(world: World) -> None:
    headers = world.key("ask") | {"Content-Type": "application/json", "Content-Length": str(2 << 20)}
    response = world.client.post("/v1/search", content=b"{}", headers=headers)
    assert_problem(response, 413, "too_large")


def test_a_body_that_grows_too_large_is_refused_while_it_is_read(world: World) -> None:
    chunks = (b" " * 65536 for _ in range(40))
    headers = world.key("ask") | {"Content-Type": "application/json"}
    response = world.client.post("/v1/search", content=chunks, headers=headers)
    assert_problem(response, 413, "too_large")


def test_a_file_over_the_limit_is_refused(make_world: Json) -> None:
    world: World = make_world(max_upload_mb=1)
    slightly, far = b"a" * ((1 << 20) + 1), b"a" * (3 << 20)
    for data in (slightly, far):
        response = world.client.post("/v1/documents", files={"file": ("a.txt", data)}, headers=world.key("ingest"))
        assert_problem(response, 413, "too_large")
        assert "1 MiB" in response.json()["detail"]


def test_a_key_that_sends_too_fast_must_wait(make_world: Json) -> None:
    world: World = make_world(rate_per_minute=2)
    fast, other = world.key("ask"), world.key("ask")
    statuses = [world.client.get("/v1/me", headers=fast).status_code for _ in range(3)]
    response = world.client.get("/v1/me", headers=fast)
    assert statuses == [200, 200, 429]
    assert_problem(response, 429, "rate_limited")
    assert 1 <= int(response.headers["retry-after"]) <= 30
    assert world.client.get("/v1/me", headers=other).status_code == 200


def test_a_database_that_is_down_is_status_503(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = world.key("ask")
    world.services.db.close()
    path = world.services.settings.home / "vouch.db"
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    assert_problem(world.client.get("/v1/documents", headers=headers), 503, "unavailable")
