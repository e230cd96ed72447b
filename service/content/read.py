"""The text of a document as it was read, for everyone who may see the document: the use case behind `content?format=`.

The original bytes, which are not redacted, are in `service.originals`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from core.errors import NotFound
from core.store import documents, reading
from core.store.database import Database
from core.store.texts import StoredText, document_text
from core.types import Caller
from service.content.html import as_html
from service.content.markdown import as_markdown

Format = Literal["json", "md", "html"]


def read_text(db: Database, caller: Caller, document_id: str, version: int | None = None) -> StoredText:
    """Return the redacted text of the version that serves, with its blocks.

    A document that waits to be read again has the text of its passages, without blocks. Raises NotFound: no such
    document, no version that serves, or another version than the one that serves.
    """
    with db.read() as session:
        found = documents.get_document(session, document_id, caller)
        if found.serving_version is None:
            raise NotFound("No version of the document serves yet, so there is no text.")
        if version not in (None, found.serving_version):
            raise NotFound(
                f"The text is that of version {found.serving_version}, which serves.",
                hint="Leave `version` out, or leave `format` out for the original file.",
            )
        try:
            return replace(document_text(session, document_id, caller), title=found.title)
        except NotFound:
            passages = reading.document_chunks(session, document_id, caller)
            text = "\n\n".join(passage.text for passage in passages)
            return StoredText(document_id, found.serving_version, found.title, text, ())


def written(content: StoredText, form: Literal["md", "html"]) -> str:
    """Return a document's text as Markdown or HTML."""
    write = as_markdown if form == "md" else as_html
    return write(content.title, content.text, content.blocks)
