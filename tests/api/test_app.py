"""The application as a whole: its imports, health, metrics, response headers and API reference."""

from __future__ import annotations

import asyncio
import re
import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient
from structlog.testing import capture_logs

from api.app import create_app
from core.errors import Unavailable, WeightsError
from core.reloadable import Reloadable
from tests.api.conftest import World
from tests.api.doubles import NoBroker

Json = Any
HEAVY = ("torch", "faiss", "transformers", "spacy", "onnxruntime", "tantivy", "presidio_analyzer", "unstructured")
TOKEN = "only-for-the-metrics"
TREE = Path(__file__).parents[2]


def test_importing_the_application_loads_no_model_library() -> None:
    code = f"import sys, api.app; print([name for name in {HEAVY!r} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=TREE, check=True)
    assert result.stdout.strip() == "[]"


def test_it_is_alive_and_ready_and_reports_its_device(world: World) -> None:
    assert world.client.get("/livez").json() == {"status": "alive"}
    ready = world.client.get("/readyz")
    assert (ready.status_code, ready.json()["status"]) == (200, "ready")
    assert ready.json()["device"] == {"embedder": "cpu"}
    assert set(ready.json()["checks"]) == {"database", "broker", "models", "index"}


def test_it_is_alive_but_not_ready_without_its_database(make_world: Json) -> None:
    world: World = make_world(metrics_token=TOKEN)
    world.services.db.close()
    path = world.services.settings.home / "vouch.db"
    path.rename(path.with_suffix(".away"))
    path.mkdir()
    response = world.client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "not_ready")
    assert response.json()["checks"]["database"]["ok"] is False
    assert world.client.get("/livez").status_code == 200
    token = {"Authorization": f"Bearer {TOKEN}"}
    assert world.client.get("/metrics", headers=token).status_code == 200


def test_it_is_not_ready_without_its_broker_or_models_and_reports_why(world: World) -> None:
    def missing() -> Json:
        raise WeightsError("The weights are not here.", hint="Run `vouch models pull`.")

    failed: Reloadable[None, Json] = Reloadable.once("models", missing)
    services = replace(world.services, engine=failed, queue=NoBroker())
    with pytest.raises(WeightsError):
        failed.get(5)
    with TestClient(create_app(services=services)) as client:
        response = client.get("/readyz")
        asked = client.post("/v1/search", json={"query": "x"}, headers=world.key("ask"))
    assert response.status_code == 503
    assert "Connection refused" in response.json()["checks"]["broker"]["detail"]
    assert "vouch models pull" in response.json()["checks"]["models"]["detail"]
    assert (asked.status_code, asked.json()["code"]) == (503, "weights")


