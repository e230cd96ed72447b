"""Which text of a document with recorded changes is read: as accepted, as original, or both with marks.

The sandbox's child sets it for each file (`VOUCH_REVISIONS`); readers ask for it. Struck-through text counts
as deleted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal, get_args

Revisions = Literal["accepted", "original", "both"]
ALL: tuple[Revisions, ...] = get_args(Revisions)

_current: ContextVar[Revisions] = ContextVar("revisions", default="accepted")


@contextmanager
def reading(revisions: Revisions) -> Iterator[None]:
    """Read documents in this way while the block runs."""
    token = _current.set(revisions)
    try:
        yield
    finally:
        _current.reset(token)


def current() -> Revisions:
    return _current.get()


def shows_deleted() -> bool:
    """Return whether deleted and struck-through text is read."""
    return _current.get() != "accepted"


def shows_inserted() -> bool:
    """Return whether inserted text is read."""
    return _current.get() != "original"


def marks() -> bool:
    """Return whether deleted text is marked `struck` and inserted text `inserted`."""
    return _current.get() == "both"
