"""The database: an engine with the right pragmas, read and write transactions, migrations.

SQLite and PostgreSQL run the same statements. On SQLite a write transaction begins IMMEDIATE: a read is never upgraded
to a write, and two processes wait for each other instead of failing. Tables are in `core.store.tables`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, Executable, Select, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, ProgrammingError
from sqlalchemy.exc import DataError as DataError
from sqlalchemy.exc import IntegrityError as IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm import Session as Session
from sqlalchemy.pool import ConnectionPoolEntry

from core.errors import DatabaseDamaged, SettingsError, StorageFull, Unavailable, VouchError, unknown_scheme

BUSY_TIMEOUT_S = 30
MAX_SESSIONS = 40
"""Sessions that one process may have open at the same time; the API has fewer threads that open one."""
POOL_WAIT_S = 10
"""Seconds that a session waits for a connection before it fails."""
CHECKPOINT_WAIT_S = 2
"""Seconds that emptying the journal waits for readers; meanwhile nobody can write."""
MIGRATIONS = Path(__file__).parent / "migrations"
POOL: Mapping[str, int] = {"pool_size": 10, "max_overflow": MAX_SESSIONS - 10, "pool_timeout": POOL_WAIT_S}
_MIGRATION_LOCK = 7_306_851
_PUBLISH_LOCK = 7_306_852
_DAMAGE = ("SQLITE_CORRUPT", "SQLITE_NOTADB", "XX001", "XX002")
"""Names of errors of SQLite, SQLSTATEs of PostgreSQL; each with all that begin with it."""
_DISK = ("SQLITE_IOERR", "58030")


class Database:
    """Opens transactions. Create one per process and pass it on. Thread-safe."""

    def __init__(self, url: str) -> None:
        self.url = _normal(url)
        self.engine = _engine(self.url)
        self.damage: DatabaseDamaged | None = None
        """The latest damage that a transaction of this process met; `core.disk.database_check` takes it from here."""

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session that sees one snapshot; changes are rolled back."""
        with self._noticed(), _translated(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session that commits when the block ends, and rolls back when it raises."""
        with self._noticed(), _translated(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"vouch_write": True})
            yield session
            session.commit()

    def empty_journal(self) -> bool:
        """Move what SQLite's write-ahead log holds into the database, and empty it: it may hold words deleted since.

        Return whether it is empty now; a long read can prevent that. True on PostgreSQL, which has its own ways.
        """
        if not self.is_sqlite:
            return True
        with _translated(), self.engine.connect() as connection:
            driver = connection.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.execute(f"PRAGMA busy_timeout={CHECKPOINT_WAIT_S * 1000}")
            try:
                busy, _, _ = driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                driver.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_S * 1000}")
            return not busy

    def close(self) -> None:
        self.engine.dispose()

    @contextmanager
    def _noticed(self) -> Iterator[None]:
        try:
            yield
        except DatabaseDamaged as error:
            self.damage = error.with_traceback(None)
            raise


def insert_new(
    session: Session, table: type[DeclarativeBase], columns: Sequence[str] = (), rows: Select[Any] | None = None
) -> Executable:
    """Return an INSERT that skips rows whose key exists; with `rows` it inserts these `columns` of a query's result."""
    make = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = make(table) if rows is None else make(table).from_select(columns, rows)
    return statement.on_conflict_do_nothing()


def serialize_publishing(session: Session) -> None:
    """Let only one transaction at a time write to the index's journal, so that no lower number commits after a higher.

    SQLite has one writer anyway. On PostgreSQL this waits for an advisory lock, which it holds until the commit.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _PUBLISH_LOCK})


def migrate(database: Database) -> None:
    """Upgrade the schema to the newest version. Several processes may call this at once."""
    with _translated(), database.engine.connect() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
            connection.commit()
        try:
            command.upgrade(_alembic(connection), "head")
            connection.commit()
        finally:
            if not database.is_sqlite:
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
                connection.commit()


def schema_version(database: Database) -> tuple[str | None, str | None]:
    """Return the database's revision (None before the first migration) and the newest revision of the code."""
    from alembic.runtime.migration import MigrationContext

    with _translated(), database.engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
        return current, ScriptDirectory.from_config(_alembic(connection)).get_current_head()


def quick_check(database: Database) -> str | None:
    """Read every page of a SQLite database; return what is wrong with the first bad one, None if all are good.

    Takes about a second for a gigabyte that is in memory. PostgreSQL has checksums of its own, so None there. Raises
    DatabaseDamaged where the damage stops the check itself, and Unavailable.
    """
    if not database.is_sqlite:
        return None
    with _translated(), database.engine.connect() as connection:
        found = str(connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()).strip().splitlines()
    return None if found == ["ok"] else found[-1]


def _alembic(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _normal(url: str) -> str:
    if url.startswith(("postgresql://", "postgres://")):
        return "postgresql+psycopg://" + url.split("://", 1)[1]
    if url.startswith(("sqlite:///", "postgresql+psycopg://")):
        return url
    raise unknown_scheme("VOUCH_DATABASE_URL", url, ("sqlite", "postgresql"))


def _engine(url: str) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise SettingsError(f"VOUCH_DATABASE_URL is not a database URL: {error}.") from error
    if parsed.get_backend_name() != "sqlite":
        return create_engine(parsed, pool_pre_ping=True, connect_args={"connect_timeout": 5}, **POOL)
    if parsed.database and parsed.database != ":memory:":
        file = Path(parsed.database)
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(OSError):  # SQLite says what is wrong; it would ignore the umask of a home that a group shares
            file.touch(exist_ok=False)
    connect_args = {"timeout": BUSY_TIMEOUT_S, "check_same_thread": False}
    engine = create_engine(parsed, connect_args=connect_args, **({} if parsed.database == ":memory:" else POOL))
    event.listen(engine, "connect", _on_connect)
    event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
    connection.isolation_level = None  # `_on_begin` begins transactions
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _on_begin(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("vouch_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


@contextmanager
def _translated() -> Iterator[None]:
    """Turn the drivers' errors into errors with a hint, except those about a statement or its values."""
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable(
            f"All {MAX_SESSIONS} database connections are in use.", hint="Try again in a few seconds."
        ) from error
    except DBAPIError as error:
        if isinstance(error, IntegrityError | DataError | ProgrammingError) and not error.connection_invalidated:
            raise
        raise _ours(error) from error


def _ours(error: DBAPIError) -> VouchError:
    reason = str(error.orig).strip().splitlines()[0] if error.orig and str(error.orig).strip() else str(error)
    if "is full" in reason or "No space left" in reason:
        return StorageFull(
            "The disk of the database is full; nothing was stored.", hint="Free some space and send it again."
        )
    if reason.startswith("Could not decode to UTF-8"):  # the driver's message quotes the text
        return damaged("a text is not UTF-8")
    name = getattr(error.orig, "sqlite_errorname", None) or getattr(error.orig, "sqlstate", None) or ""
    if name.startswith(_DAMAGE):
        return damaged(reason)
    if name.startswith(_DISK):
        return Unavailable(
            f"The disk of the database reports an error: {reason}.", hint="Check the disk, then restart."
        )
    return Unavailable(f"The database does not answer: {reason}.", hint="See `vouch doctor`.")


def damaged(reason: str) -> DatabaseDamaged:
    """Return the error for a damaged database, with what to do."""
    return DatabaseDamaged(
        f"The database is damaged: {reason}.", hint="Stop Vouch and restore a backup: see docs/operate.md."
    )
