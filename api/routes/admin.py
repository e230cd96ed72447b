"""Keys and the audit trail; for administrators."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import Admin
from api.deps import Served, reply
from api.idempotency import OnceOnly
from api.paging import cut
from api.reference import problems
from api.schemas.admin import AuditView, KeyBody, KeyView, NewKeyView
from api.schemas.common import PageQuery, PageView, page_view
from core.store import audit, keys

router = APIRouter(prefix="/v1", tags=["administration"])


@router.post("/keys", status_code=201, response_model=NewKeyView, responses=problems(409))
def create_key(body: KeyBody, services: Served, caller: Admin, once: OnceOnly) -> Response:
    """Make a key. Its token is in this response and nowhere else, so a repeated request cannot show it again."""

    def make() -> Response:
        with services.db.write() as session:
            key, token = keys.create_key(session, body.name, body.scopes, body.groups, body.expires_at)
            audit.record(session, caller, "key.create", key.id, scopes=sorted(key.scopes), groups=sorted(key.groups))
        card = KeyView.model_validate(key).model_dump()
        return reply(NewKeyView(**card, token=token), 201, f"/v1/keys/{key.id}")

    return once(caller, body, make, kept=_without_token)


@router.get("/keys")
def list_keys(query: Annotated[PageQuery, Query()], services: Served, caller: Admin) -> PageView[KeyView]:
    """List keys, newest first, revoked ones too."""
    with services.db.read() as session:
        found = keys.list_keys(session)
    page = cut(found, [key.id for key in found], query.limit, query.cursor)
    return page_view(page, [KeyView.model_validate(key) for key in page.data])


@router.delete("/keys/{key_id}", responses=problems(404, 409))
def revoke_key(key_id: str, services: Served, caller: Admin) -> KeyView:
    """End a key at once."""
    with services.db.write() as session:
        key = keys.revoke_key(session, key_id)
        audit.record(session, caller, "key.revoke", key_id)
    return KeyView.model_validate(key)


@router.get("/audit")
def list_audit(query: Annotated[PageQuery, Query()], services: Served, caller: Admin) -> PageView[AuditView]:
    """List who did what, newest first."""
    with services.db.read() as session:
        page = audit.list_audit(session, limit=query.limit, cursor=query.cursor)
    return page_view(page, [AuditView.model_validate(entry) for entry in page.data])


def _without_token(response: Response) -> Response:
    """The book of repeated requests is no place for a secret."""
    made = NewKeyView.model_validate_json(bytes(response.body)).model_copy(update={"token": None})
    return reply(made, response.status_code, response.headers["location"])
