"""Keys, sessions and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas.common import Body, Name, Sorted, View
from core.types import Json, Scope

GroupName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f,*]{1,120}$")]


class KeyBody(Body):
    """A new key: its name, what it may do, the groups whose documents it sees, and when it expires."""

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=4)
    groups: list[GroupName] = Field([], max_length=200)
    expires_at: AwareDatetime | None = None


class KeyView(View):
    """A key, without its token."""

    id: str
    name: str
    scopes: Sorted
    groups: Sorted
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class NewKeyView(KeyView):
    """A new key. `token` is shown only once; it is null when the request is repeated."""

    token: str | None


class SessionBody(Body):
    """The key to sign in with; the browser stores a token of the session, not the key."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MeView(View):
    """What this caller may do."""

    key_id: str
    scopes: Sorted
    groups: Sorted


class AuditView(View):
    """An entry of the audit trail: which key did what to which target, and when."""

    id: int
    at: datetime
    key_id: str
    action: str
    target: str
    detail: dict[str, Json]
