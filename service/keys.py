"""API keys: create and revoke them; the audit trail records each change and who made it.

The token of a key is returned once; only its hash is stored (`core.store.access.keys`).
"""

from __future__ import annotations

import os
from collections.abc import Collection
from datetime import datetime
from pathlib import Path

from core.store.access import audit, keys
from core.store.access.keys import Key
from core.store.database import Database
from core.types import OPERATOR, Caller

FIRST_KEY = "admin.key"


def create_key(
    db: Database,
    caller: Caller,
    name: str,
    scopes: Collection[str],
    groups: Collection[str] = (),
    expires_at: datetime | None = None,
) -> tuple[Key, str]:
    """Create a key; return it with its token. Raises Invalid for an unknown scope or an expiry in the past."""
    with db.write() as session:
        key, token = keys.create_key(session, name, scopes, groups, expires_at)
        audit.record(session, caller, "key.create", key.id, scopes=sorted(key.scopes), groups=sorted(key.groups))
    return key, token


def revoke_key(db: Database, caller: Caller, key_id: str) -> Key:
    """Revoke a key at once. Raises NotFound, and Conflict for a key that is already revoked."""
    with db.write() as session:
        key = keys.revoke_key(session, key_id)
        audit.record(session, caller, "key.revoke", key_id)
    return key


def first_run_key(db: Database, home: Path) -> Path | None:
    """Create an admin key if there is no key at all; return the file (mode 0600) that holds its token, else None.

    If the file cannot be written, no key is created.
    """
    with db.write() as session:
        if keys.list_keys(session):
            return None
        key, token = keys.create_key(session, "first run", ["admin"])
        audit.record(session, OPERATOR, "key.create", key.id, scopes=sorted(key.scopes), groups=[])
        path = home / FIRST_KEY
        path.unlink(missing_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(token + "\n")
    return path
