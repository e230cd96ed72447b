"""Withdraw a document, purge what it left, and forget what was learned from it.

A withdrawn document is cited by nothing from its commit on; the purge is a job and erases what is left. Forgetting
also takes what was learned (`learning.forget`): answers, examples and the models that they taught.
"""

from __future__ import annotations

from core.ports import Blobs
from core.store import audit, documents, forgetting, jobs
from core.store.database import Database
from core.store.forgetting import Forgotten
from core.store.jobs import Claim
from core.store.learned.answer_cache import delete_citing
from core.types import OPERATOR, Caller
from learning.forget import forget_document
from service.compose import Services


def withdraw(services: Services, caller: Caller, document_id: str) -> str:
    """Withdraw a document and return the id of the job that purges it. Raises NotFound."""
    with services.db.write() as session:
        job_id = documents.delete_document(session, document_id, caller)
        audit.record(session, caller, "document.delete", document_id, job=job_id)
    services.queue.send([job_id], "purge")
    return job_id


def forget(services: Services, caller: Caller, document_id: str) -> Forgotten:
    """Erase a document and all that was made of it, here and now; return what that was. Raises NotFound."""
    settings = services.settings
    with services.db.write() as session:
        job_id = documents.erase_document(session, document_id)
    forgotten = forget_document(settings, services.db, services.blobs, caller, document_id)
    claim = jobs.claim(services.db, job_id, lease_s=settings.lease_s, max_attempts=settings.max_attempts)
    if claim is not None:  # else a worker was quicker
        purge(services.db, services.blobs, claim)
    return forgotten


def purge(db: Database, blobs: Blobs, claim: Claim) -> None:
    """Erase what a withdrawn document left: chunks, vectors, cached answers, bytes; finish the job."""
    assert claim.job.document_id is not None
    with db.write() as session:
        keys = forgetting.purge(session, claim.job.document_id)
        remembered = delete_citing(session, claim.job.document_id)
        audit.record(session, OPERATOR, "document.purge", claim.job.document_id, remembered=remembered)
    for key in keys:
        with db.write() as session:  # nobody registers the same bytes again while this decides
            if not forgetting.is_needed(session, key):
                blobs.delete(key)
    with db.write() as session:
        jobs.finish(session, claim)
