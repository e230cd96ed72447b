"""Keys and the two request books, on both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest

from core.clock import now
from core.errors import Conflict, Invalid, Unauthenticated
from core.store import audit, keys
from core.store.audit import Replay
from core.store.database import Database
from core.store.tables import KeyRow
from core.types import OPERATOR


def test_a_token_speaks_for_its_keys_scopes_and_groups(db: Database) -> None:
    with db.write() as session:
        key, token = keys.create_key(session, "desk", ["ask"], ["inside"])
        caller = keys.caller_of(session, token)

    assert (caller.key_id, caller.scopes, caller.groups) == (key.id, frozenset({"ask"}), frozenset({"inside"}))
    assert caller.may("ask")
    assert not caller.may("ingest")


def test_a_token_is_stored_nowhere(db: Database) -> None:
    with db.write() as session:
        key, token = keys.create_key(session, "desk", ["ask"])
        row = session.get_one(KeyRow, key.id)

    assert token not in str(vars(row))
    assert token.startswith("vch_")


def test_unknown_revoked_and_expired_keys_all_say_the_same(db: Database) -> None:
    with db.write() as session:
        revoked, revoked_token = keys.create_key(session, "a", ["ask"])
        keys.revoke_key(session, revoked.id)
        expired, expired_token = keys.create_key(session, "b", ["ask"], expires_at=now() + timedelta(seconds=1))
        session.get_one(KeyRow, expired.id).expires_at = now() - timedelta(seconds=1)
        session.flush()
        said = set()
        for token in ("vch_unknown", revoked_token, expired_token):
            with pytest.raises(Unauthenticated) as error:
                keys.caller_of(session, token)
            said.add(str(error.value))

    assert len(said) == 1


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


def test_a_repeated_request_gets_the_first_response(db: Database) -> None:
    assert audit.begin_request(db, OPERATOR, "k1", "a" * 64) is None
    audit.end_request(db, OPERATOR, "k1", Replay(202, {"location": "/v1/jobs/1"}, b"{}"))

    assert audit.begin_request(db, OPERATOR, "k1", "a" * 64) == Replay(202, {"location": "/v1/jobs/1"}, b"{}")


def test_one_idempotency_key_is_not_for_two_requests(db: Database) -> None:
    audit.begin_request(db, OPERATOR, "k1", "a" * 64)
    with pytest.raises(Conflict, match="still being answered"):
        audit.begin_request(db, OPERATOR, "k1", "a" * 64)
    audit.end_request(db, OPERATOR, "k1", Replay(200, {}, b""))

    with pytest.raises(Conflict, match="another request"):
        audit.begin_request(db, OPERATOR, "k1", "b" * 64)


def test_a_failed_request_frees_its_key(db: Database) -> None:
    audit.begin_request(db, OPERATOR, "k1", "a" * 64)
    audit.end_request(db, OPERATOR, "k1", None)

    assert audit.begin_request(db, OPERATOR, "k1", "a" * 64) is None


def test_the_audit_lists_deeds_newest_first(db: Database) -> None:
    with db.write() as session:
        for number in range(3):
            audit.note(session, OPERATOR, "document.delete", f"doc_{number}", size=number)

    with db.read() as session:
        page = audit.list_audit(session, limit=2)
        rest = audit.list_audit(session, limit=2, cursor=page.next_cursor)
    assert [entry.target for entry in (*page.data, *rest.data)] == ["doc_2", "doc_1", "doc_0"]
