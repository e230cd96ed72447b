"""API keys on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.errors import Conflict, Invalid, Unauthenticated
from core.store.access import keys
from core.store.database import Database
from core.store.tables import KeyRow


def test_a_token_becomes_a_caller_with_the_scopes_and_groups_of_its_key(db: Database) -> None:
    with db.write() as session:
        key, token = keys.create_key(session, "desk", ["ask"], ["inside"])
        caller = keys.caller_of(session, token)

    assert (caller.key_id, caller.scopes, caller.groups) == (key.id, frozenset({"ask"}), frozenset({"inside"}))
    assert caller.may("ask")
    assert not caller.may("ingest")


def test_a_token_is_not_stored(db: Database) -> None:
    with db.write() as session:
        key, token = keys.create_key(session, "desk", ["ask"])
        row = session.get_one(KeyRow, key.id)

    assert token not in str(vars(row))
    assert token.startswith("vch_")


def test_unknown_revoked_and_expired_keys_have_the_same_message(db: Database) -> None:
    with db.write() as session:
        revoked, revoked_token = keys.create_key(session, "a", ["ask"])
        keys.revoke_key(session, revoked.id)
        expired, expired_token = keys.create_key(session, "b", ["ask"], expires_at=now() + timedelta(seconds=1))
        session.get_one(KeyRow, expired.id).expires_at = now() - timedelta(seconds=1)
        session.flush()
        messages = set()
        for token in ("vch_unknown", revoked_token, expired_token):
            with pytest.raises(Unauthenticated) as error:
                keys.caller_of(session, token)
            messages.add(str(error.value))

    assert len(messages) == 1


@pytest.mark.parametrize("scopes", [[], ["everything"]])
def test_a_key_needs_known_scopes(db: Database, scopes: list[str]) -> None:
    with db.write() as session, pytest.raises(Invalid, match="ask, ingest, review, admin"):
        keys.create_key(session, "a", scopes)


def test_revoking_twice_is_a_conflict(db: Database) -> None:
    with db.write() as session:
        key, _ = keys.create_key(session, "a", ["ask"])
        keys.revoke_key(session, key.id)
        with pytest.raises(Conflict):
            keys.revoke_key(session, key.id)
