"""Routes for the pages' session: their key is in a cookie that scripts cannot read and other sites cannot send."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.auth import COOKIE, Anyone, caller_of, require_same_origin
from api.schemas.admin import MeView, SessionBody

router = APIRouter(prefix="/v1", tags=["session"])


@router.post("/session", status_code=204)
def sign_in(body: SessionBody, request: Request) -> Response:
    """Check a key and store it in the session cookie."""
    if "sec-fetch-site" in request.headers:
        require_same_origin(request)
    caller_of(request, body.key)
    response = Response(status_code=204)
    response.set_cookie(COOKIE, body.key, path="/", httponly=True, samesite="strict", secure=_secure(request))
    return response


@router.delete("/session", status_code=204)
def sign_out(request: Request) -> Response:
    """Delete the session cookie; the key itself stays valid."""
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
