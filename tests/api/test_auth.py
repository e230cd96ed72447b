"""Authentication: the scopes of each route, keys in headers and cookies, and requests from other sites."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.auth import COOKIE
from core.clock import now
from core.errors import StorageFull
from core.store.access import keys, sessions
from tests.api.conftest import World

ROUTES = [
    ("POST", "/v1/documents", "ingest"),
    ("GET", "/v1/documents", "ask ingest review"),
    ("GET", "/v1/documents/doc_x", "ask ingest review"),
    ("DELETE", "/v1/documents/doc_x", "ingest"),
    ("GET", "/v1/documents/doc_x/content", "ingest"),
    ("GET", "/v1/documents/doc_x/chunks", "ask ingest review"),
    ("GET", "/v1/documents/doc_x/excerpt?ordinal=0", "ask ingest review"),
    ("GET", "/v1/documents/doc_x/pages/1.png", "ask ingest review"),
    ("GET", "/v1/documents/doc_x/versions", "ask ingest review"),
    ("GET", "/v1/documents/doc_x/pages/1.png", "ask ingest review"),
    ("GET", "/v1/collections", "ask ingest review"),
    ("GET", "/v1/jobs", "ingest review"),
    ("GET", "/v1/jobs/job_x", "ingest review"),
    ("GET", "/v1/jobs/job_x/events", "ingest review"),
    ("POST", "/v1/jobs/job_x:cancel", "ingest review"),
    ("POST", "/v1/jobs/job_x:retry", "ingest review"),
    ("POST", "/v1/search", "ask"),
    ("POST", "/v1/answers", "ask"),
    ("GET", "/v1/answers/ans_x", "ask ingest review"),
    ("POST", "/v1/answers/ans_x/feedback", "ask"),
    ("POST", "/v1/conversations", "ask"),
    ("GET", "/v1/conversations", "ask"),
    ("GET", "/v1/conversations/conv_x", "ask"),
    ("DELETE", "/v1/conversations/conv_x", "ask"),
    ("GET", "/v1/feedback", "review"),
    ("POST", "/v1/feedback/fb_x:approve", "review"),
    ("POST", "/v1/feedback/fb_x:edit", "review"),
    ("POST", "/v1/feedback/fb_x:reject", "review"),
    ("POST", "/v1/datasets", "review"),
    ("GET", "/v1/datasets", "review"),
    ("GET", "/v1/datasets/ds_x", "review"),
    ("POST", "/v1/training-runs", "review"),
    ("GET", "/v1/training-runs", "review"),
    ("GET", "/v1/training-runs/job_x", "review"),
    ("GET", "/v1/model-versions", "review"),
    ("GET", "/v1/model-versions/mv_x", "review"),
    ("POST", "/v1/model-versions/mv_x:promote", "review"),
    ("POST", "/v1/model-versions/mv_x:rollback", "review"),
    ("POST", "/v1/model-versions:rollback", "review"),
    ("POST", "/v1/keys", ""),
    ("GET", "/v1/keys", ""),
    ("DELETE", "/v1/keys/key_x", ""),
    ("GET", "/v1/audit", ""),
    ("POST", "/v1/documents/doc_x:forget", ""),
    ("GET", "/v1/receipts", ""),
    ("GET", "/v1/receipts/rcp_x", ""),
    ("GET", "/metrics", ""),
    ("GET", "/v1/me", "ask ingest review"),
    ("GET", "/v1/models", "ask ingest review"),
    ("GET", "/v1/models/vouch", "ask ingest review"),
    ("POST", "/v1/chat/completions", "ask"),
    ("POST", "/v1/embeddings", "ask"),
]
OPEN = {"/livez", "/readyz", "/v1/session"}
BODIES = {
    "/v1/search": {"query": "x"},
    "/v1/answers": {"question": "x"},
    "/v1/answers/ans_x/feedback": {"rating": "up"},
    "/v1/feedback/fb_x:edit": {},
    "/v1/datasets": {},
    "/v1/training-runs": {},
    "/v1/keys": {"name": "x", "scopes": ["ask"]},
    "/v1/chat/completions": {"model": "vouch", "messages": [{"role": "user", "content": "x"}]},
    "/v1/embeddings": {"model": "vouch", "input": "x"},
}


def test_the_table_of_routes_is_complete(world: World) -> None:
    documented = {
        (method.upper(), path)
        for path, operations in world.client.get("/openapi.json").json()["paths"].items()
        for method in operations
        if path not in OPEN
    }
    names = ["doc_x", "job_x", "ans_x", "fb_x", "ds_x", "mv_x", "key_x", "conv_x", "rcp_x", "models/vouch"]
    tested = {(method, path) for method, path, _ in ROUTES}
    assert len(documented) == len(tested)
    assert all(any(name in path for name in names) or (method, path) in documented for method, path in tested)


@pytest.mark.parametrize(("method", "path", "scopes"), ROUTES)
def test_a_route_needs_one_of_its_scopes(world: World, method: str, path: str, scopes: str) -> None:
    files = {"file": ("a.txt", b"text")} if path == "/v1/documents" and method == "POST" else None
    for scope in ("ask", "ingest", "review", "admin"):
        headers = world.key(scope)
        response = world.client.request(method, path, json=BODIES.get(path), files=files, headers=headers)
        allowed = scope == "admin" or scope in scopes.split()
        assert (response.status_code != 403) == allowed, (scope, response.text)
    assert world.client.request(method, path, json=BODIES.get(path), files=files).status_code == 401


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer ", "Basic abc", "vch_x", "Bearer vch_x y"])
def test_a_header_without_a_key_is_unauthenticated(world: World, header: str) -> None:
    assert world.client.get("/v1/me", headers={"Authorization": header}).status_code == 401


def test_an_expired_or_revoked_key_is_unauthenticated(world: World) -> None:
    with world.services.db.write() as session:
        soon = now() + timedelta(microseconds=1000)
        _, expired = keys.create_key(session, "old", ["ask"], expires_at=soon)
        key, revoked = keys.create_key(session, "gone", ["ask"])
        keys.revoke_key(session, key.id)
    for token in (expired, revoked):
        assert world.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_me_returns_the_scopes_and_groups_of_the_key(world: World) -> None:
    body = world.client.get("/v1/me", headers=world.key("ask", "review", groups=("b", "a"))).json()
    assert (body["scopes"], body["groups"]) == (["ask", "review"], ["a", "b"])


def sign_in(world: World, *scopes: str) -> None:
    token = world.key(*scopes)["Authorization"].split()[1]
    response = world.client.post("/v1/session", json={"key": token})
    assert response.status_code == 204
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


def test_the_pages_key_is_in_a_cookie_that_scripts_cannot_read(world: World) -> None:
    sign_in(world, "ask")
    assert world.client.get("/v1/me").json()["scopes"] == ["ask"]
    world.client.delete("/v1/session", headers={"Sec-Fetch-Site": "same-origin"})
    assert world.client.get("/v1/me").status_code == 401


def test_the_cookie_is_not_the_key(world: World) -> None:
    sign_in(world, "ask")
    cookie = world.client.cookies[COOKIE]
    assert not cookie.startswith(keys.TOKEN_PREFIX)
    assert world.client.get("/v1/me", headers={"Authorization": f"Bearer {cookie}"}).status_code == 401


def test_a_cookie_that_was_copied_ends_when_its_owner_signs_out(world: World) -> None:
    sign_in(world, "ask")
    copied = {"Cookie": f"{COOKIE}={world.client.cookies[COOKIE]}"}
    world.client.delete("/v1/session", headers={"Sec-Fetch-Site": "same-origin"})
    assert world.client.get("/v1/me", headers=copied).status_code == 401


def test_another_site_cannot_sign_a_visitor_out(world: World) -> None:
    sign_in(world, "ask")
    assert world.client.delete("/v1/session", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert world.client.get("/v1/me").status_code == 200


def test_signing_in_again_ends_the_session_before(world: World) -> None:
    sign_in(world, "ask")
    before = {"Cookie": f"{COOKIE}={world.client.cookies[COOKIE]}"}
    sign_in(world, "review")
    assert world.client.get("/v1/me").json()["scopes"] == ["review"]
    world.client.cookies.clear()
    assert world.client.get("/v1/me", headers=before).status_code == 401


def test_a_cookie_with_a_key_in_it_is_refused(world: World) -> None:
    token = world.key("admin")["Authorization"].split()[1]
    response = world.client.get("/v1/me", headers={"Cookie": f"{COOKIE}={token}"})
    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")
    assert "Sign in again" in response.json()["detail"]


def test_a_session_ends_with_its_key(world: World) -> None:
    sign_in(world, "ask")
    key_id = world.client.get("/v1/me").json()["key_id"]
    world.client.delete(f"/v1/keys/{key_id}", headers=world.key("admin"))
    assert world.client.get("/v1/me").status_code == 401


def test_a_session_is_read_on_a_full_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    sign_in(world, "ask")
    monkeypatch.setattr(sessions, "TOUCH_AFTER", timedelta(0))

    def full(*_: object) -> None:
        raise StorageFull("full")

    monkeypatch.setattr(sessions, "touch", full)
    assert world.client.get("/v1/me").status_code == 200


def test_a_wrong_key_creates_no_session(world: World) -> None:
    response = world.client.post("/v1/session", json={"key": "vch_wrong"})
    assert response.status_code == 401
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "http://vouch.test"}, 403),
        ({"Origin": "http://vouch.test"}, 200),
        ({"Origin": "http://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({}, 403),
    ],
)
def test_a_cookie_authorizes_changes_only_from_our_own_pages(
    world: World, headers: dict[str, str], status: int
) -> None:
    sign_in(world, "ask")
    assert world.client.post("/v1/search", json={"query": "x"}, headers=headers).status_code == status


def test_another_site_cannot_sign_a_visitor_in(world: World) -> None:
    token = world.key("ask")["Authorization"].split()[1]
    response = world.client.post("/v1/session", json={"key": token}, headers={"Sec-Fetch-Site": "cross-site"})
    assert response.status_code == 403


def test_a_session_cookie_over_https_is_secure(world: World) -> None:
    token = world.key("ask")["Authorization"].split()[1]
    response = world.client.post("https://vouch.test/v1/session", json={"key": token})
    assert "secure" in response.headers["set-cookie"].lower()


def test_an_upload_without_a_key_is_refused_before_its_body_is_read(world: World) -> None:
    body = b"x" * (8 << 20)  # not a form: code that reads it answers with another status
    headers = {"content-type": "multipart/form-data; boundary=b", "authorization": "Bearer vch_nobody"}

    response = world.client.post("/v1/documents", content=body, headers=headers)

    assert (response.status_code, response.json()["code"]) == (401, "unauthenticated")


def test_an_unknown_method_is_counted_as_other(world: World) -> None:
    world.client.request("MADEUP", "/v1/documents")

    metrics = world.metrics()
    assert 'method="other"' in metrics
    assert "MADEUP" not in metrics


def test_a_key_uploads_documents_only_to_its_own_groups(world: World) -> None:
    files = {"file": ("a.txt", b"words")}
    response = world.client.post("/v1/documents", files=files, data={"groups": "board"}, headers=world.key("ingest"))

    assert response.status_code == 403
    assert "board" in response.json()["detail"]
