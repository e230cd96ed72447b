"""The audit trail on both databases."""

from __future__ import annotations

from core.store.access import audit
from core.store.database import Database
from core.types import OPERATOR


def test_entries_are_listed_newest_first_in_pages(db: Database) -> None:
    with db.write() as session:
        for number in range(3):
            audit.record(session, OPERATOR, "document.delete", f"doc_{number}", size=number)

    with db.read() as session:
        page = audit.list_audit(session, limit=2)
        rest = audit.list_audit(session, limit=2, cursor=page.next_cursor)
    assert [entry.target for entry in (*page.data, *rest.data)] == ["doc_2", "doc_1", "doc_0"]
