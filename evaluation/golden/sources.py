"""The texts of a set's documents, so that quotes can be looked up in them. Knows nothing of how quotes are chosen."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.errors import VouchError
from core.ports import Parser
from evaluation.corpus.load import CorpusDocument
from ingest.formats.media import sniff

_REDACTED = re.compile(r"\[[A-Z_]+\]")
_FENCE = re.compile(r"^\s*(```|~~~)\w*\s*$", re.MULTILINE)
"""A line that only marks code: it is no text of the document, and no reader returns it."""
GAP = 200
"""The most characters that a placeholder may stand for: an address is long, a paragraph is not a name."""


def read_sources(documents: Sequence[CorpusDocument], parse: Parser) -> dict[str, str]:
    """Return each document's text by id: as it was given, or a file's elements in reading order.

    A file is parsed again here, so that an error in cutting, redacting or storing passages cannot hide itself. A file
    that cannot be parsed has no text.
    """
    return {document.id: flat(_text(document, parse)) for document in documents}


def is_verbatim(quote: str, source: str) -> bool:
    """Return whether a flat source contains the quote word for word; a placeholder matches what was redacted."""
    found = flat(quote)
    if found in source:
        return True
    parts = [re.escape(part) for part in _REDACTED.split(found)]
    return len(parts) > 1 and re.search(f".{{1,{GAP}}}?".join(parts), source) is not None


def flat(text: str) -> str:
    """Return the text with each run of white space as one space."""
    return " ".join(text.split())


def _text(document: CorpusDocument, parse: Parser) -> str:
    if document.file is None:
        return _FENCE.sub("", document.text) if document.text.strip() else document.title
    data = document.file.read_bytes()
    try:
        parsed = parse(data, sniff(data, document.file.name).media_type, document.file.name)
    except VouchError:
        return ""
    return "\n".join(element.text for element in parsed.elements)
