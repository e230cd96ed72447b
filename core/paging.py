"""Opaque cursors over rows that are listed newest first by an id that sorts by time."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.errors import Invalid

T = TypeVar("T")
MAX_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some of a list, and where the rest begins."""

    data: tuple[T, ...]
    next_cursor: str | None = None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


def encode(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def decode(cursor: str | None) -> str | None:
    """Return the id behind a cursor. Raises Invalid for one that no list gave out."""
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise Invalid("The cursor is not one that a list gave out.", hint="Start again without it.") from error


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"limit must be between 1 and {MAX_LIMIT}.")
    return limit


def page_of(items: Sequence[T], keys: Sequence[str], limit: int) -> Page[T]:
    """Cut `limit` + 1 fetched rows into a page; `keys` are their ids."""
    more = len(items) > limit
    return Page(tuple(items[:limit]), encode(keys[limit - 1]) if more else None)