def test_health_checks_answer_while_questions_use_all_threads(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    go, waiting = threading.Event(), threading.Semaphore(0)

    def wait(*_: object, **__: object) -> Json:
        waiting.release()
        go.wait(20)
        raise Unavailable("Enough.")

    async def ask_and_look(client: httpx.AsyncClient, headers: dict[str, str]) -> list[int]:
        asked = [
            asyncio.create_task(client.post("/v1/search", json={"query": "x"}, headers=headers)) for _ in range(45)
        ]
        assert await asyncio.to_thread(lambda: all(waiting.acquire(timeout=15) for _ in range(8)))
        looks = [
            await asyncio.wait_for(client.get(path, headers=headers), 5) for path in ("/livez", "/readyz", "/metrics")
        ]
        go.set()
        return [look.status_code for look in looks] + [(await answer).status_code for answer in asked]

    async def serve() -> list[int]:
        app = create_app(services=world.services)
        async with app.router.lifespan_context(app) as state:

            async def with_state(scope: Json, receive: Json, send: Json) -> None:
                await app(scope | {"state": dict(state or {})}, receive, send)

            transport = httpx.ASGITransport(with_state)
            async with httpx.AsyncClient(transport=transport, base_url="http://vouch.test", timeout=30) as client:
                return await ask_and_look(client, headers)

    headers = world.key("admin")
    monkeypatch.setattr(world.searcher, "search", wait)
    assert asyncio.run(serve()) == [200] * 3 + [503] * 45


def test_a_request_id_is_echoed_or_created(world: World) -> None:
    assert world.client.get("/livez", headers={"X-Request-Id": "abc-1.2"}).headers["x-request-id"] == "abc-1.2"
    assert re.fullmatch(r"req_[0-9a-z]{26}", world.client.get("/livez").headers["x-request-id"])


@pytest.mark.parametrize("unsafe", ["a b", "x" * 129, '"><script>', ""])
def test_an_unsafe_request_id_is_replaced(world: World, unsafe: str) -> None:
    assert world.client.get("/livez", headers={"X-Request-Id": unsafe}).headers["x-request-id"].startswith("req_")


@pytest.mark.parametrize("path", ["/livez", "/docs", "/nothing", "/v1/documents"])
def test_every_response_has_the_security_headers(world: World, path: str) -> None:
    headers = world.client.get(path).headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


def test_a_request_is_logged_without_the_text_of_its_query(world: World) -> None:
    with capture_logs() as lines:
        world.client.post("/v1/search?x=secret", json={"query": "secret words"}, headers=world.key("ask"))
    (line,) = [line for line in lines if line["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("POST", "/v1/search", 200)
    assert line["key_id"].startswith("key_")
    assert "secret" not in str(lines)


def test_metrics_count_by_the_template_of_the_route(world: World) -> None:
    document_id = world.upload()["document_id"]
    world.client.get(f"/v1/documents/{document_id}", headers=world.key("ask"))
    world.client.get("/nothing/of/the/kind")
    text = world.metrics()
    assert 'vouch_http_requests_total{method="GET",route="/v1/documents/{document_id}",status="200"} 1.0' in text
    assert 'vouch_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert 'vouch_jobs{kind="ingest",state="queued"} 1.0' in text
    assert document_id not in text


def test_a_fallback_device_is_in_the_metrics_and_in_readyz(world: World) -> None:
    engine = world.services.engine.get(30)
    devices = {"index": "cpu (wanted cuda:0: out of memory)", "embedder": "cuda:0"}
    other = Reloadable.once("models", lambda: replace(engine, devices=lambda: devices))
    other.get(30)
    services = replace(world.services, engine=other)
    with TestClient(create_app(services=services)) as client:
        text = client.get("/metrics", headers=world.key("admin")).text
        assert client.get("/readyz").json()["device"] == devices
    assert 'vouch_device_as_wanted{device="cpu",part="index"} 0.0' in text
    assert 'vouch_device_as_wanted{device="cuda:0",part="embedder"} 1.0' in text


def test_the_token_for_metrics_opens_nothing_else(make_world: Json) -> None:
    world: World = make_world(metrics_token=TOKEN)
    right, wrong = ({"Authorization": f"Bearer {token}"} for token in (TOKEN, TOKEN + "x"))

    assert "vouch_jobs" in world.client.get("/metrics", headers=right).text
    assert [world.client.get("/metrics", headers=each).status_code for each in (wrong, {})] == [401, 401]
    assert world.client.get("/v1/me", headers=right).status_code == 401


def test_without_a_token_in_the_settings_an_empty_one_reads_no_metrics(world: World) -> None:
    for given in ("Bearer ", "Bearer", ""):
        response = world.client.get("/metrics", headers={"Authorization": given})
        assert (response.status_code, "vouch_" in response.text) == (401, False)


def test_two_applications_have_separate_metrics(world: World) -> None:
    with TestClient(create_app(services=world.services)) as other:
        other.get("/livez")
        assert "/livez" not in world.metrics()


def test_other_origins_are_allowed_only_by_the_settings(make_world: Json) -> None:
    world: World = make_world(cors_origins="https://help.example.com")
    asked = {"Origin": "https://help.example.com", "Access-Control-Request-Method": "POST"}
    allowed = world.client.options("/v1/answers", headers=asked)
    refused = world.client.options("/v1/answers", headers=asked | {"Origin": "https://evil.test"})
    assert allowed.headers["access-control-allow-origin"] == "https://help.example.com"
    assert "access-control-allow-credentials" not in allowed.headers
    assert "access-control-allow-origin" not in refused.headers


def test_by_default_no_other_origin_is_allowed(world: World) -> None:
    response = world.client.get("/livez", headers={"Origin": "https://help.example.com"})
    assert "access-control-allow-origin" not in response.headers


def test_the_openapi_document_describes_every_error_as_a_problem(world: World) -> None:
    schema = world.client.get("/openapi.json").json()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            assert operation["description"], (method, path)
            errors = {status: r for status, r in operation["responses"].items() if int(status) >= 400}
            compatible = path.startswith(("/v1/models", "/v1/chat", "/v1/embeddings"))
            if path.startswith("/v1/"):
                assert {"401", "403", "400" if compatible else "422", "429", "503"} <= set(errors), (method, path)
            if path.startswith("/v1/") and "requestBody" in operation:
                assert {"400", "413"} <= set(errors), (method, path)
            if "{" in path:
                assert "404" in errors, (method, path)
            for status, response in errors.items():
                if path.startswith("/v1/"):
                    media_type = "application/json" if compatible else "application/problem+json"
                    assert list(response["content"]) == [media_type], (method, path, status)


def test_the_openapi_document_is_complete_and_valid(world: World) -> None:
    schema = world.client.get("/openapi.json").json()
    text = str(schema)
    for name in set(re.findall(r"#/components/schemas/(\w+)", text)):
        assert name in schema["components"]["schemas"]
    for shape in schema["components"]["schemas"].values():
        Draft202012Validator.check_schema(shape)
    ids = [operation["operationId"] for operations in schema["paths"].values() for operation in operations.values()]
    assert len(ids) == len(set(ids))
    assert schema["components"]["securitySchemes"]["key"]["scheme"] == "bearer"


def test_a_problem_matches_its_schema(world: World) -> None:
    schema = world.client.get("/openapi.json").json()
    problem = world.client.post("/v1/search", json={}, headers=world.key("ask")).json()
    shape = schema["components"]["schemas"]["Problem"] | {"components": schema["components"]}
    Draft202012Validator(shape).validate(problem)


def test_the_reference_page_loads_nothing_and_shows_every_route(world: World) -> None:
    page = world.client.get("/docs").text
    assert not re.findall(r"<script|<link|<img|https?://", page)
    for path in world.client.get("/openapi.json").json()["paths"]:
        assert path in page


def test_the_page_for_people_is_at_the_root(world: World) -> None:
    response = world.client.get("/")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/html")
