"""Begin and finish a receipt around the erasure of a document: what was there, what is left, signed, in the chain."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from core.clock import now
from core.store.access import audit
from core.store.documents import erase_document
from core.store.erasure import receipts, traces
from core.store.erasure.receipts import ISSUED, Receipt
from core.types import Caller, Json
from service.receipts.places import CHECKS, Store, find, find_in_files
from service.receipts.signing import digest, open_signer

FORMAT = 1
IN_FILES = ("originals", "adapters")
"""Places of which the database only says what may be there."""
TITLE = "title_sha256"


def begin(store: Store, document_id: str) -> tuple[Receipt, str]:
    """Withdraw the document and open a receipt with what is there of it; return both, the purge by its job's id.

    A receipt that a crash left open goes on: what was found then counts too. Raises NotFound.
    """
    signer = open_signer(store.settings.home)
    with store.db.write() as session:
        rows = traces.find_traces(session, document_id, signer.blind)
        last = receipts.last_receipt(session, document_id)
        title = hashlib.sha256(traces.title_of(session, document_id).encode()).hexdigest()
        indexed = traces.still_indexed(session, rows[traces.IDS])
        found: dict[str, Json] = {place: ids for place, ids in rows.items() if place not in IN_FILES}
        found |= {TITLE: last.found[TITLE] if last is not None else title}
        found |= {"dense_index": [*indexed], "lexical_index": [*indexed]}
        job_id = erase_document(session, document_id)
        opened = receipts.open_receipt(session, document_id, found)
    files = find_in_files(store, rows, {})
    with store.db.write() as session:
        opened = receipts.open_receipt(session, document_id, files)
    return opened, job_id


def finish(store: Store, caller: Caller, opened: Receipt) -> Receipt:
    """Look into every place again, and store and return the signed receipt, with its entry in the audit trail."""
    signer = open_signer(store.settings.home)
    left = find(store, signer, opened.document_id, opened.found)
    places = [_place(name, opened.found, left) for name in CHECKS]
    with store.db.write() as session:
        number, before = receipts.next_number(session)
        content = {
            "format": FORMAT,
            "id": opened.id,
            "number": number,
            "document_id": opened.document_id,
            TITLE: opened.found[TITLE],
            "at": now().isoformat(timespec="seconds"),
            "by": caller.key_id,
            "complete": not any(place["left"] for place in places),
            "places": places,
            "found_sha256": digest(opened.found),
            "previous": {"id": before.id, "sha256": digest(before.body)} if before is not None else None,
            "key": signer.id,
        }
        made = receipts.finish_receipt(session, opened.id, number, signer.signed(content))
        left_over = sum(place["left"] for place in places)
        audit.record(
            session,
            caller,
            ISSUED,
            made.id,
            document=made.document_id,
            number=number,
            sha256=digest(made.body),
            left=left_over,
        )
    return made


def _place(name: str, found: Mapping[str, Json], left: Mapping[str, Json]) -> dict[str, Json]:
    """Return a place's line. What is found only now was there before too."""
    there = {str(each) for each in (*found.get(name, ()), *left[name])}
    return {"place": name, "found": len(there), "left": len(left[name]), "check": CHECKS[name]}
