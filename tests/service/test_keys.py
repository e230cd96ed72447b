"""Keys: the audit trail records each change, and the first run creates an admin key in a file."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import Conflict
from core.store.access import audit, keys
from core.store.access.audit import AuditEntry
from core.store.database import Database
from core.types import OPERATOR
from service.keys import create_key, first_run_key, revoke_key


def entries(db: Database) -> Sequence[AuditEntry]:
    """Return the audit trail, oldest first."""
    with db.read() as session:
        return audit.list_audit(session).data[::-1]


def test_creating_and_revoking_a_key_is_recorded_in_the_audit_trail(db: Database) -> None:
    key, token = create_key(db, OPERATOR, "desk", ["review", "ask"], ["inside"])
    revoke_key(db, OPERATOR, key.id)

    created, revoked = entries(db)
    assert (created.key_id, created.action, created.target) == (OPERATOR.key_id, "key.create", key.id)
    assert created.detail == {"scopes": ["ask", "review"], "groups": ["inside"]}
    assert (revoked.key_id, revoked.action, revoked.target) == (OPERATOR.key_id, "key.revoke", key.id)
    assert token not in str((created, revoked))


def test_a_revocation_that_fails_is_not_recorded(db: Database) -> None:
    key, _ = create_key(db, OPERATOR, "desk", ["ask"])
    revoke_key(db, OPERATOR, key.id)

    with pytest.raises(Conflict):
        revoke_key(db, OPERATOR, key.id)
    assert [entry.action for entry in entries(db)] == ["key.create", "key.revoke"]


def test_the_first_run_writes_an_admin_key_that_only_the_owner_reads(db: Database, tmp_path: Path) -> None:
    path = first_run_key(db, tmp_path)

    assert path is not None
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with db.read() as session:
        assert keys.caller_of(session, path.read_text().strip()).sees_all
    assert first_run_key(db, tmp_path) is None


def test_the_first_key_is_recorded_in_the_audit_trail(db: Database, tmp_path: Path) -> None:
    first_run_key(db, tmp_path)

    with db.read() as session:
        (key,) = keys.list_keys(session)
    (entry,) = entries(db)
    assert (entry.key_id, entry.action, entry.target) == (OPERATOR.key_id, "key.create", key.id)
    assert entry.detail == {"scopes": ["admin"], "groups": []}


def test_a_first_key_that_cannot_be_written_is_not_created(db: Database, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        first_run_key(db, tmp_path / "missing")

    with db.read() as session:
        assert keys.list_keys(session) == []
    assert entries(db) == ()
