"""A filled database of every released schema goes through the migrations and loses nothing, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from core.store import journal, reading
from core.store.access import keys
from core.store.database import Database, migrate, schema_version
from core.store.learned import lineage
from core.store.tables import Table
from core.types import Caller
from tests.core.conftest import Library
from tests.core.store.schemas import content, shipped


@pytest.fixture(params=shipped.shipped())
def revision(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(params=["sqlite", "postgresql"])
def old(request: pytest.FixtureRequest, revision: str, tmp_path: Path) -> Iterator[Database]:
    """The shipped database of a revision, not migrated yet."""
    database = shipped.load(revision, tmp_path / "old.db")
    if request.param == "postgresql":
        source, database = database, Database(request.getfixturevalue("postgres_url"))
        shipped.upgrade(database, revision)
        shipped.copy(source, database)
        source.close()
    yield database
    database.close()


def caller(database: Database, key_id: str) -> Caller:
    with database.read() as session:
        return keys.caller_of(session, content.TOKENS[key_id])


def test_every_schema_before_the_newest_has_a_shipped_database() -> None:
    missing = set(shipped.revisions()[:-1]) - set(shipped.shipped())

    assert not missing, f"run: python -m tests.core.store.schemas.make {' '.join(sorted(missing))}"


def test_every_row_is_there_after_the_upgrade_as_it_was_before(old: Database, revision: str) -> None:
    assert schema_version(old)[0] == revision
    before = shipped.rows(old.engine)
    migrate(old)
    after = shipped.rows(old.engine)

    assert schema_version(old) == (shipped.revisions()[-1],) * 2
    assert all(before.values())
    for table, rows in before.items():
        known = [{name: row[name] for name in rows[0]} for row in after[table]]
        assert known == rows, table
    with old.engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), Table.metadata) == []


def test_what_was_stored_before_the_upgrade_is_used_after_it(old: Database) -> None:
    migrate(old)
    library, public = Library(old), [chunk.text for _, version, chunk in content.CHUNKS if version == 2]
    desk, inside, reviewer = (caller(old, key_id) for key_id in content.TOKENS)

    assert library.texts(desk) == public
    assert library.texts(inside) == [*public, content.CHUNKS[-1][2].text]
    with old.write() as session:
        passage = reading.document_chunks(session, content.HANDBOOK, desk)[0]
        answer = journal.get_answer(session, "ans_oil", desk)
        reviewed = journal.review_feedback(session, "fb_code", reviewer, "approved")
        active = lineage.active_model(session)
    assert (passage.heading, passage.page, passage.boxes[0].x1) == (("Maintenance", "Oil"), 4, 0.9)
    assert (answer.question, answer.body["citations"][0]["quote"]) == (content.QUESTION, content.QUOTE)
    assert (reviewed.state, reviewed.reviewed_by) == ("approved", reviewer.key_id)
    assert active is not None
    assert active.id == "mv_first"
    library.serve("new.txt", "something new")
    assert library.texts(desk)[-1] == "something new"
