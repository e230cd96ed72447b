"""Withdraw a document, purge what it left, and forget what was learned from it.

Nothing cites a document once its withdrawal commits; a job, the purge, erases what is left. `forget` also erases
what was learned from it (`learning.forget`): answers, examples, and the models that were trained on them.
"""

from __future__ import annotations

import structlog

from core.ports import Blobs
from core.store import documents, forgetting, jobs
from core.store.access import audit
from core.store.database import Database
from core.store.forgetting import Forgotten
from core.store.jobs import Claim
from core.store.learned.answer_cache import delete_citing
from core.types import OPERATOR, Caller
from learning.forget import forget_document
from learning.registry import leave_tainted
from service.compose import Services

log = structlog.get_logger()


def withdraw(services: Services, caller: Caller, document_id: str) -> str:
    """Withdraw a document and return the id of the job that purges it. Raises NotFound."""
    with services.db.write() as session:
        job_id = documents.delete_document(session, document_id, caller)
        audit.record(session, caller, "document.delete", document_id, job=job_id)
        if services.settings.tainted_models == "base":
            leave_tainted(session, caller, document_id)
    services.queue.send([job_id], "purge")
    return job_id


def forget(services: Services, caller: Caller, document_id: str) -> Forgotten:
    """Erase a document and everything made from it at once; return what was erased. Raises NotFound."""
    settings = services.settings
    with services.db.write() as session:
        job_id = documents.erase_document(session, document_id)
    forgotten = forget_document(settings, services.db, services.blobs, caller, document_id)
    claim = jobs.claim(services.db, job_id, lease_s=settings.lease_s, max_attempts=settings.max_attempts)
    if claim is not None:  # else a worker already has it
        purge(services.db, services.blobs, claim)
    return forgotten


def purge(db: Database, blobs: Blobs, claim: Claim) -> None:
    """Erase what a withdrawn document left (chunks, vectors, cached answers, bytes) and finish the job."""
    assert claim.job.document_id is not None
    with db.write() as session:
        keys = forgetting.purge(session, claim.job.document_id)
        remembered = delete_citing(session, claim.job.document_id)
        audit.record(session, OPERATOR, "document.purge", claim.job.document_id, remembered=remembered)
    for key in keys:
        with db.write() as session:  # so that no upload registers the same bytes between check and deletion
            if not forgetting.is_needed(session, key):
                blobs.delete(key)
    with db.write() as session:
        jobs.finish(session, claim)
    if not db.empty_journal():  # somebody reads; `service.upkeep` tries again
        log.info("journal_not_empty", job=claim.job.id)
