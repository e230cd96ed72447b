"""Take a document out of everything that was learned from it, and say what that was.

The document's own text, vectors and bytes go by the purge job. What was erased here cannot be learned again: triage
finds neither answer nor passage. The next training starts at the base, on what is left.
"""

from __future__ import annotations

import shutil

from core.ports import Blobs
from core.settings import Settings
from core.store import audit
from core.store.database import Database
from core.store.forgetting import Forgotten, forget_learned
from core.types import Caller
from learning.registry import ADAPTERS


def forget_document(settings: Settings, db: Database, blobs: Blobs, caller: Caller, document_id: str) -> Forgotten:
    """Erase answers, feedback and examples that hold the document's text, and the adapters taught by them.

    Repeating it is harmless and finds what a crash left. Another machine's unpacked copy is never worn again, since
    no pointer leads to it.
    """
    with db.write() as session:
        forgotten = forget_learned(session, document_id)
        audit.record(session, caller, "document.forget", document_id, **forgotten.as_json())
    for key in forgotten.adapters:
        blobs.delete(key)
    for model_id in forgotten.models:
        shutil.rmtree(settings.home / ADAPTERS / model_id, ignore_errors=True)
    return forgotten
