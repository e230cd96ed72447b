"""The pages' files as they are sent."""

from __future__ import annotations

import re

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.web.routes import STATIC, router
from core.errors import NotFound


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(router)
    return TestClient(app)


def test_the_page_comes_with_a_policy_that_forbids_everything_foreign(client: TestClient) -> None:
    response = client.get("/")

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert "unsafe" not in response.headers["content-security-policy"]
    assert response.headers["cache-control"] == "no-cache"


def test_a_part_that_the_browser_has_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/static/app.js")

    again = client.get("/static/app.js", headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})

    assert first.headers["content-type"].startswith("text/javascript")
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]


@pytest.mark.parametrize("name", ["nothing.js", "..%2froutes.py", "%2e%2e%2f%2e%2e%2fapp.py"])
def test_only_the_folders_own_files_are_sent(client: TestClient, name: str) -> None:
    try:
        status = client.get(f"/static/{name}").status_code
    except NotFound:
        status = 404

    assert status == 404


def test_every_module_that_is_imported_exists() -> None:
    names = {path.name for path in STATIC.iterdir()}
    imported = {name for path in STATIC.glob("*.js") for name in re.findall(r'from "\./(.+?)"', path.read_text())}

    assert imported <= names
