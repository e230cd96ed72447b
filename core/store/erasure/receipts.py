"""The receipts of forgotten documents, numbered in a chain: each names the one before it by id and SHA-256.

A receipt is opened before anything is erased and holds what was found, so that a crash in between loses no count. What
is in it and how it is signed is decided in `service.receipts`; this module stores it and changes no finished one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.clock import now
from core.errors import NotFound
from core.ids import new_id
from core.store.database import serialize_publishing
from core.store.tables import AuditRow, ReceiptRow
from core.types import Json

ISSUED = "receipt.issue"
"""The action in the audit trail; its entry has the receipt's SHA-256, so that no receipt can vanish from the end."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt: `found` are ids by place, `body` is the signed content; without it the erasure is not finished."""

    id: str
    document_id: str
    number: int | None
    found: Mapping[str, Json]
    body: Mapping[str, Json] | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Issued:
    """What the audit trail says of a receipt."""

    id: str
    number: int
    sha256: str


def open_receipt(session: Session, document_id: str, found: Mapping[str, Json]) -> Receipt:
    """Store what was found, or add it to a receipt of the document that was opened before and not finished."""
    row = _unfinished(session, document_id)
    if row is None:
        row = ReceiptRow(id=new_id("rcp"), document_id=document_id, number=None, created_at=now(), found={}, body=None)
        session.add(row)
    row.found = {place: _merged(row.found.get(place), found.get(place)) for place in sorted({*row.found, *found})}
    session.flush()
    return _receipt(row)


def next_number(session: Session) -> tuple[int, Receipt | None]:
    """Return the next number of the chain and the receipt before it. Nobody else gets it before the commit."""
    serialize_publishing(session)  # any lock that all processes share will do; a receipt is rare
    query = select(ReceiptRow).where(ReceiptRow.number.is_not(None)).order_by(ReceiptRow.number.desc())
    last = session.scalar(query.limit(1))
    return (1, None) if last is None or last.number is None else (last.number + 1, _receipt(last))


def finish_receipt(session: Session, receipt_id: str, number: int, body: Mapping[str, Json]) -> Receipt:
    """Store the signed content and the place in the chain of a receipt that was opened before."""
    row = session.get_one(ReceiptRow, receipt_id)
    row.number, row.body = number, dict(body)
    session.flush()
    return _receipt(row)


def get_receipt(session: Session, receipt_id: str) -> Receipt:
    """Return a receipt. Raises NotFound, also for one that is not finished."""
    row = session.get(ReceiptRow, receipt_id)
    if row is None or row.body is None:
        raise NotFound(f"There is no receipt {receipt_id!r}.", hint="`vouch receipts list` lists them.")
    return _receipt(row)


def find_receipt(session: Session, receipt_id: str) -> Receipt | None:
    """Return a finished receipt; None if there is none with this id."""
    row = session.get(ReceiptRow, receipt_id)
    return _receipt(row) if row is not None and row.body is not None else None


def list_receipts(session: Session) -> list[Receipt]:
    """Return the finished receipts in the order of the chain."""
    query = select(ReceiptRow).where(ReceiptRow.number.is_not(None)).order_by(ReceiptRow.number)
    return [_receipt(row) for row in session.scalars(query)]


def unfinished_receipts(session: Session) -> list[Receipt]:
    """Return the receipts that were opened and not finished, oldest first."""
    query = select(ReceiptRow).where(ReceiptRow.number.is_(None)).order_by(ReceiptRow.id)
    return [_receipt(row) for row in session.scalars(query)]


def last_receipt(session: Session, document_id: str) -> Receipt | None:
    """Return the newest finished receipt of a document; None if it was never forgotten before."""
    query = select(ReceiptRow).where(ReceiptRow.document_id == document_id, ReceiptRow.number.is_not(None))
    row = session.scalar(query.order_by(ReceiptRow.number.desc()).limit(1))
    return None if row is None else _receipt(row)


def issued_receipts(session: Session) -> list[Issued]:
    """Return what the audit trail says was issued, in order."""
    query = select(AuditRow.target, AuditRow.detail).where(AuditRow.action == ISSUED).order_by(AuditRow.id)
    return [Issued(row.target, int(row.detail["number"]), row.detail["sha256"]) for row in session.execute(query)]


def _unfinished(session: Session, document_id: str) -> ReceiptRow | None:
    query = select(ReceiptRow).where(ReceiptRow.document_id == document_id, ReceiptRow.number.is_(None))
    return session.scalar(query.order_by(ReceiptRow.id).limit(1).with_for_update())


def _merged(old: Json, new: Json) -> Json:
    """Return what was found in both looks: lists are joined without repetition; of two texts the older one counts."""
    if not (isinstance(old, list) and isinstance(new, list)):
        return old if old is not None else new
    joined = {json.dumps(each): each for each in (*old, *new)}
    return list(joined.values())


def _receipt(row: ReceiptRow) -> Receipt:
    return Receipt(row.id, row.document_id, row.number, row.found, row.body, row.created_at)
