"""Every error as RFC 9457 problem details, with the one table from an error's class to its HTTP status.

The routes for OpenAI's clients return the same errors in OpenAI's format (`api.openai.errors`).

Messages are written where the error is raised. A message never repeats what was sent: it may be a question or a
document.
"""

from __future__ import annotations

import errno
from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute
from starlette.types import Scope

from api.allow import allowed_methods
from api.openai.errors import error_body, openai_status, speaks_openai
from core import errors
from core.errors import VouchError
from core.store.database import DataError, IntegrityError
from core.types import Json

RETRY_AFTER_S = 5
MOST_SHOWN = 20
"""Wrong fields that a response lists: a body of 1 MiB can have a hundred thousand of them."""

MEDIA_TYPE = "application/problem+json"
DISK_FULL = (errno.ENOSPC, errno.EDQUOT)

STATUS: dict[type[VouchError], int] = {
    errors.Invalid: 422,
    errors.Unauthenticated: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Cancelled: 409,
    errors.LostLease: 409,
    errors.TooLarge: 413,
    errors.UnsupportedMedia: 415,
    errors.DocumentRejected: 422,
    errors.Unavailable: 503,
    errors.Busy: 503,
    errors.StorageFull: 507,
    errors.BlobDamaged: 500,  # not 503: to send the same request again does not help
    errors.BlobMissing: 500,
    errors.WeightsError: 503,
    errors.IndexCorrupt: 503,
    errors.SettingsError: 503,
    errors.TrainingFailed: 500,  # the reason of a failed job; no request waits for a training run
}

CODES = {
    400: "malformed",
    401: "unauthenticated",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
}

log = structlog.get_logger()


class RateLimited(VouchError):
    """Too many requests for now; `retry_after_s` is the number of seconds until the next one is allowed."""

    code = "rate_limited"

    def __init__(self, retry_after_s: int, message: str | None = None) -> None:
        super().__init__(message or "This key sends too many requests.", hint=f"Wait {retry_after_s} s.")
        self.retry_after_s = retry_after_s


def add_handlers(app: FastAPI, routes: Sequence[BaseRoute]) -> None:
    """Add handlers for all errors that are expected; the others are caught in `api.middleware.observe`.

    `routes` are those of the application: a wrong method is answered with the right ones.
    """
    app.add_exception_handler(VouchError, _on_vouch_error)
    app.add_exception_handler(RequestValidationError, _on_validation_error)
    app.add_exception_handler(HTTPException, partial(_on_http_exception, routes=routes))
    app.add_exception_handler(IntegrityError, _on_integrity_error)
    app.add_exception_handler(DataError, _on_data_error)
    app.add_exception_handler(OSError, _on_os_error)


def status_of(error: VouchError) -> int:
    """Return the status of the nearest class in the table; 500 if there is none."""
    if isinstance(error, RateLimited):
        return 429
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 500)


def problem(
    scope: Scope,
    status: int,
    code: str,
    detail: str,
    *,
    errors: Sequence[Mapping[str, Json]] = (),
    headers: Mapping[str, str] | None = None,
    **members: Json,
) -> JSONResponse:
    """Return the response for a problem; `members` are extra members of this one problem."""
    if speaks_openai(scope["path"]):
        status = openai_status(status)
        return JSONResponse(error_body(status, code, detail, errors), status, headers=dict(headers or {}))
    body = problem_body(scope, status, code, detail, errors=errors, **members)
    return JSONResponse(body, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def problem_body(
    scope: Scope, status: int, code: str, detail: str, *, errors: Sequence[Mapping[str, Json]] = (), **members: Json
) -> dict[str, Json]:
    """Return the body of a problem, also for an error inside a stream that has begun."""
    return {
        "type": f"urn:vouch:error:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": scope.get("state", {}).get("request_id", ""),
        "errors": [dict(error) for error in errors],
        **members,
    }


def problem_of(scope: Scope, error: VouchError) -> JSONResponse:
    """Return the response for an error of ours."""
    status = status_of(error)
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = 'Bearer realm="vouch"'
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(error.retry_after_s)
    elif status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    if status >= 500:
        log.warning("unavailable", code=error.code, kind=type(error).__name__)
    return problem(scope, status, error.code, str(error), headers=headers)


def _on_vouch_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, VouchError)
    return problem_of(request.scope, error)


def _on_validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    shown = error.errors()[:MOST_SHOWN]
    found = [_field_problem(item) for item in shown]
    if any(item["type"] == "json_invalid" and isinstance(item["loc"][-1], int) for item in shown):
        return problem(request.scope, 400, "malformed", "The body is not valid JSON.", errors=found)
    fields = ", ".join(dict.fromkeys(str(item["field"]) for item in found))
    return problem(request.scope, 422, "invalid", f"The request is not valid. Wrong fields: {fields}.", errors=found)


def _field_problem(item: Mapping[str, Json]) -> dict[str, Json]:
    where, *path = item["loc"] or ("body",)
    field = ".".join(str(part) for part in path) or str(where)
    return {"field": field, "where": str(where), "message": str(item["msg"]), "code": str(item["type"])}


def _on_http_exception(request: Request, error: Exception, routes: Sequence[BaseRoute]) -> JSONResponse:
    assert isinstance(error, HTTPException)
    detail = {
        404: "There is nothing at this address.",
        405: "This address does not accept this method.",
        408: "The body came too slowly. Send this request again.",
        413: "The body is larger than this address accepts.",
    }.get(error.status_code, str(error.detail))
    code = CODES.get(error.status_code, "malformed" if error.status_code < 500 else "internal")
    headers = dict(error.headers or {})
    if error.status_code == 405 and (allow := allowed_methods(routes, request.scope["path"])):
        headers = {name: value for name, value in headers.items() if name.lower() != "allow"} | {"Allow": allow}
    return problem(request.scope, error.status_code, code, detail, headers=headers)


def _on_integrity_error(request: Request, _: Exception) -> JSONResponse:
    detail = "Another request wrote the same thing at the same time. Send this request again."
    return problem(request.scope, 409, "conflict", detail)


def _on_data_error(request: Request, _: Exception) -> JSONResponse:
    return problem(request.scope, 422, "invalid", "A value holds characters that cannot be stored, such as NUL.")


def _on_os_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, OSError)
    if error.errno in DISK_FULL:
        full = errors.StorageFull("The disk is full; nothing was stored.", hint="Free some space and send it again.")
        return problem_of(request.scope, full)
    raise error
