"""Withdraw a document, purge what it left, and forget what was learned from it.

Nothing cites a document once its withdrawal commits; a job, the purge, erases what is left. A model that saw it stops
serving, if the settings say so. `forget` also erases what was learned from it (`learning.forget`): answers, examples,
and the models that were trained on them; a signed receipt (`service.receipts`) says what was there and what is left.
"""

from __future__ import annotations

from dataclasses import dataclass

import structlog

from core.ports import Blobs
from core.store import documents, forgetting, jobs
from core.store.access import audit
from core.store.database import Database
from core.store.erasure import traces
from core.store.erasure.receipts import Receipt
from core.store.forgetting import Forgotten
from core.store.jobs import Claim
from core.store.learned.answer_cache import delete_citing
from core.types import OPERATOR, Caller
from learning.forget import forget_document
from learning.registry import leave_tainted
from service.compose import Services
from service.receipts import issue
from service.receipts.places import Store, erase_files

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Erasure:
    """What this run erased of what was learned, and the receipt, which also counts what an earlier run erased."""

    forgotten: Forgotten
    receipt: Receipt


def withdraw(services: Services, caller: Caller, document_id: str) -> str:
    """Withdraw a document and return the id of the job that purges it. Raises NotFound."""
    with services.db.write() as session:
        job_id = documents.delete_document(session, document_id, caller)
        audit.record(session, caller, "document.delete", document_id, job=job_id)
        if services.settings.tainted_models == "base":
            leave_tainted(session, caller, document_id)
    services.queue.send([job_id], "purge")
    return job_id


def forget(services: Services, caller: Caller, document_id: str) -> Erasure:
    """Erase a document and everything made from it at once; return what was erased, with a receipt. Raises NotFound.

    Safe to repeat: a second run erases what a crash left, and goes on with its receipt.
    """
    store = Store(services.settings, services.db, services.blobs)
    receipt, job_id = issue.begin(store, document_id)
    forgotten = forget_document(store.settings, store.db, store.blobs, caller, document_id)
    claim = jobs.claim(store.db, job_id, lease_s=store.settings.lease_s, max_attempts=store.settings.max_attempts)
    if claim is not None:
        purge(store.db, store.blobs, claim)
    else:  # a worker has it: both erase the same, and the receipt must not be earlier
        _erase(store.db, store.blobs, document_id)
    with store.db.write() as session:
        traces.erase_attributes(session, document_id)
    erase_files(store, receipt.found)
    return Erasure(forgotten, issue.finish(store, caller, receipt))


def purge(db: Database, blobs: Blobs, claim: Claim) -> None:
    """Erase what a withdrawn document left (chunks, vectors, cached answers, bytes) and finish the job."""
    assert claim.job.document_id is not None
    _erase(db, blobs, claim.job.document_id)
    with db.write() as session:
        jobs.finish(session, claim)
    if not db.empty_journal():  # somebody reads; `service.upkeep` tries again
        log.info("journal_not_empty", job=claim.job.id)


def _erase(db: Database, blobs: Blobs, document_id: str) -> None:
    with db.write() as session:
        passages = traces.passage_ranges(session, document_id)
        keys = forgetting.purge(session, document_id)
        remembered = delete_citing(session, document_id)
        audit.record(session, OPERATOR, "document.purge", document_id, remembered=remembered, passages=passages)
    for key in keys:
        with db.write() as session:  # so that no upload registers the same bytes between check and deletion
            if not forgetting.is_needed(session, key):
                blobs.delete(key)
