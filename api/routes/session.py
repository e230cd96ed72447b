"""How the pages hold a key: in a cookie that scripts cannot read and other sites cannot send."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api.auth import COOKIE, Anyone, require_same_origin
from api.deps import Served
from api.schemas.admin import MeView, SessionBody
from core.store import keys

router = APIRouter(prefix="/v1", tags=["session"])


@router.post("/session", status_code=204)
def sign_in(body: SessionBody, request: Request, services: Served) -> Response:
    """Put a good key into the session cookie."""
    if "sec-fetch-site" in request.headers:
        require_same_origin(request)
    with services.db.read() as session:
        keys.caller_of(session, body.key)
    response = Response(status_code=204)
    response.set_cookie(COOKIE, body.key, path="/", httponly=True, samesite="strict", secure=_secure(request))
    return response


@router.delete("/session", status_code=204)
def sign_out(request: Request) -> Response:
    """Forget the key in this browser; the key itself stays good."""
    response = Response(status_code=204)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=_secure(request))
    return response


@router.get("/me")
def me(caller: Anyone) -> MeView:
    """Tell what this key may do."""
    return MeView(key_id=caller.key_id, scopes=sorted(caller.scopes), groups=sorted(caller.groups))


def _secure(request: Request) -> bool:
    """Tell whether the browser came by TLS; behind a proxy only its own word, the origin, says so."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https://")
