"""How far each shared dense engine has applied the journal, and which process may write to it now.

A lease is taken by compare-and-set and expires by itself, so a process that dies blocks the others only until then.
Knows no engine: `retrieval.milvus.shared` applies the changes, `retrieval.milvus.build` builds new collections.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import CursorResult, Update, and_, case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from core.clock import CLOCKS_DIFFER, now
from core.errors import LostLease
from core.ids import new_id
from core.store.database import Database, insert_new
from core.store.tables import IndexPositionRow

State = Literal["building", "serving", "previous"]
BUILDER_GRACE = timedelta(hours=1)
"""How long the journal is kept for a build whose lease expired: the build may be slow and not dead."""
LONGEST_LEASE = timedelta(minutes=1)
ABANDONED_AFTER = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Position:
    """The newest step of the journal that an engine contains; `held` while a process may write to it."""

    engine: str
    state: str
    seq: int
    held: bool


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write to an engine until the lease expires."""

    engine: str
    id: str
    lease_s: float


def positions(session: Session) -> dict[str, Position]:
    """Return the positions of all engines, by engine."""
    rows = session.scalars(select(IndexPositionRow).order_by(IndexPositionRow.engine))
    return {row.engine: _position(row) for row in rows}


def find_position(session: Session, engine: str) -> Position | None:
    """Return an engine's position; None for an engine that was never filled from this database."""
    row = session.get(IndexPositionRow, engine)
    return None if row is None else _position(row)


def lowest_position(session: Session) -> int | None:
    """Return the lowest position of all engines that still need the journal; None if no engine needs it.

    Serving collections and those that are being built need it. Previous ones do not, and neither do serving ones that
    applied nothing for a month.
    """
    row = IndexPositionRow
    building = and_(row.state == "building", row.leased_until > now() - BUILDER_GRACE)
    serving = and_(row.state == "serving", row.updated_at > now() - ABANDONED_AFTER)
    return session.scalar(select(func.min(row.seq)).where(or_(serving, building)))


def set_position(session: Session, engine: str, seq: int, state: State) -> None:
    """Store an engine's position and end its lease. Only the process that built the engine may call this."""
    session.execute(delete(IndexPositionRow).where(IndexPositionRow.engine == engine))
    session.add(IndexPositionRow(engine=engine, state=state, seq=seq, updated_at=now()))
    session.flush()


def set_state(session: Session, engine: str, state: State) -> None:
    """Set what an engine is used for; does nothing for an unknown engine."""
    _update(session, update(IndexPositionRow).where(IndexPositionRow.engine == engine).values(state=state))


def delete_positions(session: Session, engines: Iterable[str]) -> None:
    """Delete the positions of engines that no longer exist, so that the journal can be pruned past them."""
    session.execute(delete(IndexPositionRow).where(IndexPositionRow.engine.in_(list(engines))))


def lease_engine(db: Database, engine: str, lease_s: float) -> Lease | None:
    """Take the right to write to an engine that has a position; return None while another process has it."""
    lease = Lease(engine, new_id("lease"), lease_s)
    until = IndexPositionRow.leased_until
    free = or_(until.is_(None), until < now(), until > _latest_end())
    statement = update(IndexPositionRow).where(IndexPositionRow.engine == engine, free).values(**_held_by(lease))
    with db.write() as session:
        return lease if _update(session, statement) else None


def lease_build(db: Database, engine: str, seq: int, lease_s: float) -> Lease | None:
    """Take the right to build `engine` from the journal's step `seq` on; None while another process builds it."""
    row = {"engine": engine, "state": "building", "seq": seq, "updated_at": now()}
    with db.write() as session:
        session.execute(insert_new(session, IndexPositionRow), [row])
    lease = lease_engine(db, engine, lease_s)
    if lease is not None:
        with db.write() as session:  # a builder that died may have left the row
            _update(session, _mine(lease).values(seq=seq, updated_at=now()))
    return lease


def end_build(db: Database, lease: Lease) -> None:
    """Delete the position of a build that was given up; does nothing if another process builds it now."""
    row = IndexPositionRow
    with db.write() as session:
        session.execute(delete(row).where(row.engine == lease.engine, row.leased_by == lease.id))


def advance(db: Database, lease: Lease, seq: int) -> None:
    """Store that the engine contains every step up to `seq`, and renew the lease. Never goes back. Raises LostLease."""
    newest = case((IndexPositionRow.seq < seq, seq), else_=IndexPositionRow.seq)
    _extend(db, lease, {"seq": newest, "updated_at": now()})


def renew_engine(db: Database, lease: Lease) -> None:
    """Extend the lease. Raises LostLease if another process took it in the meantime."""
    _extend(db, lease, {})


def release_engine(db: Database, lease: Lease) -> None:
    """End the lease; does nothing if another process has it."""
    with db.write() as session:
        _update(session, _mine(lease).values(leased_by=None, leased_until=None))


def _extend(db: Database, lease: Lease, values: Mapping[str, object]) -> None:
    with db.write() as session:
        if not _update(session, _mine(lease).values(**_held_by(lease), **values)):
            raise LostLease(f"Another process has the lease of {lease.engine} now.")


def _mine(lease: Lease) -> Update:
    row = IndexPositionRow
    return update(row).where(row.engine == lease.engine, row.leased_by == lease.id)


def _held_by(lease: Lease) -> dict[str, object]:
    return {"leased_by": lease.id, "leased_until": now() + timedelta(seconds=lease.lease_s)}


def _latest_end() -> datetime:
    """Return when a lease ends at the latest: one that ends later is from before the clock was set back."""
    return now() + LONGEST_LEASE + CLOCKS_DIFFER


def _update(session: Session, statement: Update) -> bool:
    result = session.execute(statement.execution_options(synchronize_session=False))
    return isinstance(result, CursorResult) and result.rowcount == 1


def _position(row: IndexPositionRow) -> Position:
    held = row.leased_until is not None and now() < row.leased_until <= _latest_end()
    return Position(row.engine, row.state, row.seq, held)
