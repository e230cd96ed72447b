"""The only clock: aware times in UTC, so that SQLite and PostgreSQL store and compare the same value."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
