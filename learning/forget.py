"""Erase a document from everything that was learned from it, and report what was erased.

The purge job deletes the document's own text, vectors and bytes. Erased feedback cannot be learned from again, because
triage finds neither answer nor passage. The next training starts from the base model, on the remaining feedback.
"""

from __future__ import annotations

import shutil

from core.ports import Blobs
from core.settings import Settings
from core.store.access import audit
from core.store.database import Database
from core.store.forgetting import Forgotten, forget_learned
from core.types import Caller
from learning.registry import ADAPTERS
from learning.search_profiles import FOLDER


def forget_document(settings: Settings, db: Database, blobs: Blobs, caller: Caller, document_id: str) -> Forgotten:
    """Delete answers, feedback and examples that hold the document's text, and the adapters that were trained on them.

    Safe to repeat: a second run deletes what a crash left. Unpacked copies on other machines are never loaded again,
    because no active pointer leads to them.
    """
    with db.write() as session:
        forgotten = forget_learned(session, document_id)
        audit.record(session, caller, "document.forget", document_id, **forgotten.as_json())
    for key in forgotten.adapters:
        blobs.delete(key)
    for model_id in forgotten.models:
        for folder in (ADAPTERS, FOLDER):
            shutil.rmtree(settings.home / folder / model_id, ignore_errors=True)
    return forgotten
