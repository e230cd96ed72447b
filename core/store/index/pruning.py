"""Which steps of the index's journal are still needed, and letting go of the others.

Everything from the oldest step that is kept stands without a gap: who is further back than that has missed something
and must begin anew, from a snapshot or from the database. Steps are written by `core.store.passages`.
"""

from __future__ import annotations

from sqlalchemy import CursorResult, delete, func, select
from sqlalchemy.orm import Session

from core.store.database import Database
from core.store.index.positions import lowest_position
from core.store.tables import IndexChangeRow

GRACE_STEPS = 100_000
"""Steps kept beyond need for processes that follow from elsewhere or have slept: a few megabytes.

Counted in steps and not in hours: it bounds the table, and what a follower has to catch up is counted in steps too.
"""
BATCH = 20_000


def prune_changes(db: Database, upto: int, grace: int = GRACE_STEPS, batch: int = BATCH) -> int:
    """Delete steps that nobody needs: at most those before `upto`, the oldest that a kept snapshot begins at.

    Engines that all processes share, and the last `grace` steps, keep more of them. Works in small transactions, so
    that publishing never waits for long. Returns how many were deleted.
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
    """Return whether steps after `seq` were pruned: whoever stands there cannot catch up any more.

    Ask after reading the steps, in whatever isolation: what was pruned in between is then noticed.
    """
    oldest, _ = _ends(session)
    return seq < oldest - 1


def _ends(session: Session) -> tuple[int, int]:
    oldest, newest = session.execute(select(func.min(IndexChangeRow.seq), func.max(IndexChangeRow.seq))).one()
    return oldest or 0, newest or 0
