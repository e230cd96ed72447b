"""Whether the database's file is sound: the check that reads all of it, and its result, which outlives the process.

SQLite reports a damaged page only to the statement that reads it. So the check that reads every page runs once a day
and in `vouch doctor`, and its result is in a file in the home folder, because a damaged database may not take it. A
process that meets damage while it works writes that there too. Decision 0083.
"""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from core.clock import now
from core.errors import DatabaseDamaged
from core.store.counts import read_samples
from core.store.database import Database, damaged, quick_check

FILE = "database-check.json"
EVERY = timedelta(days=1)
BAD_EVERY = timedelta(minutes=10)
"""How often a damaged database is checked again: somebody may have restored a backup."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DatabaseCheck:
    """When the whole database was last checked, or damage met, and what is wrong; None if nothing is."""

    at: datetime
    problem: str | None


def check(db: Database, home: Path) -> DatabaseCheck:
    """Read the whole database, store the result in `home`, and return it. Raises Unavailable."""
    try:
        found = quick_check(db)
        problem = None if found is None else str(damaged(found))
    except DatabaseDamaged as error:
        problem = str(error)
    db.damage = None
    return _store(home, problem)


def check_if_due(db: Database, home: Path) -> None:
    """Run `check` unless there is a result from the last day, or from the last minutes if it is bad."""
    last = load(home)
    if last is None or now() - last.at > (EVERY if last.problem is None else BAD_EVERY):
        found = check(db, home)
        if found.problem is not None:
            log.error("database_damaged", reason=found.problem)


def note_damage(db: Database, home: Path) -> None:
    """Store in `home` the damage that this process met since the last call, if any."""
    if db.damage is not None:
        _store(home, str(db.damage))
        db.damage = None


def load(home: Path) -> DatabaseCheck | None:
    """Return the stored result; None if there is none that can be read."""
    try:
        stored = json.loads((home / FILE).read_text())
        return DatabaseCheck(datetime.fromisoformat(stored["at"]), stored["problem"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def require_sound(db: Database, home: Path) -> None:
    """Raise DatabaseDamaged if the stored result is bad, this process met damage, or a few reads meet it now."""
    with db.read() as session:
        read_samples(session)
    note_damage(db, home)
    last = load(home)
    if last is not None and last.problem is not None:
        raise DatabaseDamaged(last.problem)


def _store(home: Path, problem: str | None) -> DatabaseCheck:
    result = DatabaseCheck(now(), problem)
    try:
        handle, name = tempfile.mkstemp(dir=home, prefix=f".{FILE}-")
        with os.fdopen(handle, "w") as stream:
            json.dump({"at": result.at.isoformat(), "problem": problem}, stream)
        os.replace(name, home / FILE)
    except OSError as error:
        log.warning("database_check_not_stored", reason=error.strerror)
    return result
