"""Routes for administrators: keys and the audit trail."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.auth import Admin
from api.deps import ServicesDep, reply
from api.idempotency import OnceOnly
from api.paging import cut
from api.reference import problems
from api.schemas.admin import AuditView, KeyBody, KeyView, NewKeyView
from api.schemas.common import PageQuery, PageView, page_view
from core.store.access import audit, keys
from service import keys as service_keys

router = APIRouter(prefix="/v1", tags=["administration"])


@router.post("/keys", status_code=201, response_model=NewKeyView, responses=problems(409))
def create_key(body: KeyBody, services: ServicesDep, caller: Admin, once: OnceOnly) -> Response:
    """Create a key. Only this response holds its token; a repeated request with the same idempotency key does not."""

    def make() -> Response:
        key, token = service_keys.create_key(services.db, caller, body.name, body.scopes, body.groups, body.expires_at)
        fields = KeyView.model_validate(key).model_dump()
        return reply(NewKeyView(**fields, token=token), 201, f"/v1/keys/{key.id}")

    return once(caller, body, make, stored=_without_token)


@router.get("/keys")
def list_keys(query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Admin) -> PageView[KeyView]:
    """List all keys, also revoked ones, newest first."""
    with services.db.read() as session:
        found = keys.list_keys(session)
    page = cut(found, [key.id for key in found], query.limit, query.cursor)
    return page_view(page, [KeyView.model_validate(key) for key in page.data])


@router.delete("/keys/{key_id}", responses=problems(404, 409))
def revoke_key(key_id: str, services: ServicesDep, caller: Admin) -> KeyView:
    """Revoke a key at once."""
    return KeyView.model_validate(service_keys.revoke_key(services.db, caller, key_id))


@router.get("/audit")
def list_audit(query: Annotated[PageQuery, Query()], services: ServicesDep, caller: Admin) -> PageView[AuditView]:
    """List the actions of all keys, newest first."""
    with services.db.read() as session:
        page = audit.list_audit(session, limit=query.limit, cursor=query.cursor)
    return page_view(page, [AuditView.model_validate(entry) for entry in page.data])


def _without_token(response: Response) -> Response:
    """Return the response as it is stored for repeated requests: without the secret."""
    made = NewKeyView.model_validate_json(bytes(response.body)).model_copy(update={"token": None})
    return reply(made, response.status_code, response.headers["location"])
