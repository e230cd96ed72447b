"""Open a shipped database: on SQLite as its SQL is, on PostgreSQL by copying its rows into the schema of that time."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, MetaData, Table, func, insert, select, text

from core.store.database import MIGRATIONS, Database

FOLDER = Path(__file__).parent
VERSION_TABLE = "alembic_version"


def revisions() -> list[str]:
    """Return every revision that the code has, oldest first."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()][::-1]


def shipped() -> list[str]:
    """Return the revisions that have a database here, oldest first."""
    return sorted(path.stem for path in FOLDER.glob("*.sql"))


def upgrade(database: Database, revision: str) -> None:
    """Run the migrations up to and including `revision`."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with database.engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
        connection.commit()


def load(revision: str, file: Path) -> Database:
    """Make a SQLite file out of a shipped database, without migrating it."""
    connection = sqlite3.connect(file)
    connection.executescript((FOLDER / f"{revision}.sql").read_text())
    connection.close()
    return Database(f"sqlite:///{file}")


def copy(source: Database, target: Database) -> None:
    """Copy all rows into an empty database of the same schema, and let its counters go on behind them."""
    tables = reflected(target.engine)
    found = rows(source.engine)
    with target.engine.begin() as connection:
        for table in tables:
            for row in found[table.name]:
                connection.execute(insert(table).values({k: v for k, v in row.items() if v is not None}))
            for column in table.primary_key:
                counter = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
                if counter is not None and found[table.name]:
                    highest = max(row[column.name] for row in found[table.name])
                    connection.execute(text("SELECT setval(:counter, :value)"), {"counter": counter, "value": highest})


def reflected(engine: Engine) -> list[Table]:
    """Return the tables that a database has, each after those that it refers to; Alembic's own is left out."""
    metadata = MetaData()
    metadata.reflect(engine)
    return [table for table in metadata.sorted_tables if table.name != VERSION_TABLE]


def rows(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """Return all rows by table, in the order of their keys. Times are aware, whatever the database returns."""
    with engine.connect() as connection:
        return {
            table.name: [
                {name: _aware(value) for name, value in row._mapping.items()}
                for row in connection.execute(select(table).order_by(*table.primary_key))
            ]
            for table in reflected(engine)
        }


def _aware(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
