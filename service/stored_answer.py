"""A stored answer as its reader may see it now: without the parts that come from documents that they may not see.

The journal stores an answer's body as it was given. Which documents are visible is checked again at each reading.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from core.store import documents
from core.store.database import Session
from core.store.journal import AnswerRecord
from core.types import Caller, Json
from generation.refusal.reasons import NOT_ANSWERED
from generation.refusal.too_broad import refusal_message

MESSAGES_WITHOUT_DOCUMENTS = {
    "contradictory": "Sources disagreed on this, and one of them is deleted or not visible to this key. Ask again.",
    "not_answered": "The documents that you can see do not answer this.",
    "question_too_broad": "The question could mean several things.",
}
"""By refusal code: replaces a message that names documents, or what is in them."""
MISSING_WITHOUT_DOCUMENTS = "A part of the question has no answer in the documents."
"""Replaces what an answer lacks, which may name what is in a document."""


def readable_answer(session: Session, record: AnswerRecord, caller: Caller) -> dict[str, Json]:
    """Return the body of an answer from the journal, with its question; `withdrawn` is true if quotes are left out."""
    body = dict(record.body)
    citations, closest = body.get("citations", []), body.get("closest", [])
    read = {_version_of(item) for item in (*citations, *closest, *record.passages)}
    suggested = _documents_named(body.get("refusal"))
    visible = documents.visible_versions(session, read, caller)
    body["citations"] = [item for item in citations if _version_of(item) in visible]
    body["closest"] = [item for item in closest if _version_of(item) in visible]
    withdrawn = len(body["citations"]) < len(citations)
    if withdrawn:
        body |= {"text": "", "sentences": [], "units": []}
    hidden = {document_id for document_id, _ in read - visible}
    named = documents.visible_among(session, suggested, caller) - hidden
    body["refusal"] = _readable_refusal(body.get("refusal"), named, withdrawn=withdrawn, hidden=bool(hidden))
    if body.get("missing") and hidden:
        body["missing"] = None if withdrawn else MISSING_WITHOUT_DOCUMENTS
    return body | {
        "question": record.question,
        "mode": record.mode,
        "conversation_id": record.conversation_id,
        "withdrawn": withdrawn,
        "created_at": record.created_at,
    }


def _version_of(item: Mapping[str, Json]) -> tuple[str, int]:
    return str(item["document_id"]), int(item["version"])


def _documents_named(refusal: Mapping[str, Json] | None) -> set[str]:
    """Return the documents that a refusal suggests."""
    return {each["document_id"] for each in (refusal or {}).get("suggestions", ())}


def _readable_refusal(
    refusal: Mapping[str, Json] | None, visible: Container[str], *, withdrawn: bool, hidden: bool
) -> Mapping[str, Json] | None:
    """Return the refusal without documents that may not be seen; if it may name any, also with another message."""
    if refusal is None:
        return None
    suggestions = refusal.get("suggestions", [])
    left = [each for each in suggestions if each["document_id"] in visible]
    specific = refusal["code"] == NOT_ANSWERED.code and refusal["message"] != NOT_ANSWERED.message
    if len(left) == len(suggestions) and not withdrawn and not (hidden and specific):
        return refusal
    message = str(MESSAGES_WITHOUT_DOCUMENTS.get(refusal["code"], refusal["message"]))
    if refusal["code"] == "question_too_broad":
        message = refusal_message(message, (each["text"] for each in left))
    return {**refusal, "message": message, "suggestions": left}
