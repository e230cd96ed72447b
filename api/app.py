"""The HTTP service: a factory that connects routes, middleware and services.

Importing this module loads no model library. The services are opened in `service.compose`; errors become responses in
`api.errors`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from api import errors, reference
from api.bad_keys import BadKeys
from api.deps import State
from api.mcp.route import router as mcp
from api.metrics import Metrics
from api.middleware.admission import AdmissionLimit
from api.middleware.early_auth import KeyBeforeUpload
from api.middleware.limits import BodyLimit, SecurityHeaders
from api.middleware.observe import RequestObserver
from api.middleware.slow_bodies import SlowBodies
from api.openai import chat, embeddings, models
from api.rate_limit import RateLimiter
from api.routes import (
    admin,
    answers,
    conversations,
    documents,
    feedback,
    health,
    jobs,
    learning,
    receipts,
    search,
    session,
)
from api.serving.connections import Connections
from api.web.routes import router as pages
from core.settings import Settings, load_settings
from service.compose import REQUEST_WAIT_S, Services, open_services
from workers.queue import CeleryQueue

THREADS = 24
"""Threads for all routes together: fewer than `core.store.database.MAX_SESSIONS`, so that none waits for a session."""
ABOUT = "Answers from your own manuals, with quotes checked against the source."
ROUTERS = (
    documents.router,
    jobs.router,
    search.router,
    answers.router,
    conversations.router,
    feedback.router,
    learning.router,
    receipts.router,
    admin.router,
    models.router,
    chat.router,
    embeddings.router,
    session.router,
    mcp,
    health.health,
    health.router,
    pages,
)

MCP_HEADERS = ("Mcp-Method", "Mcp-Name", "Mcp-Protocol-Version")
"""Headers that a browser client sends with a message to `/mcp`."""


def create_app(
    settings: Settings | None = None, services: Services | None = None, connections: Connections | None = None
) -> FastAPI:
    """Return the application. It uses given `services` and leaves them open; else it opens and closes its own.

    `connections` are those of the server that will serve it; their figures are in the metrics.
    Raises SettingsError for invalid settings.
    """
    settings = settings or (services.settings if services else load_settings())
    metrics = Metrics()
    if connections is not None:
        metrics.watch_connections(connections)
    app = FastAPI(
        title="Vouch",
        version="0.1.0",
        description=ABOUT,
        lifespan=_lifespan(settings, metrics, services),
        middleware=_middleware(settings, metrics),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"logs": False, "auto_configure": False},  # an exception's message may quote a document
    )
    errors.add_handlers(app, [route for router in ROUTERS for route in router.routes])
    for router in ROUTERS:
        app.include_router(router)
    app.openapi = partial(reference.openapi, app)  # type: ignore[method-assign]
    return app


def _lifespan(
    settings: Settings, metrics: Metrics, given: Services | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[State]]:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[State]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        services = given if given is not None else await to_thread.run_sync(_open, settings)
        services.warm_up()
        metrics.watch_jobs(services.db)
        metrics.watch_support(services.db)
        metrics.watch_damage(services.db, settings.home)
        metrics.watch_devices(services.devices)
        yield {
            "services": services,
            "metrics": metrics,
            "limiter": RateLimiter(settings.rate_per_minute),
            "bad_keys": BadKeys(settings.bad_keys_per_minute, settings.trusted_proxies),
            "health_threads": CapacityLimiter(2),
        }
        if given is None:
            services.close()

    return lifespan


def _open(settings: Settings) -> Services:
    return open_services(settings, CeleryQueue(settings), wait_s=REQUEST_WAIT_S)


def _middleware(settings: Settings, metrics: Metrics) -> list[Middleware]:
    """Return the middleware around the routes, outermost first."""
    layers = [Middleware(SecurityHeaders), Middleware(RequestObserver, metrics=metrics)]
    if origins := [origin.strip() for origin in settings.cors_origins.split(",") if origin.strip()]:
        layers.append(
            Middleware(
                CORSMiddleware,
                allow_origins=origins,
                allow_methods=["GET", "POST", "DELETE"],
                allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-Id", *MCP_HEADERS],
                expose_headers=["Location", "Retry-After", "X-Request-Id", "Idempotency-Replayed"],
            )
        )
    admission = Middleware(
        AdmissionLimit,
        metrics=metrics,
        running=settings.questions_at_once,
        waiting=settings.questions_waiting,
        wait_s=settings.question_wait_s,
    )
    return [
        *layers,
        Middleware(BodyLimit, max_upload_mb=settings.max_upload_mb),
        Middleware(SlowBodies, grace_s=settings.client_timeout_s),
        admission,
        Middleware(KeyBeforeUpload),
    ]
