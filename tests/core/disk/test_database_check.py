"""Every kind of damage to a SQLite file becomes an error with a hint, and the whole check finds it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DatabaseError

from core.clock import now
from core.disk import database_check
from core.errors import DatabaseDamaged, Unavailable, VouchError
from core.store import jobs
from core.store.database import Database, _translated, migrate, schema_version
from tests.damage import DAMAGES, overwrite_page


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A database with enough rows that its tables have several pages."""
    db = Database(f"sqlite:///{tmp_path}/vouch.db")
    migrate(db)
    with db.write() as session:
        for number in range(300):
            jobs.enqueue(session, "ingest", document_id=f"doc_{number}", version=1)
    db.close()
    return tmp_path / "vouch.db"


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_found_by_the_check_and_stored_in_the_home(file: Path, damage: str) -> None:
    DAMAGES[damage](file)

    found = database_check.check(Database(f"sqlite:///{file}"), file.parent)

    assert "The database is damaged" in (found.problem or "")
    assert "restore a backup" in (found.problem or "")
    assert database_check.load(file.parent) == found


@pytest.mark.parametrize("damage", DAMAGES)
def test_whatever_meets_the_damage_raises_an_error_of_ours(file: Path, damage: str) -> None:
    DAMAGES[damage](file)
    db = Database(f"sqlite:///{file}")

    def meet() -> None:
        schema_version(db)
        with db.read() as session:
            jobs.waiting(session, ["ingest"])
            jobs.list_jobs(session)

    with pytest.raises(DatabaseDamaged, match="restore a backup"):
        meet()


def test_a_sound_database_passes_and_a_restored_one_is_sound_again(file: Path) -> None:
    good = file.read_bytes()
    overwrite_page(file, "jobs")
    assert database_check.check(Database(f"sqlite:///{file}"), file.parent).problem is not None
    file.write_bytes(good)
    db = Database(f"sqlite:///{file}")

    with pytest.raises(DatabaseDamaged):
        database_check.require_sound(db, file.parent)
    assert database_check.check(db, file.parent).problem is None
    database_check.require_sound(db, file.parent)


def test_damage_that_only_one_query_meets_is_stored_by_the_process_that_met_it(file: Path) -> None:
    overwrite_page(file, "ix_jobs_document_id")
    db = Database(f"sqlite:///{file}")
    database_check.require_sound(db, file.parent)
    with pytest.raises(DatabaseDamaged), db.write() as session:
        jobs.cancel_for_document(session, "doc_7")

    with pytest.raises(DatabaseDamaged):
        database_check.require_sound(db, file.parent)
    assert database_check.load(file.parent) is not None


def test_the_whole_check_runs_once_a_day_and_more_often_while_it_is_bad(file: Path) -> None:
    db, stored = Database(f"sqlite:///{file}"), file.parent / database_check.FILE
    database_check.check_if_due(db, file.parent)
    first = stored.read_text()
    database_check.check_if_due(db, file.parent)
    assert stored.read_text() == first

    for problem, age in ((None, timedelta(hours=25)), ("bad", timedelta(minutes=11))):
        stored.write_text(json.dumps({"at": (now() - age).isoformat(), "problem": problem}))
        database_check.check_if_due(db, file.parent)
        last = database_check.load(file.parent)
        assert last is not None
        assert last.problem is None
        assert now() - last.at < timedelta(minutes=1)


class Failing(Exception):
    """An error of a driver; the attributes are those of sqlite3 and psycopg."""

    def __init__(self, message: str, **names: str) -> None:
        super().__init__(message)
        self.__dict__.update(names)


@pytest.mark.parametrize(
    ("error", "kind", "says"),
    [
        (Failing("disk I/O error", sqlite_errorname="SQLITE_IOERR_READ"), Unavailable, "disk"),
        (Failing("invalid page in block 7", sqlstate="XX001"), DatabaseDamaged, "invalid page"),
        (Failing("index is corrupt", sqlstate="XX002"), DatabaseDamaged, "index is corrupt"),
        (Failing("Could not decode to UTF-8 column 'text' with text 'secret'"), DatabaseDamaged, "not UTF-8"),
        (Failing("something else"), Unavailable, "does not answer"),
    ],
)
def test_every_error_of_a_driver_is_translated(error: Failing, kind: type[VouchError], says: str) -> None:
    with pytest.raises(kind, match=says) as caught, _translated():
        raise DatabaseError("SELECT", {}, error)

    assert "secret" not in str(caught.value)
