"""The only clock: aware times in UTC, so that SQLite and PostgreSQL store and compare the same value."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

CLOCKS_DIFFER = timedelta(minutes=5)
"""How far the clocks of two machines may differ. A later time was written before a clock was set back."""


def now() -> datetime:
    """Return the current time in UTC."""
    return datetime.now(UTC)
