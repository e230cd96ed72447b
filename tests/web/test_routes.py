"""The pages' files as they are sent."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from api.web.routes import STATIC
from core.settings import Settings


@pytest.fixture
def client(settings: Settings) -> TestClient:
    return TestClient(create_app(settings))


def test_the_page_comes_with_a_policy_that_forbids_everything_foreign(client: TestClient) -> None:
    response = client.get("/")

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'self'" in response.headers["content-security-policy"]
    assert "require-trusted-types-for 'script'" in response.headers["content-security-policy"]
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
    response = client.get(f"/static/{name}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


def test_the_page_preloads_every_module() -> None:
    preloaded = re.findall(r'modulepreload" href="/static/(.+?)"', (STATIC / "index.html").read_text())

    assert sorted([*preloaded, "app.js"]) == sorted(path.name for path in STATIC.glob("*.js"))


def test_every_module_that_is_imported_exists() -> None:
    names = {path.name for path in STATIC.iterdir()}
    imported = {name for path in STATIC.glob("*.js") for name in re.findall(r'from "\./(.+?)"', path.read_text())}

    assert imported <= names
