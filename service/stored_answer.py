"""A stored answer as its reader may see it now: without what comes from documents that they may not see.

The journal stores an answer's body as it was given; which documents are visible is asked again at each reading.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from core.store import documents
from core.store.database import Session
from core.store.journal import AnswerRecord
from core.types import Caller, Json
from generation.refusal.too_broad import refusal_message

NO_LONGER = {
    "contradictory": "Sources disagreed on this, and one of them is gone since or not for this key. Ask again.",
    "question_too_broad": "The question could mean several things.",
}


def readable_answer(session: Session, record: AnswerRecord, caller: Caller) -> dict[str, Json]:
    """Return the body of an answer from the journal, with its question; `withdrawn` says that quotes are left out."""
    body = dict(record.body)
    citations, closest = body.get("citations", []), body.get("closest", [])
    named = {item["document_id"] for item in (*citations, *closest)} | documents_named(body.get("refusal"))
    visible = documents.visible_among(session, named, caller)
    body["citations"] = [item for item in citations if item["document_id"] in visible]
    body["closest"] = [item for item in closest if item["document_id"] in visible]
    withdrawn = len(body["citations"]) < len(citations)
    if withdrawn:
        body["text"], body["sentences"] = "", []
    body["refusal"] = readable_refusal(body.get("refusal"), visible, quotes_lost=withdrawn)
    return body | {
        "question": record.question,
        "mode": record.mode,
        "conversation_id": record.conversation_id,
        "withdrawn": withdrawn,
        "created_at": record.created_at,
    }


def documents_named(refusal: Mapping[str, Json] | None) -> set[str]:
    """Return the documents that a refusal names by itself."""
    return {each["document_id"] for each in (refusal or {}).get("suggestions", ())}


def readable_refusal(
    refusal: Mapping[str, Json] | None, visible: Container[str], *, quotes_lost: bool
) -> Mapping[str, Json] | None:
    """Return the refusal; where a document that it names may not be seen, without it and in other words."""
    if refusal is None:
        return None
    suggestions = refusal.get("suggestions", [])
    left = [each for each in suggestions if each["document_id"] in visible]
    if len(left) == len(suggestions) and not quotes_lost:
        return refusal
    message = str(NO_LONGER.get(refusal["code"], refusal["message"]))
    if suggestions:
        message = refusal_message(message, (each["text"] for each in left))
    return {**refusal, "message": message, "suggestions": left}
