"""Routes for operation: liveness, readiness, metrics; and the API reference for people."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hmac import compare_digest
from typing import TypeVar

from anyio import to_thread
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from api.auth import bearer, identify
from api.deps import metrics_of, services_of
from api.errors import RETRY_AFTER_S, problem
from api.reference import page, problems
from core.disk.database_check import require_sound
from core.disk.scrub import describe_bad
from core.errors import Forbidden, Unavailable, VouchError
from core.store import blob_checks
from core.store.database import schema_version
from core.types import Json
from service.compose import Services

T = TypeVar("T")
router = APIRouter(include_in_schema=False)
health = APIRouter(tags=["health"])


@health.get("/livez")
async def live() -> dict[str, str]:
    """Return that the process is alive."""
    return {"status": "alive"}


@health.get("/readyz", responses={503: {"description": "Something is down; `checks` shows what and why."}})
async def ready(request: Request) -> Response:
    """Return whether questions can be answered and documents uploaded, and on which device the models run."""
    return await to_thread.run_sync(_ready, request, limiter=request.state.health_threads)


@health.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}, **problems(401, 403, 429)},
    dependencies=[Depends(bearer)],
)
async def metrics(request: Request) -> Response:
    """Return metrics in the text format of Prometheus; needs the scope admin or the token of VOUCH_METRICS_TOKEN."""
    text = await to_thread.run_sync(_metrics, request, limiter=request.state.health_threads)
    return Response(text, media_type=CONTENT_TYPE_LATEST)


@router.get("/docs")
def docs(request: Request) -> HTMLResponse:
    """Return the API reference as a page without scripts that loads nothing from elsewhere."""
    return HTMLResponse(page(request.app.openapi()))


def _metrics(request: Request) -> bytes:
    """Return the metrics. Not a dependency: those run in the threads that questions use."""
    wanted = services_of(request).settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if not (wanted and compare_digest(given.encode(), wanted.encode())) and not identify(request).may("admin"):
        raise Forbidden("This needs a key with the scope admin.", hint="Or set VOUCH_METRICS_TOKEN and send that.")
    return metrics_of(request).text()


def _ready(request: Request) -> Response:
    services = services_of(request)
    checks = {name: _run(check) for name, check in _checks(services).items()}
    engine = services.engine.loaded()
    devices: Mapping[str, str] = _or_default(services.devices, {})
    members: Json = {"checks": checks, "device": dict(devices)}
    bad = [f"{name}: {check['detail']}" for name, check in checks.items() if not check["ok"]]
    if not bad:
        lacks = [_or_default(engine.problem, None) if engine is not None else None]
        lacks.append(_or_default(lambda: _stored_files(services), None))
        lack = " ".join(each for each in lacks if each)
        return JSONResponse({"status": "degraded" if lack else "ready", **members} | ({"detail": lack} if lack else {}))
    headers = {"Retry-After": str(RETRY_AFTER_S)}
    return problem(request.scope, 503, "not_ready", " ".join(bad), headers=headers, **members)


def _or_default(call: Callable[[], T], default: T) -> T:
    try:
        return call()
    except VouchError:  # the checks report what is down
        return default


def _checks(services: Services) -> dict[str, Callable[[], str]]:
    return {
        "database": lambda: _database(services),
        "broker": lambda: _require_none(services.queue.problem(), "answers"),
        "models": lambda: _require_none(services.engine.problem() or services.redactor.problem(), "loaded"),
        "index": lambda: services.engine.get(0).index(),
    }


def _run(check: Callable[[], str]) -> dict[str, Json]:
    try:
        return {"ok": True, "detail": check()}
    except VouchError as error:
        return {"ok": False, "detail": str(error)}
    except Exception as error:  # a check's boundary: readiness reports a failure, it does not fail
        return {"ok": False, "detail": f"An unexpected {type(error).__name__}."}


def _database(services: Services) -> str:
    current, newest = schema_version(services.db)
    if current != newest:
        raise Unavailable(f"The schema is {current}, this version needs {newest}.", hint="Run `vouch migrate`.")
    require_sound(services.db, services.settings.home)
    return f"schema {current}"


def _stored_files(services: Services) -> str | None:
    with services.db.read() as session:
        found = blob_checks.counts(session)
    return describe_bad(found.damaged, found.missing)


def _require_none(problem: str | None, good: str) -> str:
    if problem is not None:
        raise Unavailable(problem)
    return good
