"""Documents for tests of answers: files that the real readers read and the real chunker cuts, found by shared words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath

from core.blocks import Block
from core.types import Caller, Citation, Filters, Passage, Ranked, SearchResult
from generation.english.words import content
from ingest.chunking.chunks import chunk
from ingest.formats import media
from ingest.readers.ocr import Ocr
from ingest.readers.parse import parse

TYPES = {".md": media.MARKDOWN, ".html": media.HTML, ".docx": media.DOCX, ".pdf": media.PDF, ".eml": media.EML}
PER_DOCUMENT = 1_000


def document(
    source: str | bytes,
    name: str = "manual.md",
    *,
    number: int = 1,
    title: str | None = None,
    at: datetime | None = None,
) -> tuple[Passage, ...]:
    """Return the passages of a file as the service stores them; their ids are from `number` thousand on."""
    data = source.encode() if isinstance(source, str) else source
    parsed = parse(data, TYPES[PurePath(name).suffix], name, Ocr())
    return tuple(
        Passage(
            number * PER_DOCUMENT + each.ordinal,
            f"doc_{number}",
            1,
            each.ordinal,
            "manuals",
            name,
            title if title is not None else parsed.title or name,
            each.text,
            "0" * 64,
            each.heading,
            page=each.page,
            boxes=each.boxes,
            kind=each.kind,
            language=parsed.language,
            updated_at=at,
            blocks=each.blocks,
        )
        for each in chunk(parsed)
    )


def only(source: str | bytes, name: str = "manual.md", *, title: str | None = None) -> Passage:
    """Return the passage of a file that makes one."""
    (passage,) = document(source, name, title=title)
    return passage


@dataclass
class Library:
    """A retriever over some documents: passages by the share of the question's words in them and their titles."""

    passages: Sequence[Passage]
    asked: list[str] = field(default_factory=list)

    def search(
        self,
        caller: Caller,
        query: str,
        *,
        k: int,
        filters: Filters | None = None,
        rerank: bool = True,
        explain: bool = False,
    ) -> SearchResult:
        self.asked.append(query)
        wanted = set(content(query))
        scored = [(len(wanted & _words(each)) / max(1, len(wanted)), each) for each in self.passages]
        best = sorted(scored, key=lambda each: (-each[0], each[1].chunk_id))[:k]
        return SearchResult(tuple(Ranked(each, score, dense_score=score) for score, each in best), "index-1")

    def around(self, caller: Caller, passage: Passage, before: int, after: int) -> tuple[Passage, ...]:
        near = [each for each in self.passages if each.document_id == passage.document_id]
        return tuple(each for each in near if -before <= each.ordinal - passage.ordinal <= after)


def verbatim(citations: Sequence[Citation]) -> bool:
    """Return whether each quote stands in its passage where the citation says, without white space around it."""
    return all(
        each.quote == each.passage.text[each.start : each.end] and each.quote and each.quote == each.quote.strip()
        for each in citations
    )


def _words(passage: Passage) -> set[str]:
    return set(content(" ".join((passage.title, *passage.heading, passage.text))))


def every(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks and all that is in them."""
    return [each for block in blocks for each in (block, *every(block.children))]
