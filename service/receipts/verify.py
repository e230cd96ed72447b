"""Check receipts: signature, place in the chain, audit trail, and the live system, which must hold nothing again.

Every fault is named; nothing is repaired. An exported receipt is compared with the stored one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.errors import Invalid, NotFound
from core.store.erasure import receipts
from core.store.erasure.receipts import Issued, Receipt
from core.store.erasure.traces import Found
from core.types import Json
from service.receipts.issue import FORMAT, TITLE
from service.receipts.places import CHECKS, Store, find
from service.receipts.signing import SIGNATURE, Signer, digest, find_signer

NAMES = {
    *("format", "id", "number", "document_id", TITLE, "at", "by", "complete"),
    *("places", "found_sha256", "previous", "key", SIGNATURE),
}
"""The fields of a receipt."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, in a sentence, with the id of the receipt that it is about."""

    receipt: str
    problem: str


@dataclass(frozen=True, slots=True)
class Verification:
    """The receipts that were checked, in the order of the chain, and what is wrong with them."""

    checked: tuple[str, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class _Chain:
    stored: Sequence[Receipt]
    issued: Sequence[Issued]
    unfinished: Sequence[Receipt]


def verify_all(store: Store) -> Verification:
    """Check every receipt, the chain of them, and that no erasure was left unfinished."""
    chain, signer = _chain(store), find_signer(store.settings.home)
    faults = [*_missing(chain), *_unfinished(chain)]
    for receipt in chain.stored:
        faults += _receipt_faults(store, signer, chain, receipt)
    return Verification(tuple(each.id for each in chain.stored), tuple(faults))


def verify_one(store: Store, receipt_id: str) -> Verification:
    """Check one receipt and its place in the chain. A receipt that should be there and is not is a fault.

    Raises NotFound for an id that nothing names.
    """
    chain, signer = _chain(store), find_signer(store.settings.home)
    receipt = next((each for each in chain.stored if each.id == receipt_id), None)
    if receipt is not None:
        return Verification((receipt_id,), tuple(_receipt_faults(store, signer, chain, receipt)))
    faults = [each for each in (*_missing(chain), *_unfinished(chain)) if each.receipt == receipt_id]
    if not faults:
        with store.db.read() as session:
            receipts.get_receipt(session, receipt_id)  # raises
    return Verification((receipt_id,), tuple(faults))


def verify_exported(store: Store, exported: Json) -> Verification:
    """Check a receipt that was exported: its signature, that it is the stored one, and then all that is checked of it.

    Raises Invalid for a value that is no receipt.
    """
    if not isinstance(exported, dict) or not isinstance(exported.get("id"), str) or SIGNATURE not in exported:
        raise Invalid("The file is no receipt.", hint="Export one with `vouch receipts show ID --json`.")
    receipt_id, chain, signer = exported["id"], _chain(store), find_signer(store.settings.home)
    faults = [Fault(receipt_id, problem) for problem in _signature_faults(signer, exported)]
    receipt = next((each for each in chain.stored if each.id == receipt_id), None)
    if receipt is None:
        faults.append(
            Fault(receipt_id, "This system has no such receipt: it was removed, or an older backup restored.")
        )
        if signer is not None and len(faults) == 1:
            live = _live_faults(store, signer, str(exported.get("document_id")), {})
            faults += [Fault(receipt_id, problem) for problem in live]
    else:
        if receipt.body != exported:
            faults.append(Fault(receipt_id, "It differs from the receipt that this system has under its id."))
        faults += _receipt_faults(store, signer, chain, receipt)
    return Verification((receipt_id,), tuple(dict.fromkeys(faults)))


def _chain(store: Store) -> _Chain:
    with store.db.read() as session:
        return _Chain(
            receipts.list_receipts(session), receipts.issued_receipts(session), receipts.unfinished_receipts(session)
        )


def _receipt_faults(store: Store, signer: Signer | None, chain: _Chain, receipt: Receipt) -> list[Fault]:
    body = receipt.body or {}
    problems = [*_signature_faults(signer, body), *_row_faults(receipt, body), *_link_faults(chain, receipt, body)]
    if signer is not None and not problems:  # what it says was found is only worth looking for if it is genuine
        problems += _live_faults(store, signer, receipt.document_id, receipt.found)
    return [Fault(receipt.id, problem) for problem in problems]


def _signature_faults(signer: Signer | None, body: Mapping[str, Json]) -> list[str]:
    if signer is None:
        return ["The home has no key of receipts, so the signature cannot be checked: restore the key from a backup."]
    if body.get("key") != signer.id and not signer.accepts(body):
        return [
            f"It was signed with another key ({body.get('key')}), or was changed: verify it in the home it is from."
        ]
    if not signer.accepts(body):
        return ["Its signature does not match: a field of it was changed."]
    if body.get("format") != FORMAT or set(body) != NAMES:
        return ["It has other fields than this version of Vouch knows."]
    return []


def _row_faults(receipt: Receipt, body: Mapping[str, Json]) -> list[str]:
    """Compare the columns, which are not signed themselves, with the signed content."""
    columns = {"id": receipt.id, "number": receipt.number, "document_id": receipt.document_id}
    wrong = [name for name, value in columns.items() if body.get(name) != value]
    if body.get("found_sha256") != digest(receipt.found):
        wrong.append("list of what was found")
    return [f"The stored {name} is not the one that was signed." for name in wrong]


def _link_faults(chain: _Chain, receipt: Receipt, body: Mapping[str, Json]) -> list[str]:
    """Compare the receipt with the one before it, and with its entry in the audit trail."""
    problems: list[str] = []
    previous: Mapping[str, Json] | None = body.get("previous")
    before = next((each for each in chain.stored if each.number == (receipt.number or 0) - 1), None)
    if previous is None:
        problems += [] if receipt.number == 1 else ["It names no receipt before it, but it is not the first one."]
    elif before is None or before.id != previous.get("id"):
        problems.append(f"The receipt before it, {previous.get('id')}, is missing or is not in its place.")
    elif digest(before.body) != previous.get("sha256"):
        problems.append(f"The receipt before it, {before.id}, was changed after this one was made.")
    issued = [each for each in chain.issued if each.id == receipt.id]
    if not issued:
        problems.append("The audit trail does not say that it was issued.")
    elif issued[-1].sha256 != digest(body):
        problems.append("It is not the one that the audit trail says was issued.")
    return problems


def _live_faults(store: Store, signer: Signer, document_id: str, found: Found) -> list[str]:
    try:
        left = find(store, signer, document_id, found)
    except NotFound:
        return [f"The row of document {document_id} is gone, which should say that it was deleted."]
    return [
        f"{len(left[place])} items of document {document_id} are in {place.replace('_', ' ')} now."
        for place in CHECKS
        if left[place]
    ]


def _missing(chain: _Chain) -> list[Fault]:
    """Name the receipts that the chain or the audit trail refers to and that are not there."""
    there = {each.id for each in chain.stored}
    named = {each.id: each.number for each in chain.issued}
    for receipt in chain.stored:
        previous = (receipt.body or {}).get("previous")
        if isinstance(previous, dict):
            named.setdefault(str(previous.get("id")), (receipt.number or 0) - 1)
    gone = sorted((number, receipt_id) for receipt_id, number in named.items() if receipt_id not in there)
    return [Fault(receipt_id, f"It was issued as number {number} and is missing.") for number, receipt_id in gone]


def _unfinished(chain: _Chain) -> list[Fault]:
    return [
        Fault(each.id, f"The erasure of {each.document_id} was begun and not finished: `vouch forget` it again.")
        for each in chain.unfinished
    ]
