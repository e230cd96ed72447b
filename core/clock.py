"""The one clock: aware UTC times, so that SQLite and PostgreSQL store and compare the same thing."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
