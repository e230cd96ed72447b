"""API keys: the token is shown once and stored as a hash. A token becomes the `Caller` that every read takes."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import Conflict, Invalid, NotFound, Unauthenticated
from core.ids import new_id
from core.store.tables import KeyRow
from core.types import SCOPES, Caller

TOKEN_PREFIX = "vch_"


@dataclass(frozen=True, slots=True)
class Key:
    """A key without its token, which is not stored."""

    id: str
    name: str
    scopes: frozenset[str]
    groups: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def create_key(
    session: Session,
    name: str,
    scopes: Iterable[str],
    groups: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """Create a key and return it with its token, which is not stored. Raises Invalid for a bad scope or expiry."""
    wanted = frozenset(scopes)
    if not wanted or wanted - set(SCOPES):
        raise Invalid(f"A key needs at least one scope out of {', '.join(SCOPES)}, and no others.")
    if expires_at is not None and expires_at <= now():
        raise Invalid("The expiry is in the past.")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = KeyRow(
        id=new_id("key"),
        name=name,
        hash=token_hash(token),
        scopes=sorted(wanted),
        groups=sorted(set(groups)),
        created_at=now(),
        expires_at=expires_at,
        revoked_at=None,
    )
    session.add(row)
    session.flush()
    return _key(row), token


def caller_of(session: Session, token: str) -> Caller:
    """Return the caller of a token. Raises Unauthenticated, with one message for all reasons."""
    row = session.scalar(select(KeyRow).where(KeyRow.hash == token_hash(token), is_valid()))
    if row is None:
        raise Unauthenticated(
            "The API key is unknown, expired or revoked.", hint="Ask the operator of this service for a key."
        )
    return caller_with(row)


def caller_with(row: KeyRow) -> Caller:
    """Return the caller with the rights of a key."""
    return Caller(row.id, frozenset(row.scopes), frozenset(row.groups))


def is_valid() -> ColumnElement[bool]:
    """Return the condition that a key is neither revoked nor expired."""
    return KeyRow.revoked_at.is_(None) & or_(KeyRow.expires_at.is_(None), KeyRow.expires_at > now())


def token_hash(token: str) -> str:
    """Return what is stored of a token: SHA-256, in hexadecimal."""
    # A token has 256 random bits, so it cannot be found by guessing; a slow hash would add nothing.
    return hashlib.sha256(token.encode()).hexdigest()


def list_keys(session: Session) -> list[Key]:
    """Return all keys, newest first, revoked ones too."""
    return [_key(row) for row in session.scalars(select(KeyRow).order_by(KeyRow.id.desc()))]


def revoke_key(session: Session, key_id: str) -> Key:
    """Revoke a key from the commit on. Raises NotFound, Conflict if it is revoked already."""
    row = session.get(KeyRow, key_id)
    if row is None:
        raise NotFound(f"There is no key {key_id!r}.")
    if row.revoked_at is not None:
        raise Conflict(f"Key {key_id} is revoked already.")
    row.revoked_at = now()
    return _key(row)


def _key(row: KeyRow) -> Key:
    return Key(
        row.id, row.name, frozenset(row.scopes), frozenset(row.groups), row.created_at, row.expires_at, row.revoked_at
    )
