"""Delete the steps of the index's journal that nobody needs.

From the oldest step that is left the journal has no gap. An index that is behind that step must start again from a
snapshot or from the database. `core.store.passages` writes the steps.
"""

from __future__ import annotations

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from core.store.database import Database
from core.store.index.positions import lowest_position
from core.store.tables import IndexChangeRow

GRACE_STEPS = 100_000
"""Steps that are kept although nobody is known to need them, for processes on other machines and for paused ones.

A few megabytes. A number of steps and not of hours: it bounds the table, and catching up costs time per step.
"""
BATCH = 20_000


def prune_changes(db: Database, upto: int, grace: int = GRACE_STEPS, batch: int = BATCH) -> int:
    """Delete steps that nobody needs, and return how many were deleted.

    `upto` is the step at which the oldest stored snapshot begins; only steps before it are deleted. Of these, the last
    `grace` steps and the steps that a shared engine still needs remain. Works in small transactions, so that publishing
    never waits for long.
    """
    with db.read() as session:
        oldest, newest = _ends(session)
        needed = lowest_position(session)
        bound = min(upto, newest - grace, newest if needed is None else needed)
        first = session.scalar(select(func.max(IndexChangeRow.seq)).where(IndexChangeRow.seq <= bound))
    if first is None:
        return 0
    deleted = 0
    for end in (*range(oldest + batch, first, batch), first):
        with db.write() as session:
            gone = session.execute(delete(IndexChangeRow).where(IndexChangeRow.seq < end))
            deleted += gone.rowcount if isinstance(gone, CursorResult) else 0
    return deleted


def missed_changes(session: Session, seq: int) -> bool:
    """Return whether steps after `seq` were pruned, so that an index at `seq` cannot catch up.

    Call this after the steps were read: then pruning in between is noticed in every isolation level.
    """
    oldest, _ = _ends(session)
    return seq < oldest - 1


def _ends(session: Session) -> tuple[int, int]:
    oldest, newest = session.execute(select(func.min(IndexChangeRow.seq), func.max(IndexChangeRow.seq))).one()
    return oldest or 0, newest or 0
