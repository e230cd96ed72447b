"""What routes are handed: the services of this application, its metrics, and pages of lists.

The lifespan yields these; nothing is global. Who calls is in `api.auth`.
"""

from __future__ import annotations

from typing import Annotated, TypedDict, cast

from anyio import CapacityLimiter
from fastapi import Depends, Request, Response
from pydantic import BaseModel

from api.metrics import Metrics
from api.rate_limit import RateLimiter
from service.compose import Services


class State(TypedDict):
    """The lifespan's state, as every request sees it."""

    services: Services
    metrics: Metrics
    limiter: RateLimiter
    aside: CapacityLimiter
    """Threads kept for health checks: they must answer while questions fill all the others."""


def services_of(request: Request) -> Services:
    return cast(Services, request.state.services)


def metrics_of(request: Request) -> Metrics:
    return cast(Metrics, request.state.metrics)


def limiter_of(request: Request) -> RateLimiter:
    return cast(RateLimiter, request.state.limiter)


Served = Annotated[Services, Depends(services_of)]
Measured = Annotated[Metrics, Depends(metrics_of)]


def reply(view: BaseModel, status: int = 200, location: str | None = None) -> Response:
    """Make a JSON response of a schema, with the address of what was made."""
    headers = {"Location": location} if location else None
    return Response(view.model_dump_json(), status, headers, media_type="application/json")
