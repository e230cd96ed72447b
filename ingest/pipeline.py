"""Turns a file's bytes into redacted chunks: parse, redact, chunk. The caller passes the parser and the redactor.

Knows no database, index or queue; `service.build_document` stores and publishes the chunks.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace

from core.errors import DocumentRejected
from core.ports import Parser, Progress, Redactor
from core.types import Account, Chunk, DocumentText, Element, Json, Parsed, Redacted
from ingest import account
from ingest.blocks.cuts import joined, mapped, redacted_places
from ingest.chunking.chunks import chunk
from ingest.chunking.sentences import size
from ingest.suspect import find_suspect_content


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document's chunks, redacted, with a report of how they were made."""

    title: str
    language: str | None
    chunks: tuple[Chunk, ...]
    text: DocumentText
    report: Mapping[str, Json]


def prepare(
    data: bytes,
    *,
    media_type: str,
    filename: str,
    parse: Parser,
    redactor: Redactor,
    title: str | None,
    progress: Progress,
) -> Prepared:
    """Turn a file into redacted chunks with a report.

    The title is `title` (from the uploader, unchanged), else the document's own, redacted, else the file's name. Raises
    what `parse` raises, and DocumentRejected when the file has no text.
    """
    seconds: dict[str, float] = {}
    started = time.perf_counter()
    progress("parse", 0.0)
    parsed = parse(data, media_type, filename)
    seconds["parse"] = time.perf_counter() - started
    _require_text(parsed, filename)

    progress("redact", 0.5)
    clean, found = _redact(parsed, redactor, progress)
    seconds["redact"] = time.perf_counter() - started - sum(seconds.values())

    progress("chunk", 0.95)
    chunks = tuple(chunk(clean))
    if not chunks:
        raise _no_text(parsed, filename)
    seconds["chunk"] = time.perf_counter() - started - sum(seconds.values())
    progress("chunk", 1.0)
    return Prepared(
        title or clean.title or filename,
        parsed.language,
        chunks,
        joined(clean.elements),
        _report(clean, chunks, found, redactor, seconds),
    )


def _require_text(parsed: Parsed, filename: str) -> None:
    if not any(char.isalnum() for element in parsed.elements for char in element.text):
        raise _no_text(parsed, filename)


def _no_text(parsed: Parsed, filename: str) -> DocumentRejected:
    reason = " ".join(parsed.warnings) or "It may hold only pictures: upload a file with text, or a sharper scan."
    return DocumentRejected(f"No text was found in {filename!r}.", hint=reason)


def _redact(parsed: Parsed, redactor: Redactor, progress: Progress) -> tuple[Parsed, Counter[str]]:
    """Redact title and elements in one call, so that a name found in one text is found in all of them."""
    texts = [parsed.title or "", *(element.text for element in parsed.elements)]
    examples = _examples(parsed.account)
    redacted = redactor.redact([*texts, *examples], parsed.language)
    progress("redact", 0.9)
    found = Counter(span.label for result in redacted[1 : len(texts)] for span in result.spans)
    elements = _with_texts(parsed.elements, redacted[1 : len(texts)])
    told = _redacted_account(parsed.account, [result.text for result in redacted[len(texts) :]])
    return replace(parsed, elements=elements, title=redacted[0].text or None, account=told), found


def _examples(told: Account | None) -> list[str]:
    return [] if told is None else [*(left.example for left in told.left_out), " ".join(told.examples)]


def _redacted_account(told: Account | None, examples: Sequence[str]) -> Account | None:
    """Return the account with the redacted examples of what was left out, and last those without a reason."""
    if told is None:
        return None
    *explained, unexplained = examples
    left_out = tuple(replace(left, example=text) for left, text in zip(told.left_out, explained, strict=True))
    return replace(told, left_out=left_out, examples=tuple(unexplained.split()))


def _with_texts(elements: Sequence[Element], redacted: Sequence[Redacted]) -> tuple[Element, ...]:
    return tuple(_redacted(element, result) for element, result in zip(elements, redacted, strict=True))


def _redacted(element: Element, result: Redacted) -> Element:
    """Return the element with its redacted text and its blocks where they are in it."""
    if result.text == element.text:
        return element
    return Element(result.text, mapped(element.block, redacted_places(result.spans, len(result.text))))


def _report(
    parsed: Parsed, chunks: Sequence[Chunk], found: Counter[str], redactor: Redactor, seconds: Mapping[str, float]
) -> dict[str, Json]:
    suspect = find_suspect_content(parsed, chunks)
    told = parsed.account
    alarms = [alarm for alarm in (account.warning(told), account.cut_off(told)) if alarm] if told else []
    return {
        "pages": parsed.pages,
        "elements": len(parsed.elements),
        "chunks": len(chunks),
        "words": sum(size(one.text) for one in chunks),
        "redactions": dict(sorted(found.items())),
        "redactor": redactor.name,
        "marks": suspect.marks,
        "unseen": suspect.hidden_text,
        "account": None if parsed.account is None else asdict(parsed.account),
        "warnings": [*alarms, *parsed.warnings, *suspect.warnings],
        "seconds": {step: round(value, 3) for step, value in seconds.items()},
    }
