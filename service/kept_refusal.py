"""A kept refusal as its reader may see it now: without the titles of documents that he may not.

Knows rows as the journal keeps them, no database: which documents are visible is asked before.
"""

from __future__ import annotations

from collections.abc import Container, Mapping

from core.types import Json
from generation.refusal.too_broad import refusal_message

NO_LONGER = {
    "contradictory": "Sources disagreed on this, and one of them is gone since or not for this key. Ask again.",
    "question_too_broad": "The question could mean several things.",
}


def named_in(refusal: Mapping[str, Json] | None) -> set[str]:
    """Return the documents that a refusal names by itself."""
    return {each["document_id"] for each in (refusal or {}).get("suggestions", ())}


def still_said(
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
