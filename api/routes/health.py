"""Is it alive, is it ready, how does it fare; and what the API looks like."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from api.deps import metrics_of, services_of
from api.errors import RETRY_AFTER_S, problem
from api.reference import page
from core.errors import Unavailable, VouchError
from core.store.database import schema_version
from core.types import Json
from service.compose import Services

T = TypeVar("T")
router = APIRouter(include_in_schema=False)
health = APIRouter(tags=["health"])


@health.get("/livez")
async def live() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "alive"}


@health.get("/readyz", responses={503: {"description": "Something is down; `checks` says what and why."}})
async def ready(request: Request) -> Response:
    """Say whether questions can be answered and documents taken in, and on which device the models run."""
    return await to_thread.run_sync(_ready, request, limiter=request.state.aside)


@health.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics(request: Request) -> Response:
    """Return figures in Prometheus' text format."""
    text = await to_thread.run_sync(metrics_of(request).text, limiter=request.state.aside)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Show the API to people, without scripts and without anything from elsewhere."""
    return HTMLResponse(page(request.app.openapi()))


def _ready(request: Request) -> Response:
    services = services_of(request)
    checks = {name: _check(test) for name, test in _tests(services).items()}
    engine = services.engine.loaded()
    devices: Mapping[str, str] = _told(services.devices, {})
    members: Json = {"checks": checks, "device": dict(devices)}
    bad = [f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"]]
    if not bad:
        less = _told(engine.problem, None) if engine is not None else None
        return JSONResponse({"status": "degraded" if less else "ready", **members} | ({"detail": less} if less else {}))
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return problem(request.scope, 503, "not_ready", " ".join(bad), headers=headers, **members)


def _told(ask: Callable[[], T], otherwise: T) -> T:
    try:
        return ask()
    except VouchError:  # the checks tell what is down
        return otherwise


def _tests(services: Services) -> dict[str, Callable[[], str]]:
    return {
        "database": lambda: _database(services),
        "broker": lambda: _said(services.queue.problem(), "answers"),
        "models": lambda: _said(services.engine.problem() or services.redactor.problem(), "loaded"),
        "index": lambda: services.engine.get(0).index(),
    }


def _check(test: Callable[[], str]) -> dict[str, Json]:
    try:
        return {"ok": True, "detail": test()}
    except VouchError as error:
        return {"ok": False, "detail": str(error)}
    except Exception as error:  # one test's boundary: readiness must tell, not break
        return {"ok": False, "detail": f"An unexpected {type(error).__name__}."}


def _database(services: Services) -> str:
    current, newest = schema_version(services.db)
    if current != newest:
        raise Unavailable(f"The schema is {current}, this version needs {newest}.", hint="Run `vouch migrate`.")
    return f"schema {current}"


def _said(reason: str | None, good: str) -> str:
    if reason is not None:
        raise Unavailable(reason)
    return good
