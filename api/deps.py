"""Dependencies of the routes: the services of this application and its metrics; and JSON responses.

The lifespan yields these objects; none is global. The caller comes from `api.auth`.
"""

from __future__ import annotations

from typing import Annotated, TypedDict, cast

from anyio import CapacityLimiter
from fastapi import Depends, Request, Response
from pydantic import BaseModel

from api.bad_keys import BadKeys
from api.metrics import Metrics
from api.rate_limit import RateLimiter
from service.compose import Services


class State(TypedDict):
    """The state that the lifespan yields and every request sees."""

    services: Services
    metrics: Metrics
    limiter: RateLimiter
    bad_keys: BadKeys
    health_threads: CapacityLimiter
    """Threads reserved for health checks, which must answer while questions use all other threads."""


def services_of(request: Request) -> Services:
    return cast(Services, request.state.services)


def metrics_of(request: Request) -> Metrics:
    return cast(Metrics, request.state.metrics)


def limiter_of(request: Request) -> RateLimiter:
    return cast(RateLimiter, request.state.limiter)


def bad_keys_of(request: Request) -> BadKeys:
    return cast(BadKeys, request.state.bad_keys)


ServicesDep = Annotated[Services, Depends(services_of)]
MetricsDep = Annotated[Metrics, Depends(metrics_of)]


def reply(view: BaseModel, status: int = 200, location: str | None = None) -> Response:
    """Return a JSON response of a schema; `location` is the URL of what was created."""
    headers = {"Location": location} if location else None
    return Response(view.model_dump_json(), status, headers, media_type="application/json")
