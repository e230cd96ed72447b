"""Ingest a corpus like an upload: build each document, then read ahead, as the workers of a service do.

Knows no question. In how many processes documents are built is decided in `evaluation.corpus.build`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from core.settings import Settings
from core.store import documents as stored
from core.store.database import Database, migrate
from core.store.passages import chunk_count
from core.types import OPERATOR
from evaluation.corpus.build import build_in_parallel
from evaluation.corpus.load import CorpusDocument
from retrieval.models.late import encode_rest, open_late

REPORT_EVERY = PAGE = 100


@dataclass(frozen=True, slots=True)
class Ingested:
    """What ingesting a corpus gave: chunks that serve, seconds, and the reason for each rejected document by id.

    `read_ahead_s` are the seconds after that in which passages were read token by token.
    """

    chunks: int
    seconds: float
    read_ahead_s: float
    rejected: Mapping[str, str]


def ingest_corpus(
    settings: Settings, db: Database, documents: Sequence[CorpusDocument], report: Callable[[str], None]
) -> Ingested:
    """Upload and build each document, then read ahead; return what came of it and how long it took."""
    migrate(db)
    rejected: dict[str, str] = {}
    with build_in_parallel(settings, db, documents) as results:
        began = time.perf_counter()
        for count, result in enumerate(results, 1):
            if result.rejected is not None:
                rejected[result.id] = result.rejected
            if count % REPORT_EVERY == 0 or count == len(documents):
                report(f"ingested {count} of {len(documents)} documents in {time.perf_counter() - began:.0f} s")
        seconds = time.perf_counter() - began
    read_ahead_s = _read_ahead(settings, db, report)
    with db.read() as session:
        return Ingested(chunk_count(session), seconds, read_ahead_s, rejected)


def document_ids(db: Database) -> dict[str, str]:
    """Return the database ids of documents by path; in a corpus, the path is the document's own id."""
    ids: dict[str, str] = {}
    cursor: str | None = None
    while True:
        with db.read() as session:
            page = stored.list_documents(session, OPERATOR, limit=PAGE, cursor=cursor)
        ids |= {document.path: document.id for document in page.data}
        cursor = page.next_cursor
        if cursor is None:
            return ids


def _read_ahead(settings: Settings, db: Database, report: Callable[[str], None]) -> float:
    """Do what a worker does when no document waits; return how many seconds it took."""
    late = open_late(settings)
    if late is None:
        return 0.0
    began = time.perf_counter()
    done = sum(encode_rest(db, late))
    report(f"read {done} passages ahead in {time.perf_counter() - began:.0f} s")
    return time.perf_counter() - began
