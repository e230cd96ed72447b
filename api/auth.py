"""Authentication: a bearer key or the session of the pages becomes a Caller, once per request.

A browser sends a cookie also when another site makes the request. So a request that changes something and carries a
cookie must prove that one of our own pages made it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.deps import bad_keys_of, limiter_of, services_of
from core.errors import Forbidden, Unauthenticated, Unavailable
from core.store.access import keys, sessions
from core.store.database import Database
from core.types import Caller, Scope

COOKIE = "vouch_session"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

log = structlog.get_logger()
bearer = HTTPBearer(auto_error=False, description="A key that begins with `vch_`.", scheme_name="key")


def current_caller(request: Request, _: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)]) -> Caller:
    """Return the caller, and count the request. Raises Unauthenticated, Forbidden for another site, RateLimited."""
    caller = identify(request)
    request.state.key_id = caller.key_id
    limiter_of(request).take(caller.key_id)
    return caller


def identify(request: Request) -> Caller:
    """Return the caller whose key or cookie the request carries. Raises Unauthenticated, Forbidden for another site."""
    cookie = request.cookies.get(COOKIE)
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    db = services_of(request).db
    if scheme.lower() == "bearer" and given.strip():
        return caller_of(request, given.strip())
    if cookie is not None and "authorization" not in request.headers:
        require_same_origin(request)
        return _signed_in(db, cookie)
    raise Unauthenticated("This needs an API key.", hint="Send it as `Authorization: Bearer vch_…`.")


def caller_of(request: Request, token: str) -> Caller:
    """Return the caller of a key. Raises Unauthenticated, and RateLimited after many unknown keys from this address."""

    def look_up(token: str) -> Caller:
        with services_of(request).db.read() as session:
            return keys.caller_of(session, token)

    return bad_keys_of(request).caller(request.client.host if request.client else None, token, look_up)


def _signed_in(db: Database, token: str) -> Caller:
    with db.read() as session:
        caller, unstored = sessions.caller_of(session, token)
    if unstored:
        try:
            with db.write() as session:
                sessions.touch(session, token)
        except Unavailable as error:  # a full disk must not keep people from reading
            log.warning("session_not_touched", code=error.code)
    return caller


def require(*scopes: Scope) -> Callable[[Caller], Caller]:
    """Return a dependency that returns the caller if they have one of the scopes and raises Forbidden if not."""

    def allowed(caller: Annotated[Caller, Depends(current_caller)]) -> Caller:
        if not any(caller.may(scope) for scope in scopes):
            raise Forbidden(f"This needs a key with the scope {' or '.join(scopes)}.")
        return caller

    return allowed


Anyone = Annotated[Caller, Depends(current_caller)]
Reader = Annotated[Caller, Depends(require("ask", "ingest", "review"))]
Asker = Annotated[Caller, Depends(require("ask"))]
Uploader = Annotated[Caller, Depends(require("ingest"))]
Operator = Annotated[Caller, Depends(require("ingest", "review"))]
Reviewer = Annotated[Caller, Depends(require("review"))]
Admin = Annotated[Caller, Depends(require("admin"))]


def require_same_origin(request: Request) -> None:
    """Raise Forbidden if the request changes something and a page of another site made it."""
    if request.method in SAFE:
        return
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    same = site == "same-origin" if site is not None else _is_ours(origin, request)
    if not same:
        raise Forbidden("A page of another site made this request.", hint="Send the key as a bearer token instead.")


def _is_ours(origin: str | None, request: Request) -> bool:
    host = request.headers.get("host")
    return host is not None and origin in {f"http://{host}", f"https://{host}"}
