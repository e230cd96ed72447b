"""The whole text of a document with its tree of blocks, as it was read and redacted: one row for each document."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from core.blocks import blocks_from_json, blocks_to_json
from core.errors import NotFound
from core.store.documents import visible_to
from core.store.tables import DocumentRow, TextRow
from core.types import Block, Caller, DocumentText


@dataclass(frozen=True, slots=True)
class StoredText:
    """The text of a document's serving version; the blocks' offsets are places in it."""

    document_id: str
    version: int
    title: str
    text: str
    blocks: tuple[Block, ...]


def store_text(session: Session, document_id: str, version: int, text: DocumentText) -> None:
    """Store the text of the version that serves from now on, in place of the one before."""
    body = json.dumps({"text": text.text, "blocks": blocks_to_json(text.blocks)}, ensure_ascii=False)
    forget_text(session, document_id)
    row = {"document_id": document_id, "version": version, "body": zlib.compress(body.encode(), 6)}
    session.execute(insert(TextRow), [row])


def forget_text(session: Session, document_id: str) -> None:
    """Delete the stored text of a document."""
    session.execute(delete(TextRow).where(TextRow.document_id == document_id))


def document_text(session: Session, document_id: str, caller: Caller) -> StoredText:
    """Return the text of a visible document. Raises NotFound, also if it has not been read with blocks yet."""
    query = (
        select(TextRow.version, TextRow.body, DocumentRow.title)
        .join(DocumentRow, DocumentRow.id == TextRow.document_id)
        .where(TextRow.document_id == document_id, TextRow.version == DocumentRow.serving_version, visible_to(caller))
    )
    row = session.execute(query).one_or_none()
    if row is None:
        raise NotFound(
            f"There is no text of a document {document_id!r}.",
            hint="It is not there, not read yet, or waits to be read again.",
        )
    value = json.loads(zlib.decompress(row.body))
    return StoredText(
        document_id, row.version, row.title, value["text"], blocks_from_json(value["blocks"], len(value["text"]))
    )
