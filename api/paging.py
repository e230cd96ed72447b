"""Pages of lists that are short enough to be read whole, with the same cursors as lists that the database pages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from core.paging import Page, decode, page_of

T = TypeVar("T")


def cut(items: Sequence[T], keys: Sequence[str], limit: int, cursor: str | None, *, ascending: bool = False) -> Page[T]:
    """Return the page after the cursor from a list that is sorted by `keys`: descending, or ascending if told so.

    Raises Invalid for a cursor that no list returned.
    """
    after = decode(cursor)
    start = 0
    if after is not None:
        start = sum(key <= after if ascending else key >= after for key in keys)
    return page_of(items[start : start + limit + 1], keys[start : start + limit + 1], limit)
