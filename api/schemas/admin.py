"""Keys, sessions and the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas.common import Body, Name, Sorted, View
from core.types import Json, Scope

GroupName = Annotated[str, StringConstraints(pattern=r"^[^\x00-\x1f\x7f,*]{1,120}$")]


class KeyBody(Body):
    """A new key: whose it is, what it may do, which groups' documents it sees, until when."""

    name: Name
    scopes: list[Scope] = Field(min_length=1, max_length=4)
    groups: list[GroupName] = Field([], max_length=200)
    expires_at: AwareDatetime | None = None


class KeyView(View):
    """A key's card."""

    id: str
    name: str
    scopes: Sorted
    groups: Sorted
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class NewKeyView(KeyView):
    """A key that was just made; `token` is shown this once, and null when the request is repeated."""

    token: str | None


class SessionBody(Body):
    """The key that the browser shall hold."""

    key: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class MeView(View):
    """What this caller may do."""

    key_id: str
    scopes: Sorted
    groups: Sorted


class AuditView(View):
    """Somebody did something to something."""

    id: int
    at: datetime
    key_id: str
    action: str
    target: str
    detail: dict[str, Json]
