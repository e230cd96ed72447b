"""Receipts of forgotten documents."""

from __future__ import annotations

from pydantic import Field

from api.schemas.common import View


class PlaceView(View):
    """One place that may hold something of a document: how many items were found and are left, how it was checked."""

    place: str
    found: int
    left: int
    check: str


class LinkView(View):
    """The receipt before this one."""

    id: str
    sha256: str = Field(description="SHA-256 of that receipt's canonical JSON: sorted names, no spaces, UTF-8.")


class ReceiptView(View):
    """What was erased of a document, signed. It holds no text of the document.

    `signature` is HMAC-SHA256 over the canonical JSON of all other fields, with the key that `key` names.
    """

    format: int
    id: str
    number: int = Field(description="The place in the chain of receipts, from 1.")
    document_id: str
    title_sha256: str
    at: str = Field(description="When it was issued, ISO 8601.")
    by: str = Field(description="The key that asked for it, or `operator`.")
    complete: bool = Field(description="Whether nothing is left in any place.")
    places: list[PlaceView]
    found_sha256: str = Field(description="SHA-256 of the list of ids that were found, which stays in the system.")
    previous: LinkView | None
    key: str
    signature: str
