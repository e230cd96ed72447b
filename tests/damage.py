"""Damage as disks do it: a changed byte of a stored file, an overwritten page of a SQLite file, a file cut short."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

PAGE = 4096
GARBAGE = b"\xa5"


def blob_path(home: Path, key: str) -> Path:
    return home / "blobs" / key[:2] / key


def flip(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def overwrite_page(file: Path, name: str) -> None:
    """Overwrite the root page of a table or an index; nothing may have the database open."""
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    ((page,),) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [name]).fetchall()
    connection.close()
    _overwrite(file, (page - 1) * PAGE, GARBAGE * PAGE)


def overwrite_header(file: Path) -> None:
    """Overwrite the first bytes, by which SQLite knows its files."""
    _settle(file)
    _overwrite(file, 0, GARBAGE * 100)


def truncate(file: Path) -> None:
    """Cut a SQLite file to half its length."""
    _settle(file)
    with file.open("r+b") as stream:
        stream.truncate(file.stat().st_size // 2)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "table": lambda file: overwrite_page(file, "jobs"),
    "index": lambda file: overwrite_page(file, "ix_jobs_state"),
    "schema_version": lambda file: overwrite_page(file, "alembic_version"),
    "header": overwrite_header,
    "truncated": truncate,
}


def _settle(file: Path) -> None:
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _overwrite(file: Path, offset: int, data: bytes) -> None:
    with file.open("r+b") as stream:
        stream.seek(offset)
        stream.write(data)
