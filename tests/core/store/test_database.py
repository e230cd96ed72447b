"""The database itself: migrations, transactions, and errors when it is down or full."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import text

from core.errors import SettingsError, StorageFull, Unavailable
from core.store.database import Database, migrate, schema_version
from core.store.tables import Table


def test_migrations_make_the_schema_that_the_tables_declare(db: Database) -> None:
    with db.engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), Table.metadata)

    assert differences == []


def test_migrating_again_changes_nothing(db: Database) -> None:
    migrate(db)

    current, newest = schema_version(db)
    assert current == newest is not None


def test_a_write_that_raises_is_rolled_back(db: Database) -> None:
    def write() -> None:
        with db.write() as session:
            session.execute(text("INSERT INTO pointers (name, updated_at) VALUES ('x', '2026-01-01')"))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write()

    with db.read() as session:
        assert session.execute(text("SELECT count(*) FROM pointers")).scalar() == 0


def test_a_database_that_is_down_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        migrate(Database("postgresql://nobody@127.0.0.1:1/none"))


def test_an_unknown_kind_of_database_is_a_settings_error() -> None:
    with pytest.raises(SettingsError, match=r"postgresql, sqlite|Did you mean"):
        Database("mysql://localhost/vouch")


def test_a_full_disk_has_its_own_error_and_loses_nothing(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/vouch.db")
    migrate(database)
    with database.engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar()
    big = {"value": "x" * 1_000_000}

    def write() -> None:
        with database.write() as session:
            session.execute(text(f"PRAGMA max_page_count={pages}"))
            session.execute(text("INSERT INTO pointers (name, value, updated_at) VALUES ('x', :value, '2026')"), big)

    with pytest.raises(StorageFull, match="disk"):
        write()

    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM pointers")).scalar() == 0
