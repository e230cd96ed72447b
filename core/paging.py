"""Opaque cursors for lists that are sorted newest first by an id."""

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
    """A part of a list, and the cursor of the next part; None at the end."""

    data: tuple[T, ...]
    next_cursor: str | None = None

    @property
    def has_more(self) -> bool:
        return self.next_cursor is not None


def encode(last: str) -> str:
    return base64.urlsafe_b64encode(last.encode()).decode().rstrip("=")


def decode(cursor: str | None) -> str | None:
    """Return the id in a cursor. Raises Invalid if it does not come from a list."""
    if cursor is None:
        return None
    try:
        return base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise Invalid("The cursor does not come from a list.", hint="Start again without it.") from error


def checked_limit(limit: int) -> int:
    if not 1 <= limit <= MAX_LIMIT:
        raise Invalid(f"limit must be between 1 and {MAX_LIMIT}.")
    return limit


def page_of(items: Sequence[T], keys: Sequence[str], limit: int) -> Page[T]:
    """Return a page of up to `limit` items. Pass `limit` + 1 items if there are more; `keys` are their ids."""
    more = len(items) > limit
    return Page(tuple(items[:limit]), encode(keys[limit - 1]) if more else None)
