"""Routes for the pages' session: its token is in a cookie that scripts cannot read and other sites cannot send.

A key becomes a session here and is not stored in the browser. How long a session lasts: `core.store.access.sessions`.
"""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.auth import COOKIE, Anyone, caller_of, require_same_origin
from api.deps import ServicesDep, limiter_of
from api.schemas.admin import MeView, SessionBody
from core.store.access import sessions

router = APIRouter(prefix="/v1", tags=["session"])


@router.post("/session", status_code=204)
def sign_in(body: SessionBody, request: Request, services: ServicesDep) -> Response:
    """Begin a session with a key; the cookie holds a token of the session, not the key."""
    if "sec-fetch-site" in request.headers:
        require_same_origin(request)
    caller = caller_of(request, body.key)
    limiter_of(request).take(caller.key_id)
    with services.db.write() as session:
        sessions.end(session, request.cookies.get(COOKIE, ""))
        token = sessions.begin(session, caller)
    response = Response(status_code=204)
    response.set_cookie(COOKIE, token, path="/", httponly=True, samesite="strict", secure=_secure(request))
    return response


@router.delete("/session", status_code=204)
def sign_out(request: Request, services: ServicesDep) -> Response:
    """End the session: its cookie is no longer accepted from anyone. The key itself stays valid."""
    if (token := request.cookies.get(COOKIE)) is not None:
        require_same_origin(request)
        with services.db.write() as session:
            sessions.end(session, token)
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=_secure(request))
    return response


@router.get("/me")
def me(caller: Anyone) -> MeView:
    """Return the scopes and the groups of this key."""
    return MeView(key_id=caller.key_id, scopes=sorted(caller.scopes), groups=sorted(caller.groups))


def _secure(request: Request) -> bool:
    """Return whether the browser uses HTTPS; behind a proxy only the Origin header shows this."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
